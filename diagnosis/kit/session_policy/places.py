"""Where in the developer's own code something happens."""

import os
import sys
import sysconfig
from functools import cache
from pathlib import Path
from types import FrameType
from typing import NamedTuple


def folder(path: str) -> str:
    """So that it is no beginning of another folder's name."""
    return f"{path}{os.sep}"


NOT_THEIRS = {
    *(folder(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")),
    folder(str(Path(__file__).parent)),
    "<",
}
THEIRS: set[str] = set()  # the roots of applications, which libraries may be in, or around
ENTRANCE = str(Path(__file__).with_name("policy.py"))


class Place(NamedTuple):
    file: str
    line: int
    caller: "Place | None" = None

    def __str__(self) -> str:
        path = Path(self.file)
        near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        called = f" (from {self.caller})" if self.caller else ""
        return f"{near}:{self.line}{called}" if self else "a place that was not seen"

    def __bool__(self) -> bool:
        return bool(self.line)


UNKNOWN = Place("", 0)


def here() -> Place:
    """The nearest line that is neither of a library nor of this package, and who called it."""
    frame = theirs(sys._getframe(1))
    if frame is None:
        return UNKNOWN
    caller = theirs(frame.f_back)
    return line_of(frame, caller and line_of(caller))


def theirs(frame: FrameType | None) -> FrameType | None:
    """Whoever has called the application is not of it."""
    while frame is not None:
        match whose[frame.f_code.co_filename]:
            case True:
                return frame
            case None:
                return None
        frame = frame.f_back
    return None


class Whose(dict[str, bool | None]):
    """Whether a file is the developer's; None where a request enters the application."""

    def __missing__(self, file: str) -> bool | None:
        foreign = longest(NOT_THEIRS, file)
        theirs = not foreign or longest(THEIRS, file) > foreign
        self[file] = None if file == ENTRANCE else theirs
        return self[file]


def longest(beginnings: set[str], file: str) -> int:
    return max((len(each) for each in beginnings if file.startswith(each)), default=0)


whose = Whose()


def own(root: str) -> None:
    THEIRS.add(folder(root))
    whose.clear()


def line_of(frame: FrameType, caller: Place | None = None) -> Place:
    return Place(frame.f_code.co_filename, frame.f_lineno, caller)


@cache
def of_view(view: object) -> Place:
    """A function, or a class of flask.views."""
    view = getattr(view, "view_class", view)
    while inner := getattr(view, "__wrapped__", None):
        view = inner
    code = getattr(view, "__code__", None)
    if code is None:
        return of_class(view)
    return Place(code.co_filename, code.co_firstlineno)


def of_class(view: object) -> Place:
    """Where its first method is."""
    codes = [code for each in vars(view).values() if (code := getattr(each, "__code__", None))]
    if not codes:
        return UNKNOWN
    first = min(codes, key=lambda code: code.co_firstlineno)
    return Place(first.co_filename, first.co_firstlineno)
