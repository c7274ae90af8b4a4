"""What is known of a session, of a connection without one, and of a request."""

import itertools
import re
import threading
import weakref
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import InstanceState, Session
from sqlalchemy.orm.identity import IdentityMap
from sqlalchemy.orm.loading import _new_runid

from session_policy.places import UNKNOWN, Place

KEY = "session_policy"
SNAPSHOTS = {"REPEATABLE READ", "SERIALIZABLE"}
FROM = re.compile(r'\b(?:FROM|JOIN) ([\w."`]+)', re.IGNORECASE)


@dataclass(eq=False, slots=True)
class Objects:
    """Those that a session has known between two of its beginnings, without keeping them."""

    known: IdentityMap
    expunged: "weakref.WeakSet[InstanceState[Any]] | tuple[()]" = ()

    def expunge(self, state: "InstanceState[Any]") -> None:
        self.expunged = self.expunged or weakref.WeakSet()
        self.expunged.add(state)

    def states(self) -> "list[InstanceState[Any]]":
        """What is modified, the identity map itself would keep."""
        states = [*self.known.all_states(), *self.expunged]
        return [each for each in states if each.runid and not each.modified]


@dataclass(eq=False)
class Life:
    """Of a session; or of one transaction of a connection that belongs to none."""

    born: Place
    session: weakref.ref[Session] | None = None
    user: "Unit | threading.Thread | None" = None  # who works in it
    changed: Place | None = None  # the first change since the last commit
    objects: Objects | None = None
    level: str = ""
    transactions: int = 0
    touched: float = 0.0
    accused: bool = False
    number: int = field(default_factory=itertools.count().__next__)

    def is_open(self) -> bool:
        session = self.session and self.session()
        return bool(session and session.in_transaction())

    def begin_anew(self) -> None:
        self.user, self.changed, self.accused = None, None, False
        if session := self.session and self.session():
            session.close()

    def is_gone(self) -> bool:
        return self.session is None or self.session() is None

    def moment(self) -> object:
        """Equal for two statements only if they see the same state of the database."""
        return (self.number, self.transactions) if self.level in SNAPSHOTS else object()


@dataclass(eq=False, slots=True)
class Select:
    place: Place
    statement: str
    query: Any  # as SQLAlchemy knows it, if it does
    moment: object
    objects: Objects | None
    count: int
    run: int = field(default_factory=_new_runid)  # an instance's `runid` is greater

    def tables(self) -> frozenset[str]:
        return tables(self.statement)


@lru_cache(1000)
def tables(statement: str) -> frozenset[str]:
    return frozenset(FROM.findall(statement))


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


def who() -> Unit | threading.Thread:
    """The request, or outside of any the thread: both have a name."""
    return current.get() or threading.current_thread()
