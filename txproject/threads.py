"""ASGI for pages that are WSGI, on a few threads that last.

a2wsgi hands each piece of an answer, its start and its end, to the event loop by itself and waits
until it has been taken, and fetches a form's fields the same way. Each of these is a change of
threads and back. Here the fields of a form are there before a thread is taken, and an answer that
is whole leaves in one piece; streams are passed on as they come.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextvars import copy_context
from typing import Any

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import Body, build_environ

from live.asgi import Message, Receive, Send

# bytes: what Django takes of anything but files, whose senders may be slow and would hold a thread.
FORM = 2_621_440
# Seconds in which nothing comes from who sends, or goes to who reads.
IDLE = 60

type Headers = list[tuple[str, str]]


class Gone(OSError):
    """Who asked is not there any more to take the rest of a stream. The server drops it without a
    word, and making it would keep its thread."""


class Pages(WSGIMiddleware):
    """`app` is WSGI and returns Django's responses."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:  # type: ignore[override]
        if scope["type"] != "http":
            return await super().__call__(scope, receive, send)  # type: ignore[arg-type]
        loop = asyncio.get_running_loop()
        body = Body(loop, receive)  # type: ignore[arg-type]
        if is_form(scope):
            try:
                body.buffer.extend(await whole(receive))
            except OSError:
                return  # who has sent a part of it has gone
            body._has_more = False
        environ = build_environ(scope, body)  # type: ignore[arg-type]

        leaving: asyncio.Task[None] | None = None

        async def sent(message: Message) -> None:
            nonlocal leaving
            leaving = leaving or loop.create_task(left(receive))
            if leaving.done():
                raise Gone
            await asyncio.wait_for(send(message), IDLE)

        def pass_on(message: Message) -> None:
            asyncio.run_coroutine_threadsafe(sent(message), loop).result()

        answer = copy_context().run
        try:
            for message in await loop.run_in_executor(
                self.executor, answer, self.answered, environ, pass_on
            ):
                await send(message)
        except Gone:
            return
        finally:
            if leaving:
                leaving.cancel()

    def answered(self, environ: Any, pass_on: Callable[[Message], None]) -> list[Message]:
        """Runs in a thread. What is left to be sent; the beginning of a stream is passed on."""
        start: Message = {}

        def start_response(status: str, headers: Headers, _error: Any = None) -> Any:
            start.update(started(status, headers))

        response: Any = self.app(environ, start_response)
        try:
            if not response.streaming:
                return [start, {"type": "http.response.body", "body": b"".join(response)}]
            pass_on(start)
            for chunk in response:
                pass_on({"type": "http.response.body", "body": chunk, "more_body": True})
            return [{"type": "http.response.body", "body": b""}]
        finally:
            response.close()


def started(status: str, headers: Iterable[tuple[str, str]]) -> Message:
    pairs = [
        (name.strip().lower().encode("latin1"), value.strip().encode("latin1"))
        for name, value in headers
    ]
    return {"type": "http.response.start", "status": int(status[:3]), "headers": pairs}


def is_form(scope: Message) -> bool:
    """A small file is one too: all of it is there before a thread is taken."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return bool(length.isdigit() and int(length) <= FORM)


async def whole(receive: Receive) -> bytes:
    pieces, more = [], True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


async def left(receive: Receive) -> None:
    """Until who asked has gone."""
    while True:
        try:
            if (await receive())["type"] == "http.disconnect":
                return
        except TimeoutError:  # he sends nothing, and need not
            continue
        except OSError:
            return


def whole_bodies_only(receive: Receive) -> Receive:
    """a2wsgi takes a body that a disconnect cut off for complete, and waits for ever for one that
    does not come; Django knows OSError."""

    async def checked() -> Message:
        try:
            event = await asyncio.wait_for(receive(), IDLE)
        except TimeoutError:
            raise TimeoutError("The client has sent nothing for a while.") from None
        if event["type"] == "http.disconnect":
            raise OSError("The client left before its request was complete.")
        return event

    return checked
