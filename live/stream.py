"""The line to an open page: server-sent events that say that something has changed, never what.

Whoever may not read the ledger gets no line. That is decided by the door, an ordinary page of
this site, which knows sessions and roles; a line needs neither a thread nor a connection.
"""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from django.http import HttpRequest, HttpResponse

from live.asgi import NO_STORE, Application, Message, Receive, Send, refuse
from live.feed import session_hash
from live.hub import Hub, Line

# seconds
BEAT = 15
LONGEST = 3600
ADMITTED = "live.admitted"
HEADERS = [(b"content-type", b"text/event-stream"), *NO_STORE]


@dataclass
class Admission:
    """Whose line it is, and for how many seconds."""

    ledger: int
    user: int
    session: str
    seconds: float


def admit(request: HttpRequest, ledger: int, user: int) -> HttpResponse:
    """The door's answer to a member. Without a server that holds lines it is 503."""
    scope = request.META.get("asgi.scope")
    if scope is None:
        return HttpResponse(status=503)
    key = request.session.session_key or ""
    seconds = min(LONGEST, request.session.get_expiry_age())
    scope[ADMITTED] = Admission(ledger, user, session_hash(key), seconds)
    return HttpResponse()


class Streams:
    """An ASGI application that answers 200, 403 or 503, and never a redirect, which browsers
    would follow several times a second."""

    def __init__(self, hub: Hub, door: Application) -> None:
        self.hub = hub
        self.door = door

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        admission, status = await self.ask(scope)
        if admission is None or scope["method"] != "GET":
            await refuse(send, 403 if status < 500 else 503)
            return
        until = monotonic() + admission.seconds
        line = Line(admission.ledger, admission.user, admission.session, until)
        self.hub.add(line)
        gone = asyncio.create_task(end_when_gone(line, receive))
        try:
            await hold(line, send)
        finally:
            gone.cancel()
            self.hub.remove(line)

    async def ask(self, scope: Message) -> tuple[Admission | None, int]:
        """What the door says; again if somebody's access has changed while it was looking."""
        while True:
            before = self.hub.revocations
            asked = {**scope}
            status = await status_of(self.door, asked)
            if self.hub.revocations == before:
                return asked.get(ADMITTED), status


async def status_of(door: Application, scope: Message) -> int:
    status = 503

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: Message) -> None:
        nonlocal status
        status = event.get("status", status)

    await door(scope, receive, send)
    return status


async def end_when_gone(line: Line, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    line.end()


async def hold(line: Line, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    with suppress(OSError):  # the page was closed meanwhile
        while not line.over:
            news = await line.hear(BEAT * random.uniform(0.8, 1))  # noqa: S311
            body = f"event: {news or 'beat'}\ndata:\n\n".encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
