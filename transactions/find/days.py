"""Days as people write them: a year, a month, a day, or from one to another."""

import re
from collections.abc import Callable
from datetime import date, timedelta

WRITTEN = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?", re.ASCII)
BACKWARDS = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})", re.ASCII)

type Ends = tuple[date | None, date | None]

# What a word takes of the first and the last day of what it says.
ENDS: dict[str, Callable[[date, date], Ends]] = {
    "before": lambda first, _last: (None, first - timedelta(1)),
    "after": lambda _first, last: (last + timedelta(1), None),
    "since": lambda first, _last: (first, None),
    "until": lambda _first, last: (None, last),
    "date": lambda first, last: (first, last),
}


def ends(word: str, text: str) -> Ends:
    """ValueError or OverflowError where there are no such days."""
    first, range_, last = text.partition("..") if word == "date" else (text, "", "")
    return ENDS[word](days(first)[0], days(last if range_ else first)[1])


def days(text: str) -> tuple[date, date]:
    """The first and the last of a year, a month or a day."""
    if found := BACKWARDS.fullmatch(text):
        text = "-".join(reversed(found.groups()))
    if not (found := WRITTEN.fullmatch(text)):
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    first = date(year, month or 1, day or 1)
    last_month = month or 12
    return first, date(year, last_month, day or length(year, last_month))


def length(year: int, month: int) -> int:
    """Of a month, the very last of all included."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def opposite(since: date | None, until: date | None) -> Ends:
    """All other days, where they are without a gap."""
    if since and until:
        raise ValueError
    return until and until + timedelta(1), since and since - timedelta(1)
