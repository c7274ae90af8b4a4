"""The streams of one server process. All of it runs in the server's event loop."""

import asyncio
import math
import random
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from live.feed import ALL_STREAMS, PROGRESS, SESSION, USER, WRITER
from live.snapshot import Snapshot
from watch.metrics import LISTENING, NOTICE, STREAMS

REAUTHORIZE = (5, 30)  # seconds
MAX_DIGITS = 20

type Event = Literal["current", "progress", "change", "resync", "away"]


@dataclass(eq=False)
class Stream:
    """The stream of one open page, which is not older than its snapshot. Events that it has not
    sent yet are merged into one."""

    ledger: int
    user: int
    session: str
    expires: float
    snapshot: Snapshot | None = None
    event: Event | None = None
    closed: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def push(self, event: Event) -> None:
        if self.event == "current" and event != "away":
            event = "resync"
        if event in ("resync", "away") or self.event in (None, "progress", "current"):
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
        # To wait for no time at all would time out even with an event there.
        if not self.ready.is_set():
            left = self.expires - monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ready.wait(), max(0, min(timeout, left)))
        self.ready.clear()
        event, self.event = self.event, None
        return event


def number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < MAX_DIGITS else None


class Hub:
    def __init__(self) -> None:
        self.streams: defaultdict[int, set[Stream]] = defaultdict(set)
        self.listening = False
        self.closed = False
        # The last transaction that has changed a ledger, and any of them; of unknown ones infinity.
        self.writers: dict[int, float] = {}
        self.writer: float = math.inf
        # Whatever was not notified to this server, a transaction below this one has committed.
        self.since: float = math.inf
        # How often somebody's access has changed: see live/stream.py.
        self.revocations = 0

    def all(self) -> list[Stream]:
        return [stream for streams in self.streams.values() for stream in streams]

    def of_user(self, user: int) -> int:
        return sum(stream.user == user for stream in self.all())

    def add(self, stream: Stream) -> None:
        self.streams[stream.ledger].add(stream)
        STREAMS.inc()
        stream.push(self.greeting(stream))
        if self.closed:
            stream.close()

    def remove(self, stream: Stream) -> None:
        self.streams[stream.ledger].discard(stream)
        STREAMS.dec()
        if not self.streams[stream.ledger]:
            del self.streams[stream.ledger]

    def greeting(self, stream: Stream) -> Event:
        if not self.listening:
            return "away"
        return "resync" if self.missed(stream) else "current"

    def missed(self, stream: Stream) -> bool:
        """Whether something may have been committed after its page was read and before now.

        PostgreSQL notifies in the order of commits: who sees the last one has seen those before.
        What is notified from now on reaches the stream.
        """
        seen = stream.snapshot
        if seen is None or seen.xmin < self.since:
            return True
        return not (seen.sees(self.writer) and seen.sees(self.writers.get(stream.ledger, 0)))

    def connected(self, xmax: int) -> None:
        """Listening, perhaps again: nobody knows which notifications were missed. All of them were
        of transactions below the xmax of a snapshot since then.

        Not even whose access has been revoked: in a while each stream has to be authorized again.
        """
        self.listening = True
        self.since, self.writer = xmax, 0
        self.writers.clear()
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
        *parts, last = payload.split(",")
        writer = number(last.removeprefix(WRITER)) if last.startswith(WRITER) else None
        for part in parts if writer else [*parts, last]:
            if part.startswith((USER, SESSION)):
                self.revoke(part)
            else:
                self.changed(part, writer or math.inf)

    def changed(self, part: str, writer: float) -> None:
        ledger = number(part.removeprefix(PROGRESS))
        if ledger is None:
            self.writer = writer
        else:
            self.writers[ledger] = writer
        event: Event = "progress" if ledger and part.startswith(PROGRESS) else "change"
        for stream in self.all() if ledger is None else self.streams.get(ledger, ()):
            stream.push(event)

    def revoke(self, part: str) -> None:
        self.revocations += 1
        for stream in self.all():
            if part in (ALL_STREAMS, f"{USER}{stream.user}", f"{SESSION}{stream.session}"):
                stream.push("change")  # the page asks again, and learns that it may not
                stream.close()

    def close(self) -> None:
        """The process is about to end: pages connect to another one."""
        self.closed = True
        for stream in self.all():
            stream.close()
