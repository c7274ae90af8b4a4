"""Who is told what, within one server process. All of it runs in the server's event loop."""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from live.feed import EVERY_STREAM, SESSION, USER

# seconds
AGAIN = (5, 30)
# digits
LONGEST_ID = 20

type News = Literal["resync", "change", "away"]


@dataclass(eq=False)
class Line:
    """To one open page. What is told while the page is not listening becomes one event."""

    ledger: int
    user: int
    session: str
    until: float
    news: News | None = None
    ended: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, news: News) -> None:
        if news != "change" or self.news is None:
            self.news = news
        self.woken.set()

    def end(self) -> None:
        self.ended = True
        self.woken.set()

    @property
    def over(self) -> bool:
        return self.ended or monotonic() >= self.until

    async def hear(self, patience: float) -> News | None:
        """The latest news; None when there is none for `patience` seconds, or at the end."""
        try:
            left = self.until - monotonic()
            await asyncio.wait_for(self.woken.wait(), max(0, min(patience, left)))
        except TimeoutError:
            return None
        self.woken.clear()
        news, self.news = self.news, None
        return news


class Hub:
    def __init__(self) -> None:
        self.lines: defaultdict[int, set[Line]] = defaultdict(set)
        self.listening = False
        self.closed = False
        # How often somebody's access has changed: see live/stream.py.
        self.revocations = 0

    def all(self) -> list[Line]:
        return [line for lines in self.lines.values() for line in lines]

    def add(self, line: Line) -> None:
        self.lines[line.ledger].add(line)
        line.tell("resync" if self.listening else "away")
        if self.closed:
            line.end()

    def remove(self, line: Line) -> None:
        self.lines[line.ledger].discard(line)
        if not self.lines[line.ledger]:
            del self.lines[line.ledger]

    def back(self) -> None:
        """Listening, perhaps again: nobody knows what was missed.

        Not even whose access has ended: in a while each line has to pass the door again.
        """
        self.listening = True
        self.revocations += 1
        for line in self.all():
            line.until = min(line.until, monotonic() + random.uniform(*AGAIN))  # noqa: S311
            line.tell("resync")

    def away(self) -> None:
        self.listening = False
        for line in self.all():
            line.tell("away")

    def hear(self, payload: str) -> None:
        """What it does not understand, which anybody may NOTIFY, it takes for a change of all."""
        for part in payload.split(","):
            if part.startswith((USER, SESSION)):
                self.revoke(part)
            else:
                known = part.isdecimal() and len(part) < LONGEST_ID
                for line in self.lines.get(int(part), ()) if known else self.all():
                    line.tell("change")

    def revoke(self, part: str) -> None:
        self.revocations += 1
        for line in self.all():
            if part in (EVERY_STREAM, f"{USER}{line.user}", f"{SESSION}{line.session}"):
                line.end()

    def close(self) -> None:
        """The process is about to end: pages find another one."""
        self.closed = True
        for line in self.all():
            line.end()
