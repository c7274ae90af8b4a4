"""What is known of a session, of a connection without one, and of a request."""

import itertools
import threading
import weakref
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from session_policy.places import UNKNOWN, Place

KEY = "session_policy"
SNAPSHOTS = {"REPEATABLE READ", "SERIALIZABLE"}


@dataclass(eq=False)
class Life:
    """Of a session; or of one transaction of a connection that belongs to none."""

    born: Place
    session: weakref.ref[Session] | None = None
    user: "Unit | int | None" = None  # the request, or outside of any the thread
    changed: Place | None = None  # the first change since the last commit
    level: str = ""
    transactions: int = 0
    touched: float = 0.0
    accused: bool = False
    number: int = field(default_factory=itertools.count().__next__)

    def is_open(self) -> bool:
        session = self.session and self.session()
        return bool(session and session.in_transaction())

    def is_gone(self) -> bool:
        return self.session is None or self.session() is None

    def moment(self) -> object:
        """Equal for two statements only if they see the same state of the database."""
        return (self.number, self.transactions) if self.level in SNAPSHOTS else object()


@dataclass(slots=True)
class Select:
    place: Place
    statement: str
    moment: object
    rows: "list[weakref.ref[Any]]"  # the instances that it loaded
    count: int = 0


@dataclass(slots=True)
class Commit:
    life: Life
    place: Place
    wrote: bool


@dataclass(slots=True)
class RolledBack:
    life: Life
    changed: Place
    place: Place


@dataclass(eq=False)
class Unit:
    """A request."""

    policy: Any
    name: str
    method: str
    key: str
    thread: int = field(default_factory=threading.get_ident)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    view: Place = UNKNOWN
    contexts: int = 0  # application contexts that it has pushed and not popped
    answered: bool = False
    running: bool = True
    judged: bool = False
    selects: list[Select] = field(default_factory=list)
    lives: set[Life] = field(default_factory=set)
    commits: list[Commit] = field(default_factory=list)
    rolled_back: list[RolledBack] = field(default_factory=list)


current: ContextVar[Unit | None] = ContextVar("current", default=None)
