"""Request coalescing: open pages that ask for the same at once are answered by one call.

An event reaches every open page, and all of them send the same request in the same moment. Who
comes while a call is in flight does not get its result, which may be older than his request: he
waits for the next call, with all who come until it begins. So no response is older than its
request, and however many there are, one call per key is in flight at a time.
"""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Lock
from typing import Any

from live.asgi import Application, Message, Receive, Send, refuse

# Keys of the ASGI scope.
COALESCED, NOT_COALESCED = "live.coalesced", "live.not_coalesced"
TIMEOUT = 10  # seconds


class Call[T](Future[T]):
    """What is read for all of `callers`; it begins when each of them has asked."""

    def __init__(self, caller: int) -> None:
        super().__init__()
        self.callers = {caller}


class Coalescer[T]:
    """Calls `read` once for all who ask under the same key; not before each of them has asked."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.pending: dict[Hashable, Call[T]] = {}
        self.in_flight: dict[Hashable, Call[T]] = {}

    def __call__(self, key: Hashable, caller: int, read: Callable[[set[int]], T]) -> Call[T]:
        """The first caller reads, or raises, for all who have come by then; the others get a call
        whose result comes later."""
        with self.lock:
            if call := self.pending.get(key):
                call.callers.add(caller)
                return call
            call = self.pending[key] = Call(caller)
            previous = self.in_flight.get(key)
        if previous:
            wait([previous], timeout=TIMEOUT)  # one that hangs must not hold all others up
        with self.lock:
            self.in_flight[key] = self.pending.pop(key)
        try:
            call.set_result(read(call.callers))
        except BaseException as error:
            call.set_exception(error)
            raise
        finally:
            with self.lock:
                if self.in_flight.get(key) is call:
                    del self.in_flight[key]
        return call


@dataclass
class Coalesced[T]:
    """A request that the call of another one will answer."""

    call: Call[T]
    # The body of its response, or None where the result is not for this user.
    body: Callable[[T], bytes | None]


class CoalescingMiddleware:
    """ASGI middleware: a coalesced request waits here, where it takes neither a thread nor a
    database connection."""

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        inner = {**scope}
        messages: list[Message] = []

        async def buffer(message: Message) -> None:
            messages.append(message)

        await self.app(inner, receive, buffer)
        coalesced: Coalesced[Any] | None = inner.get(COALESCED)
        if coalesced:
            try:
                result = await asyncio.shield(asyncio.wrap_future(coalesced.call))
            except Exception:  # has been raised in the request that made the call
                return await refuse(send, 503)
            body = coalesced.body(result)
            if body is None:
                return await self.app({**scope, NOT_COALESCED: True}, receive, send)
            messages = [
                with_length(messages[0], body),
                {"type": "http.response.body", "body": body},
            ]
        for message in messages:
            await send(message)


def with_length(start: Message, body: bytes) -> Message:
    headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    return {**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]}
