"""What is checked, as the checker sees it. A driver for another application is one subclass of
Driver and one of Client; nothing else here knows what is driven.

The application has rows, known by numbers, and rows have fields with text in them. At the start
there are a few; more may be added. Writing a driver:

1. `start()` starts the application with an empty store, fills in the first rows and returns them:
   `{number: {field: value}}`. `stop()` ends everything that was started.
2. `client()` gives one user's way in. Each is used by one thread only: give it a connection, a
   session, a process of its own. All it does is done when its method returns.
3. `read(view)` asks for a page and says what was on it: a `Shown`, with every field of every row
   that the page shows. It raises `Unknown` for anything that is not the page: an error, a login
   page, a broken connection.
4. `write(way, row, field, value)` changes one field. It returns when the application has said
   that it is done, raises `Refused` if it certainly did not happen, and `Unknown` (or any OSError)
   otherwise. `ways` says which fields can be written in which ways: through the page, a program
   of its own, the database.
   A way that first reads what is there and then writes it back on the condition that it is still
   there (a form with a version) calls `saw(value)` in between, if nothing else was seen to have
   been there: the checker then also finds lost updates.
5. `add(way, numbers)` adds rows, all or none of them; `adders` names the ways. Numbers are given
   in ascending order and never twice. `fresh` are the values of a row that has just been added.
6. `comers` are ways of adding rows which can then be taken out, all or none, by
   `take_out(way, numbers)`, and brought back by `bring_back(way, numbers)`, by the same client.
7. `fault(name)` breaks something named in `faults` and returns when it is over, or at once.
   `mend()` ends a fault that was to last for as long as anybody writes.
8. `followed` are pages that `Client.follow` keeps open and that have to become current by
   themselves within `run.PROMPT` seconds, if the application promises that.
9. `views` are the pages. One with `truth=True` is read past the application, straight from its
   store, and tells a lost write from a page that is old.

Values: the checker writes each value at most once to a field, so that a value that is read names
its write. `values(field)` yields them; text fields need none of their own. A field with few
values (a type, a flag) yields only those and is then left alone. `exclusive` fields are written by
one writer at a time, and no more after an outcome that is not known. So are `turning` fields, which
have a few values again and again: “1”, “0 2”, “1 3” are written, where pages show 1, 0 and 1.
`may(way, row, field)` leaves a field of some rows to some ways.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from threading import Event
from typing import ClassVar

from .history import Shown, Values, View


class Unknown(Exception):
    """No acknowledgement: it may have happened or not, or may still happen."""


class Refused(Exception):
    """It certainly did not happen."""


def unheard(_value: str) -> None:
    pass


class Client(ABC):
    """One user, in one thread."""

    # Called with the value that a write depends on, as soon as it was shown.
    saw: Callable[[str], None] = staticmethod(unheard)

    @abstractmethod
    def read(self, view: View) -> Shown: ...

    @abstractmethod
    def write(self, way: str, row: int, field: str, value: str) -> None: ...

    def add(self, way: str, numbers: Sequence[int]) -> None:
        raise NotImplementedError

    def take_out(self, way: str, numbers: Sequence[int]) -> None:
        raise NotImplementedError

    def bring_back(self, way: str, numbers: Sequence[int]) -> None:
        raise NotImplementedError

    def follow(  # noqa: B027  # not all pages promise to become current by themselves
        self, view: View, showed: Callable[[float, Shown], None], over: Event
    ) -> None:
        """Keeps the page open, as a browser does, until `over`; says each time what it shows now
        and when that was asked for."""

    def close(self) -> None:  # noqa: B027  # most have nothing to let go
        """The thread ends."""


class Driver(ABC):
    views: Sequence[View]
    # Way of writing -> the fields that it can write.
    ways: Mapping[str, Sequence[str]]
    adders: ClassVar[Sequence[str]] = ()
    comers: ClassVar[Sequence[str]] = ()
    fresh: ClassVar[Values] = {}
    faults: ClassVar[Sequence[str]] = ()
    exclusive: ClassVar[frozenset[str]] = frozenset()
    turning: ClassVar[frozenset[str]] = frozenset()
    # Pages that are kept open and have to become current by themselves.
    followed: ClassVar[Sequence[View]] = ()

    @abstractmethod
    def start(self) -> Mapping[int, Values]: ...

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def client(self) -> Client: ...

    def values(self, field: str, row: int) -> Iterator[str] | Iterable[str]:
        """All different, and different from the first one."""
        return (f"{field} {row}.{n}" for n in count(1))

    def may(self, _way: str, _row: int, _field: str) -> bool:
        return True

    def fault(self, name: str) -> None:
        raise NotImplementedError

    def mend(self) -> None:  # noqa: B027  # most faults end by themselves
        """Nobody writes any more."""
