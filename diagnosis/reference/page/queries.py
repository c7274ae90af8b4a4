"""What the page shows. Each takes the session of `reading()`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session, scoped_session

from page.models import Transaction

FILTERS = ("wallet", "type", "asset", "address", "label")
SIZE = 25
ORDER = (Transaction.occurred_at, Transaction.id)  # total: no two rows share a place in it
type Place = tuple[datetime, int]
type Reader = scoped_session[Session]


@dataclass(frozen=True)
class Page:
    rows: list[Transaction]
    count: int
    labels: list[str]
    wanted: dict[str, str]
    after: str  # where the next page begins; empty on the last one


def read_page(session: Reader, wanted: dict[str, str], after: Place | None) -> Page:
    """Count, rows and menu are of one moment, because `reading()` gives them one."""
    found = matching(wanted)
    rows = rows_after(session, found, after)
    last = rows[SIZE - 1] if len(rows) > SIZE else None
    return Page(
        rows=rows[:SIZE],
        count=session.scalar(select(func.count()).select_from(found.subquery())) or 0,
        labels=list(session.scalars(select(Transaction.label).distinct().order_by("label"))),
        wanted=wanted,
        after=f"{last.occurred_at.isoformat()}_{last.id}" if last else "",
    )


def matching(wanted: dict[str, str]) -> Select[tuple[Transaction]]:
    return select(Transaction).filter_by(**{name: value for name, value in wanted.items() if value})


def rows_after(session: Reader, found: Select[Any], after: Place | None) -> list[Transaction]:
    """From a place on, not from a number on: rows that come or go move no others over the edge."""
    statement = found.order_by(*(column.desc() for column in ORDER)).limit(SIZE + 1)
    if after:
        statement = statement.where(tuple_(*ORDER) < after)
    return list(session.scalars(statement))


def place(text: str) -> Place:
    moment, _, key = text.partition("_")
    return datetime.fromisoformat(moment), int(key)
