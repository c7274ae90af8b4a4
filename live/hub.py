"""The streams of one server process. All of it runs in the server's event loop."""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from live.feed import ALL_STREAMS, PROGRESS, SESSION, USER
from watch.metrics import LISTENING, NOTICE, STREAMS

REAUTHORIZE = (5, 30)  # seconds
MAX_DIGITS = 20

type Event = Literal["progress", "change", "resync", "away"]


@dataclass(eq=False)
class Stream:
    """The stream of one open page. Events that it has not sent yet are merged into one."""

    ledger: int
    user: int
    session: str
    expires: float
    event: Event | None = None
    closed: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def push(self, event: Event) -> None:
        if event in ("resync", "away") or self.event in (None, "progress"):
            self.event = event
        self.ready.set()

    def close(self) -> None:
        self.closed = True
        self.ready.set()

    @property
    def over(self) -> bool:
        return self.closed or monotonic() >= self.expires

    async def next_event(self, timeout: float) -> Event | None:
        """The latest event; None when there is none for `timeout` seconds, or at the end."""
        try:
            left = self.expires - monotonic()
            await asyncio.wait_for(self.ready.wait(), max(0, min(timeout, left)))
        except TimeoutError:
            return None
        self.ready.clear()
        event, self.event = self.event, None
        return event


class Hub:
    def __init__(self) -> None:
        self.streams: defaultdict[int, set[Stream]] = defaultdict(set)
        self.listening = False
        self.closed = False
        # How often somebody's access has changed: see live/stream.py.
        self.revocations = 0

    def all(self) -> list[Stream]:
        return [stream for streams in self.streams.values() for stream in streams]

    def of_user(self, user: int) -> int:
        return sum(stream.user == user for stream in self.all())

    def add(self, stream: Stream) -> None:
        self.streams[stream.ledger].add(stream)
        STREAMS.inc()
        stream.push("resync" if self.listening else "away")
        if self.closed:
            stream.close()

    def remove(self, stream: Stream) -> None:
        self.streams[stream.ledger].discard(stream)
        STREAMS.dec()
        if not self.streams[stream.ledger]:
            del self.streams[stream.ledger]

    def connected(self) -> None:
        """Listening, perhaps again: nobody knows which notifications were missed.

        Not even whose access has been revoked: in a while each stream has to be authorized again.
        """
        self.listening = True
        LISTENING.set(1)
        self.revocations += 1
        for stream in self.all():
            soon = monotonic() + random.uniform(*REAUTHORIZE)  # noqa: S311
            stream.expires = min(stream.expires, soon)
            stream.push("resync")

    def disconnected(self) -> None:
        self.listening = False
        LISTENING.set(0)
        for stream in self.all():
            stream.push("away")

    def dispatch(self, payload: str) -> None:
        """What it does not understand, which anybody may NOTIFY, it takes for a change of all."""
        NOTICE.set_to_current_time()
        for part in payload.split(","):
            if part.startswith((USER, SESSION)):
                self.revoke(part)
            else:
                key = part.removeprefix(PROGRESS)
                known = key.isdecimal() and len(key) < MAX_DIGITS
                event: Event = "progress" if known and key != part else "change"
                for stream in self.streams.get(int(key), ()) if known else self.all():
                    stream.push(event)

    def revoke(self, part: str) -> None:
        self.revocations += 1
        for stream in self.all():
            if part in (ALL_STREAMS, f"{USER}{stream.user}", f"{SESSION}{stream.session}"):
                stream.close()

    def close(self) -> None:
        """The process is about to end: pages connect to another one."""
        self.closed = True
        for stream in self.all():
            stream.close()
