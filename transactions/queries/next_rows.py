"""The rows that come next in a list that nobody has counted.

They are tried in the order of the list, put in order where an index has few of them, or sought by
the months that have the words of a search; where all that takes long, by their own indexes.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from math import inf
from typing import Any

from django.db.models import Q, QuerySet

from transactions.models import Transaction
from transactions.note_search import WordsInNotes, month_of
from transactions.queries.by_month import (
    COUNTED,
    MOST_COUNTED,
    ByMonth,
    Noted,
    Row,
    expected,
    months_with,
    part_of,
    size_of,
)
from transactions.queries.few_rows import few_keys, first_keys, looked_up, on_few
from transactions.queries.in_order import InOrder
from transactions.queries.listing import NEWEST, Listing, Rows
from transactions.search import (
    MOST_SENT,
    Found,
    expected_costs,
    found_in,
    keys_sql,
    number_of,
    together,
    tried,
    with_keys,
)
from txproject.prepared import Parameter, Prepared

# Rows that are tried before it is known whether more of them are; and the most that ever are: the
# indexes find sooner what is rarer.
TRIED = 5_000
MOST_TRIED = 30_000
# What no index has together with another of them, and is long to find where it is frequent.
FREQUENT = {"q", "contact", "address", "label"}
MORE_TRIED = 80_000
# Than are likely to be needed: rows that are read in vain take less time than another query.
SOME_MORE = 1.25
# Of those of one filter that are put in order: how many are tried before it is known whether more
# of them are, and the most that ever are.
FIRST_OF_FEW = 250
MOST_OF_FEW = 4_000
# Of those with a label that is asked for: for each row that is wanted.
LABELLED_FOR_ONE = 5
# Labels of more rows are looked for row by row, on so many that were put in order.
FEW_LABELLED = 40_000
MOST_LOOKED_UP = 6_000
# Rows of the ledger, of which those of a contact are put in order before it is known whether more
# of them are.
OF_CONTACT_AMONG = 25_000
# Words that a smaller part of the rows has are found by their index sooner than they are tried on
# few rows, of which fewer fit what else is asked for, and on all of which some are hidden.
RARE_WORDS, RAREST_WORDS = 0.1, 0.01
# Of these PostgreSQL expects much less than there is.
UNEXPECTED = ("q", "contact")
# What PostgreSQL expects to be read by indexes in a few milliseconds, in its own unit of cost.
CHEAP = 5_000
# Rows that are read beyond those that are wanted, as some are the other end of a transfer.
SPARE = 10
# Rows of one filter that are put in order at once, and where too few are found in the order of the
# list, as PostgreSQL expects their number.
FEW_ALONE = 20_000
MORE_ALONE = 100_000
# Of what fits a search by its names.
FEW_NAMED = 1_000
HALF = timedelta(days=14)
OLDEST = ("occurred_at", "pk")

type Within = Callable[[Rows], Rows]

EARLIEST = Prepared(lambda: moments_of_ledger().order_by(*OLDEST)[:1])
LATEST = Prepared(lambda: moments_of_ledger().order_by(*NEWEST)[:1])


def moments_of_ledger() -> "QuerySet[Transaction, Any]":
    rows = Transaction.objects.filter(ledger=Parameter("ledger"), deleted_at=None)
    return rows.values_list("occurred_at")


@dataclass
class NextRows:
    """Rows of a list that come one after the other: from a row on, or from an end of the list."""

    listing: Listing
    backwards: bool
    start: Row | None = None

    @property
    def earlier(self) -> bool:
        """Whether the next row is an earlier one."""
        return (self.listing.sort == "-time") is not self.backwards

    def onwards(self, rows: Rows) -> Rows:
        return rows.filter(self.behind_start)

    @property
    def behind_start(self) -> Q:
        return Q() if self.start is None else self.behind_row(self.start)

    def behind_row(self, row: Row) -> Q:
        at, pk = row
        if self.earlier:
            return Q(occurred_at__lte=at) & (Q(occurred_at__lt=at) | Q(pk__lt=pk))
        return Q(occurred_at__gte=at) & (Q(occurred_at__gt=at) | Q(pk__gt=pk))

    def first(self, fitting: Rows, most: int) -> list[Row]:
        """Those of them that are listed, the first ones."""
        found: list[Row] = []
        more, spare = True, SPARE if "transfers" in self.listing.filter.asked else 0
        rows = self.listing.ordered(self.backwards, fitting)
        while more and len(found) < most:
            wanted = most - len(found) + spare
            read = list(rows.values_list("occurred_at", "pk")[:wanted])
            more = len(read) == wanted
            found += self.each_once(read)
            if more:
                behind = fitting.filter(self.behind_row(read[-1]))
                rows, spare = self.listing.ordered(self.backwards, behind), 2 * wanted
        return found[:most]

    def each_once(self, rows: list[Row]) -> list[Row]:
        """Each transfer as what was sent, where they are listed so. Looked for with rows that were
        found: otherwise those of all transfers are tried."""
        if not rows or "transfers" not in self.listing.filter.asked:
            return rows
        left_out = self.listing.filter.left_out_among([pk for _at, pk in rows])
        return [(at, pk) for at, pk in rows if pk not in left_out]

    def end(self, rows: Rows, tried: int) -> datetime | None:
        """When so many of the rows have been gone through; None where there are not so many."""
        ordered = self.listing.ordered(self.backwards, rows)
        return next(iter(ordered.values_list("occurred_at", flat=True)[tried : tried + 1]), None)

    def near(self, most: int) -> list[Row] | None:
        """The next rows that fit; None where the indexes find them sooner, or all of them have been
        found, so that the page can say how many."""
        in_order = InOrder(self.listing.filter)
        finding = self.listing.finding
        if finding.rare or (finding.is_of_few_amounts and self.cost < CHEAP):
            return None
        if finding.is_narrowed and (few := finding.of_at_most(FEW_ALONE)):
            sought = bool(in_order.labels) and self.has_rare_words(in_order)
            rows = None if sought else self.among_few(in_order, few, most)
        elif not in_order.has_months and self.has_rare_words(in_order):
            return None
        elif by_month := self.by_month(in_order):
            rows = by_month.rows(most)
        else:
            rows = self.one_by_one(in_order, most)
        if self.start or rows is None or len(rows) == most:
            return rows
        latest_first = rows if self.earlier else rows[::-1]
        self.listing.finding.found = Found(len(rows), [pk for _at, pk in latest_first])
        return None

    def by_month(self, in_order: InOrder) -> ByMonth | None:
        """None where no words are asked for, they begin too many others, or too many rows have
        them."""
        if not in_order.has_months:
            return None
        name = in_order.by_words
        in_notes = in_order.in_notes(name) if name else None
        if not name or in_notes is None or in_notes.completed is None or in_order.names_many:
            return None
        if (named := self.named(in_order, name)) is None:
            return None
        noted = self.noted(in_order, in_notes)
        if noted is None or noted.number > MOST_COUNTED:
            return None
        listed = self.listing.filter.listed(in_order.fitting_but(name))
        if self.start:
            listed = listed.filter(tried(self.behind_start))
        ordered = partial(self.listing.ordered, self.backwards)
        return ByMonth(in_notes, listed, named, noted, ordered, self.earlier)

    def has_rare_words(self, in_order: InOrder) -> bool:
        """Whether a search is for words that a smaller part of the rows has than can as well be
        tried, and means little else."""
        name = in_order.by_words
        in_notes = in_order.in_notes(name) if name else None
        if not name or not in_notes or self.listing.finding.is_broad:
            return False
        noted = self.noted(in_order, in_notes)
        if noted is None or noted.number > MOST_COUNTED or self.named(in_order, name) is None:
            return False
        few = in_order.has_months or (in_order.of_few and in_order.narrows_beside(name))
        share = RARE_WORDS if few else RAREST_WORDS
        return noted.number < share * size_of(noted.counted)

    def noted(self, in_order: InOrder, in_notes: WordsInNotes) -> Noted | None:
        """None where too many words begin so."""
        months = self.months(in_order) if in_notes.found else []
        # One more than have no more rows.
        counted = months[: months_with(COUNTED, months) + 1]
        condition = in_notes.in_months([month for month, _size in counted])
        if condition is None:
            return None
        found = number_of(in_order.dated.filter(condition), MOST_COUNTED) if counted else 0
        return Noted(months, counted, found)

    def months(self, in_order: InOrder) -> list[tuple[int, int]]:
        """Those that have rows from here on, in the order of the list, with about how many."""
        ledger = self.listing.filter.ledger.pk
        ends = [at for end in (EARLIEST, LATEST) for (at,) in end(ledger=ledger)]
        if not ends:
            return []
        earliest, latest = ends
        first, last = asked = in_order.between(earliest, latest)
        if self.start:
            at, _pk = self.start
            first, last = (first, min(at, last)) if self.earlier else (max(at, first), last)
        # A month of the ledger is in two, by its time zone, and most of it in one.
        sizes: Counter[int] = Counter()
        for begin, n in self.listing.months:
            sizes.update({month_of(begin): 0, month_of(begin) + 1: 0})
            sizes[month_of(begin + HALF)] += n
        months = sorted(month for month in sizes if month_of(first) <= month <= month_of(last))
        return [
            (month, round(sizes[month] * part_of(month, asked, (earliest, latest))))
            for month in (months[::-1] if self.earlier else months)
        ]

    def named(self, in_order: InOrder, name: str) -> list[Row] | None:
        """All that fit without words in a note; None where an index has too many of them."""
        if not (parts := in_order.named(name)):
            return []
        pks = few_keys(parts, FEW_NAMED)
        if pks is None:
            return None
        if not pks:
            return []
        rows = self.onwards(in_order.fitting_but(name)).filter(with_keys(pks))
        return self.each_once([*rows.order_by().values_list("occurred_at", "pk")])

    def among_few(self, in_order: InOrder, name: str, most: int) -> list[Row] | None:
        """Those of this filter, and of all that its index has beside it, are put in order; all else
        is tried on the first of them. None where too few of them fit."""
        finding, labels = self.listing.finding, in_order.labels
        if labels and (labelled := finding.number("label")) > FEW_LABELLED:
            # So many have as many with a label as are wanted.
            likely = LABELLED_FOR_ONE * most * self.listing.in_all / labelled
            return self.labelled(in_order, name, most, min(MOST_LOOKED_UP, int(likely)))
        parts = in_order.fitting_among(finding.alone[name], name)
        wanted = LABELLED_FOR_ONE * most if labels else MOST_OF_FEW
        if in_order.has_all_beside(name):
            wanted = 2 * most  # some are in several parts, or ends of one transfer
        along = together(map(self.onwards, parts), "occurred_at", "pk")
        pks, is_all = first_keys(along, self.earlier, labels, wanted)
        told = [*in_order.told_by(name), *(["label"] if labels else [])]
        fitting = in_order.fitting_but(*told)
        found: list[Row] = []
        gone, step = 0, FIRST_OF_FEW
        while gone < len(pks):
            some = fitting.filter(with_keys(pks[gone : gone + step])).order_by()
            rows = sorted(some.values_list("occurred_at", "pk"), reverse=self.earlier)
            found += self.each_once(rows)
            gone += step
            if len(found) >= most:
                return found[:most]
            needed = gone * expected(most, len(found)) if found else inf
            if needed > len(pks) and not is_all:
                return None
            likely = SOME_MORE * gone * most / len(found) if found else inf
            step = max(FIRST_OF_FEW, int(min(len(pks), likely)) - gone)
        return found if is_all else None

    def labelled(self, in_order: InOrder, name: str, most: int, among: int) -> list[Row] | None:
        """The first of this filter are put in order and looked at one by one, first for a label
        that is asked for. None where too few of them fit."""
        parts = in_order.fitting_among(self.listing.finding.alone[name], name)
        fitting = on_few(in_order.fitting_but("label", *in_order.told_by(name)))
        wanted = 2 * most  # some are in several parts, or ends of one transfer
        rows = together(map(self.onwards, parts), "occurred_at", "pk")
        read, number = looked_up(rows, self.earlier, in_order.labels, fitting, wanted, among)
        found, is_all = self.each_once(read), number < among and len(read) < wanted
        return found[:most] if len(found) >= most or is_all else None

    def one_by_one(self, in_order: InOrder, most: int) -> list[Row] | None:
        contact = self.is_of_contact(in_order, most)
        read = (
            self.of_contact(in_order) if contact else partial(self.first_within, in_order.fitting)
        )
        found: list[Row] = []
        gone, step = 0, 2 * TRIED if self.is_frequent else TRIED
        if contact:
            step = OF_CONTACT_AMONG
        begin, end = None, self.end(self.within(None, None, in_order.along), step)
        while end is not None:
            found += read(partial(self.within, begin, end), most - len(found))
            if len(found) == most:
                return found
            gone += step
            needed = gone * expected(most, len(found)) if found else inf
            if in_order.of_few:  # gone through to their end as well, where nothing was found yet
                needed = min(needed, self.most_tried)
            if found and needed > gone + TRIED and self.cost < CHEAP:
                return None
            if needed > self.most_tried or gone >= self.most_tried:
                few = self.listing.finding.of_at_most(MORE_ALONE)
                return self.among_few(in_order, few, most) if few else None
            step = max(TRIED, int(SOME_MORE * needed) - gone)
            begin, end = end, self.end(self.within(end, None, in_order.along), step)
        if self.start is None and not gone:
            return None if self.cost < CHEAP else self.few_along(in_order, most, step)
        return found + read(partial(self.within, begin, None), most - len(found))

    def few_along(self, in_order: InOrder, most: int, along: int) -> list[Row] | None:
        """Of no more rows than are tried at first all that fit are found, so that they are counted
        as well; but not where each takes long."""
        if in_order.names_many:
            return self.first(in_order.fitting, most)
        if "transfers" in self.listing.filter.asked:
            return self.first(in_order.fitting, along)
        self.listing.finding.found = found_in([in_order.fitting])
        return None

    def first_within(self, fitting: Rows, within: Within, most: int) -> list[Row]:
        return self.first(within(fitting), most)

    def of_contact(self, in_order: InOrder) -> Callable[[Within, int], list[Row]]:
        parts = in_order.fitting_among(self.listing.finding.alone["contact"], "contact")
        fitting = on_few(in_order.fitting_but("label", *in_order.told_by("contact")))

        def read(within: Within, most: int) -> list[Row]:
            rows = together(map(within, parts), "occurred_at", "pk")
            return looked_up(rows, self.earlier, in_order.labels, fitting, most)[0]

        return read

    def is_of_contact(self, in_order: InOrder, most: int) -> bool:
        """Whether rows of a contact with a label are asked for, of which the first thousands of the
        ledger are likely to have enough: an index finds the contact's among them sooner than all of
        them are tried."""
        filters, number = self.listing.filter, self.listing.finding.number
        if not in_order.labels or in_order.ordering or not filters.takes("contact"):
            return False
        if "transfers" in filters.asked or not filters.addresses:
            return False
        both = number("contact") * number("label") or inf
        is_likely = TRIED < most * self.listing.in_all**2 / both < OF_CONTACT_AMONG
        return is_likely and len(filters.addresses) <= MOST_SENT

    def within(self, begin: datetime | None, end: datetime | None, rows: Rows) -> Rows:
        """The next of the rows, or those behind a moment; up to another."""
        return self.up_to(end, self.onwards(rows) if begin is None else self.behind(begin, rows))

    def up_to(self, end: datetime | None, rows: Rows) -> Rows:
        if end is None:
            return rows
        return rows.filter(**{f"occurred_at__{'gte' if self.earlier else 'lte'}": end})

    def behind(self, end: datetime, rows: Rows) -> Rows:
        return rows.filter(**{f"occurred_at__{'lt' if self.earlier else 'gt'}": end})

    @property
    def is_frequent(self) -> bool:
        """Whether several are asked for of what is long to find where it is frequent."""
        return len(FREQUENT & self.listing.filter.asked.keys()) > 1

    @property
    def most_tried(self) -> int:
        return MORE_TRIED if self.is_frequent else MOST_TRIED

    @cached_property
    def cost(self) -> float:
        """Of finding all that fit by the indexes."""
        finding = self.listing.finding
        if any(map(finding.filters.takes, UNEXPECTED)):
            return inf
        return sum(expected_costs(keys_sql(part.order_by()) for part in finding.parts))

    def rest(self, most: int) -> list[Row]:
        """The next rows that fit, sought by the indexes of what they fit."""
        finding = self.listing.finding
        pks = finding.found_among(self.onwards).keys
        if pks is None:
            combined = finding.is_combined
            parts = [InOrder(self.listing.filter).fitting] if combined else finding.met(far=True)
            found = {row for part in parts for row in self.first(self.onwards(part), most)}
            return sorted(found, reverse=self.earlier)[:most]
        next_ones = (pks if self.earlier else pks[::-1])[:most]
        times = dict(
            Transaction.objects.filter(with_keys(next_ones)).values_list("pk", "occurred_at")
        )
        return [(times[pk], pk) for pk in next_ones]
