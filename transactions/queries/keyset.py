"""Pages of a list that nobody has counted: each goes on from a row of the one before.

Where filters are combined, no index has all that fits in the order of the list. Reading a page of
it is quick: rows are tried in their order until it is full. Counting what fits, or skipping it up
to a page that is far away, goes through a hundred times as many. So a combined list of a large
ledger has its number afterwards, with the totals, and its pages are linked by the rows at their
ends. So are those of one label or contact, which are counted, and of which no index has the order.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from transactions.models import Transaction
from transactions.queries.by_month import Row
from transactions.queries.listing import FAR, MAX_COUNT, TIMES, Listing, Pages, page_number
from transactions.queries.next_rows import NextRows

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PLACE = re.compile(r"(-?[0-9]{1,9})\.(after|before)\.(-?[0-9]{1,18})\.([0-9]{1,18})")


@dataclass(frozen=True)
class Place:
    """Where a page begins, after a row of the list, or ends, before it. In the URL with the page's
    number: `page=3.after.1700000000000000.42`, the time in microseconds and the row's key."""

    number: int
    backwards: bool
    row: Row

    @classmethod
    def of(cls, text: str) -> "Place | None":
        if not (match := PLACE.fullmatch(text)):
            return None
        number, side, microseconds, pk = match.groups()
        try:
            at = EPOCH + int(microseconds) * MICROSECOND
        except OverflowError:
            return None
        return cls(int(number), side == "before", (at, int(pk)))

    def __str__(self) -> str:
        at, pk = self.row
        side = "before" if self.backwards else "after"
        return f"{self.number}.{side}.{(at - EPOCH) // MICROSECOND}.{pk}"


@dataclass
class LinkedPages(Pages):
    """Pages that lead on from the rows at their ends, where there are more than are counted."""

    # Whether it is read from the end of the list on.
    backwards: bool = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.backwards = self.number < 0

    @property
    def previous(self) -> int | str | None:
        if not self.capped or self.number == 2:
            return super().previous
        goes_on = self.more if self.backwards else self.number != 1
        return self.place(self.number - 1, backwards=True) if goes_on else None

    @property
    def next(self) -> int | str | None:
        if not self.capped:
            return super().next
        if self.number == -2:
            return "last"
        goes_on = self.number != -1 if self.backwards else self.more
        return self.place(self.number + 1, backwards=False) if goes_on else None

    def place(self, number: int, backwards: bool) -> str:
        pk = self.ids[0 if backwards else -1]
        return str(Place(number, backwards, (self.time_of(pk), pk)))

    def time_of(self, pk: int) -> datetime:
        return Transaction.objects.values_list("occurred_at", flat=True).get(pk=pk)


@dataclass(kw_only=True)
class KeysetPages(LinkedPages):
    """A page that goes on from a row, and has one row more if there is one."""

    number: int
    rows: list[Row]
    backwards: bool
    # Whether it is known that there are more than are counted.
    is_counted: bool = False

    def __post_init__(self) -> None:
        size = self.listing.size
        self.more = len(self.rows) > size
        pks = [pk for _at, pk in self.rows[:size]]
        self.ids = pks[::-1] if self.backwards else pks
        # As many as have been seen, if nobody counts.
        seen = max(self.number - 1, 0) * size + len(pks)
        self.count = MAX_COUNT + 1 if self.is_counted else seen

    @property
    def capped(self) -> bool:
        return True

    @property
    def first_row(self) -> int | None:
        return None

    def time_of(self, pk: int) -> datetime:
        # A row that is kept because somebody looks at it was not read with the others.
        return {each: at for at, each in self.rows}.get(pk) or super().time_of(pk)


def pages_of(listing: Listing) -> Pages:
    """Of a list of transactions; by the rows at their ends where it would take long to count, or to
    skip what has been counted."""
    is_skipped = listing.finding.is_in_order or listing.sort not in TIMES
    if is_skipped or listing.in_ledger <= MAX_COUNT:
        return Pages(listing)
    if not (place := Place.of(listing.query.get("page", ""))):
        return numbered(listing, page_number(listing.query))
    if not listing.finding.is_combined and listing.counted(listing.rows) <= MAX_COUNT:
        return LinkedPages(listing, place.number)
    return page_beside(listing, place)


def page_beside(listing: Listing, place: Place) -> Pages:
    size = listing.size
    coming = NextRows(listing, place.backwards, place.row)
    rows = coming.near(size + 1)
    if rows is None:
        rows = coming.rest(size + 1)
    if len(rows) <= size and place.backwards and place.number > 0:
        return numbered(listing, 1)
    if not rows or (len(rows) <= size and not place.backwards and place.number < 0):
        return numbered(listing, -1)
    return KeysetPages(
        listing,
        number=place.number,
        backwards=place.backwards,
        rows=rows,
        is_counted=not listing.finding.is_combined,
    )


def numbered(listing: Listing, number: int) -> Pages:
    """The page with a number, from the nearer end if it is not far from it; counted if the list is
    by one filter."""
    if not listing.finding.is_combined:
        return LinkedPages(listing, number)
    size, backwards = listing.size, number < 0
    start = (abs(number) - 1) * size
    rows = NextRows(listing, backwards).near(start + size + 1) if start + size <= FAR else None
    if rows is None:
        return LinkedPages(listing, number, most_summed=size)
    return KeysetPages(listing, number=number, backwards=backwards, rows=rows[start:])
