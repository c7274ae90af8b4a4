"""The stream to an open page: server-sent events that say that something has changed, never what.

Whoever may not read the ledger gets no stream. An ordinary view of this site authorizes it, which
knows sessions and roles; the stream itself needs neither a thread nor a database connection.
"""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from django.http import HttpRequest, HttpResponse

from live.asgi import NO_STORE, Application, Message, Receive, Send, refuse
from live.feed import session_hash
from live.hub import Hub, Stream
from live.snapshot import Snapshot
from watch.metrics import EVENTS

# seconds
HEARTBEAT = 5
MAX_AGE = 3600
AUTHORIZATION = "live.authorization"  # a key of the ASGI scope
HEADERS = [(b"content-type", b"text/event-stream"), *NO_STORE]


@dataclass
class Authorization:
    """Whose stream it is, and for how many seconds."""

    ledger: int
    user: int
    session: str
    seconds: float
    snapshot: Snapshot | None = None


def authorize(request: HttpRequest, ledger: int, user: int) -> HttpResponse:
    """The view's response to a member. Without a server that has streams it is 503."""
    scope = request.META.get("asgi.scope")
    if scope is None:
        return HttpResponse(status=503)
    key = request.session.session_key or ""
    seconds = min(MAX_AGE, request.session.get_expiry_age())
    snapshot = Snapshot.of(request.GET.get("snapshot", ""))
    scope[AUTHORIZATION] = Authorization(ledger, user, session_hash(key), seconds, snapshot)
    return HttpResponse()


class StreamApplication:
    """An ASGI application that answers 200, 403, 429 or 503, and never a redirect, which browsers
    would follow several times a second. Of one user it opens `most`: further pages ask again by
    themselves every half a minute."""

    def __init__(self, hub: Hub, authorizer: Application, most: int) -> None:
        self.hub = hub
        self.authorizer = authorizer
        self.most = most

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        authorization, status = await self.authorize(scope)
        if authorization is None or scope["method"] != "GET":
            await refuse(send, 403 if status < 500 else 503)
            return
        if self.hub.of_user(authorization.user) >= self.most:
            await refuse(send, 429)
            return
        expires = monotonic() + authorization.seconds
        stream = Stream(
            authorization.ledger,
            authorization.user,
            authorization.session,
            expires,
            authorization.snapshot,
        )
        self.hub.add(stream)
        disconnect = asyncio.create_task(close_on_disconnect(stream, receive))
        try:
            await send_events(stream, send)
        finally:
            disconnect.cancel()
            self.hub.remove(stream)

    async def authorize(self, scope: Message) -> tuple[Authorization | None, int]:
        """Asks the view; again if somebody's access was revoked meanwhile."""
        while True:
            before = self.hub.revocations
            inner = {**scope}
            status = await status_of(self.authorizer, inner)
            if self.hub.revocations == before:
                return inner.get(AUTHORIZATION), status


async def status_of(app: Application, scope: Message) -> int:
    status = 503

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


async def close_on_disconnect(stream: Stream, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.close()


async def send_events(stream: Stream, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    with suppress(OSError):  # the page was closed meanwhile
        while not stream.over or stream.event:
            found = await stream.next_event(HEARTBEAT * random.uniform(0.8, 1))  # noqa: S311
            event = found or "beat"
            body = f"event: {event}\ndata:\n\n".encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})
            EVENTS.labels(event).inc()
        await send({"type": "http.response.body", "body": b""})
