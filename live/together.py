"""Open pages that ask for the same at once are answered by one reading.

A change is told to every open page, and all of them ask again in the same moment. Who comes while
a reading is under way does not get that one, which may have begun before he asked: he waits for
the next, together with all who come until it begins. So nothing is older than the question, and
however many ask, one reading at a time is under way.
"""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Lock
from typing import Any

from live.asgi import Application, Event, Receive, Send, refuse

JOINED, ALONE = "live.joined", "live.alone"
PATIENCE = 10  # seconds


class Reading[T](Future[T]):
    """What is read for all of `askers`; it begins when each of them has asked."""

    def __init__(self, asker: int) -> None:
        super().__init__()
        self.askers = {asker}


class Together[T]:
    """Calls `read` once for all who ask under the same key; not before each of them has asked."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.waiting: dict[Hashable, Reading[T]] = {}
        self.under_way: dict[Hashable, Reading[T]] = {}

    def __call__(self, key: Hashable, asker: int, read: Callable[[set[int]], T]) -> Reading[T]:
        """The first one reads, or raises, for all who have come by then; to the others his reading
        comes later."""
        with self.lock:
            if reading := self.waiting.get(key):
                reading.askers.add(asker)
                return reading
            reading = self.waiting[key] = Reading(asker)
            before = self.under_way.get(key)
        if before:
            wait([before], timeout=PATIENCE)  # one that hangs must not hold all others up
        with self.lock:
            self.under_way[key] = self.waiting.pop(key)
        try:
            reading.set_result(read(reading.askers))
        except BaseException as error:
            reading.set_exception(error)
            raise
        finally:
            with self.lock:
                if self.under_way.get(key) is reading:
                    del self.under_way[key]
        return reading


@dataclass
class Joined[T]:
    """A request that somebody else's reading will answer."""

    reading: Reading[T]
    # Its body, or None for a reading that is not for whoever asked.
    body: Callable[[T], bytes | None]


class Patient:
    """An ASGI application around `pages`: who has joined waits here, where it takes neither a
    thread nor a connection."""

    def __init__(self, pages: Application) -> None:
        self.pages = pages

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        asked = {**scope}
        said: list[Event] = []

        async def keep(event: Event) -> None:
            said.append(event)

        await self.pages(asked, receive, keep)
        joined: Joined[Any] | None = asked.get(JOINED)
        if joined:
            try:
                read = await asyncio.shield(asyncio.wrap_future(joined.reading))
            except Exception:  # has been raised to whoever read
                return await refuse(send, 503)
            body = joined.body(read)
            if body is None:
                return await self.pages({**scope, ALONE: True}, receive, send)
            said = [with_length(said[0], body), {"type": "http.response.body", "body": body}]
        for event in said:
            await send(event)


def with_length(start: Event, body: bytes) -> Event:
    headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    return {**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]}
