"""What was done and seen, and when. All times are of one monotonic clock."""

import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum

NEVER = math.inf
BEFORE = -math.inf

type Values = Mapping[str, str]
type Register = tuple[int, str]

# The field that says whether a row is there: ABSENT until it has been added, then PRESENT. One that
# is taken out and comes back is “absent 1”, “present 2” and so on.
THERE, ABSENT, PRESENT = "there", "absent", "present"


class Outcome(Enum):
    DONE = "done"
    # Certainly did not happen: a conflict, a form that was not accepted.
    REFUSED = "refused"
    # May have happened, may happen later, may never happen: a broken connection, a server error.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class View:
    """A page that can be asked for.

    `absent` is what a page says of a row of the start by not showing it, as in ("hidden", "1");
    None if it says nothing. `added` is whether rows that are added during the run belong on it.
    `truth` marks a look into the store itself, past the application.
    """

    name: str
    absent: tuple[str, str] | None = None
    added: bool = False
    truth: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What one page showed. A row is known by its number.

    `higher` and `lower` say that rows with higher or lower numbers than those shown are on other
    pages; a page that is cut shows rows in the order of their numbers. `counts` are all the places
    where the page says how many rows fit, `total` its sum of the `amounts` of all of them.
    """

    rows: Mapping[int, Values]
    higher: bool = False
    lower: bool = False
    counts: tuple[int, ...] = ()
    total: Decimal | None = None
    amounts: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    view: View
    call: float
    ret: float
    shown: Shown


@dataclass(frozen=True, slots=True)
class Write:
    """One value to one field of one row. A value is written to a field at most once.

    `seen` is the value that the writer was shown and that the write depends on: if it is done, no
    other value has been there in between.
    """

    row: int
    field: str
    value: str
    call: float
    ret: float = NEVER
    outcome: Outcome = Outcome.UNKNOWN
    way: str = ""
    seen: str | None = None

    @property
    def register(self) -> Register:
        return self.row, self.field


@dataclass(frozen=True, slots=True)
class History:
    """`start` holds the rows that were there at first, with the values of their fields; `fresh`
    the values of the fields of a row when it is added. A field in `turning` has a few values again
    and again: of its writes each but the first says its place, as in “1”, “0 2”, “1 3”, and pages
    show it without."""

    start: Mapping[int, Values]
    writes: tuple[Write, ...]
    pages: tuple[Page, ...]
    fresh: Values = field(default_factory=dict)
    turning: frozenset[str] = frozenset()

    def initial(self, register: Register) -> str:
        row, name = register
        if name == THERE:
            return PRESENT if row in self.start else ABSENT
        return self.start[row][name] if row in self.start else self.fresh[name]


class Recorder:
    """The history while it is made, by many threads. What is under way may have happened."""

    def __init__(self, start: Mapping[int, Values], fresh: Values, turning: frozenset[str]) -> None:
        self.start, self.fresh, self.turning = start, fresh, turning
        self.writes: list[Write] = []
        self.pages: list[Page] = []
        self.under_way: dict[int, Write] = {}
        self.lock = threading.Lock()

    def begin(self, writes: Sequence[Write]) -> None:
        with self.lock:
            self.under_way |= {id(write): write for write in writes}

    def end(self, writes: Sequence[Write], outcome: Outcome, seen: str | None = None) -> None:
        ret = time.monotonic() if outcome is Outcome.DONE else NEVER
        with self.lock:
            for write in writes:
                del self.under_way[id(write)]
                self.writes.append(replace(write, ret=ret, outcome=outcome, seen=seen))

    def saw(self, page: Page) -> None:
        with self.lock:
            self.pages.append(page)

    def history(self) -> History:
        with self.lock:
            writes = (*self.writes, *self.under_way.values())
            return History(self.start, writes, tuple(self.pages), self.fresh, self.turning)
