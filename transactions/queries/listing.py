"""One page of a ledger's transactions, at any size of the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When
from django.db.models.functions import Greatest
from django.http import QueryDict

from ledgers.models import Ledger
from transactions.filters import TransactionFilter
from transactions.models import Asset, MonthCount, Transaction, TransferPair
from transactions.models.transaction import ASSET_FIELDS, PARTS
from transactions.queries.finding import Finding
from transactions.search import number_of
from txproject.prepared import IsAnyOf, Parameter, Prepared, keys

type Rows = QuerySet[Transaction]

# Up to here count and pages are exact, and in the page's own snapshot.
MAX_COUNT = 10_000
# Up to here totals are, too: adding up takes longer than reading a page.
MAX_SUMMED = 500
# From here on it is far to a page: rows that are gone through for it cost more than reading all
# that fit by their indexes.
FAR = 500
# More pages than any list has, and fewer than PostgreSQL can skip.
FARTHEST = 10**9
SIZES = (25, 50, 100, 200)
TIMES = ("-time", "time")
NEWEST = ("-occurred_at", "-pk")
SORTS = (*TIMES, "-amount", "amount")
IN_ALL = Prepared(lambda: MonthCount.objects.filter(ledger=Parameter("ledger")).in_all())
BY_MONTH = Prepared(lambda: MonthCount.objects.filter(ledger=Parameter("ledger")).latest_first())


def int_or(text: str | None, default: int) -> int:
    try:
        return int(text or default)
    except ValueError:
        return default


def page_number(query: QueryDict) -> int:
    """From 1, or from the end with -1."""
    wanted = query.get("page")
    number = -1 if wanted == "last" else int_or(wanted, 1) or 1
    return max(-FARTHEST, min(number, FARTHEST))


def page_size(query: QueryDict) -> int:
    size = int_or(query.get("size"), 50)
    return size if size in SIZES else 50


class Listed(Protocol):
    """What can be shown in pages."""

    query: QueryDict

    @property
    def rows(self) -> Any: ...

    @property
    def size(self) -> int: ...

    def counted(self, rows: Any) -> int:
        """The number of rows; MAX_COUNT + 1 stands for more than that."""

    def ids(self, start: int, stop: int, backwards: bool = False) -> list[int]: ...


@dataclass
class Total:
    symbol: str
    name: str = ""
    n: int = 0
    received: Decimal = Decimal(0)
    sent: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)

    @property
    def net(self) -> Decimal:
        return self.received - self.sent - self.fee


@dataclass
class Listing:
    """What a URL of the transactions page stands for."""

    filter: TransactionFilter
    query: QueryDict
    # Not more than MAX_COUNT fit: known once they have been counted.
    few: bool = field(default=False, init=False)

    @cached_property
    def finding(self) -> Finding:
        return Finding(self.filter)

    @cached_property
    def rows(self) -> Rows:
        return self.finding.named

    @classmethod
    def of(cls, ledger: Ledger, query: QueryDict, among: Rows | None = None) -> "Listing":
        """Of all rows that are not deleted, or `among` others."""
        return cls(TransactionFilter(query, ledger, among), query)

    @property
    def size(self) -> int:
        return page_size(self.query)

    @property
    def sort(self) -> str:
        """By amount only with one asset chosen: amounts of two assets do not compare."""
        sort = self.query.get("sort") or SORTS[0]
        known = sort in SORTS and (not sort.endswith("amount") or self.one_asset)
        return sort if known else SORTS[0]

    @property
    def one_asset(self) -> bool:
        symbols = self.filter.form.cleaned_data.get("asset", []) if self.filter.is_valid() else []
        return len(symbols) == 1 and not self.filter.negated("asset")

    def counted(self, rows: Rows) -> int:
        """The number of rows; MAX_COUNT + 1 stands for more than that."""
        if rows is not self.rows:
            return number_of(rows, MAX_COUNT)
        if self.filter.is_plain:
            count = self.in_ledger
        else:
            found = self.finding.found
            count = found.number if found else number_of(rows, MAX_COUNT)
        self.few = count <= MAX_COUNT
        return count

    @cached_property
    def in_ledger(self) -> int:
        """The number of rows that the ledger lists, likewise."""
        return min(self.in_all, MAX_COUNT + 1)

    @cached_property
    def in_all(self) -> int:
        """The same, however many."""
        return sum(int(n) for (n,) in IN_ALL(ledger=self.filter.ledger.pk))

    @cached_property
    def months(self) -> list[tuple[datetime, int]]:
        """How many rows the ledger lists of each month, the latest first."""
        return [(month, int(n)) for month, n in BY_MONTH(ledger=self.filter.ledger.pk)]

    @property
    def totals(self) -> "list[Total]":
        few = self.finding.few_summed
        several = len(self.filter.asked) > 1 and "transfers" not in self.filter.asked
        if few is None and self.few and several:
            found = self.finding.summed.order_by().values_list("pk", flat=True)
            few = list(found[: MAX_SUMMED + 1])
        if few is not None and len(few) <= MAX_SUMMED:
            return totals_of(few)
        return totals(self.finding.summed)

    def ordered(self, backwards: bool = False, rows: Rows | None = None) -> Rows:
        """In a total order, so that no row is on two pages or on none.

        A few rows are all read and then sorted, by something that no index has: walking along an
        index until a page is full, as PostgreSQL would, is a walk through the whole ledger where
        they are old.
        """
        descending = self.sort.startswith("-") is not backwards
        time = F("occurred_at") + timedelta(0) if self.few else F("occurred_at")
        by, rows = [time, F("pk")], self.rows if rows is None else rows
        if self.sort.endswith("amount"):
            by.insert(0, F("amount"))
            rows = rows.annotate(amount=self.amount())
        return rows.order_by(*(key.desc() if descending else key.asc() for key in by))

    def amount(self) -> Any:
        """Sent or received of the chosen asset, whichever is greater."""
        assets = self.filter.chosen_assets() or []
        return Greatest(
            *(
                Case(When(**{f"{part}_asset__in": assets}, then=F(f"{part}_amount")))
                for part in PARTS
            )
        )

    def among(self, ids: list[int]) -> list[int]:
        """Those of the ids that are listed, in its order."""
        found = self.ordered(rows=self.filter.rows).filter(pk__in=ids)
        return list(found.values_list("pk", flat=True))

    def ids(self, start: int, stop: int, backwards: bool = False) -> list[int]:
        """The keys alone: rows that are skipped are not read."""
        latest_first = self.finding.few
        if latest_first is not None and self.sort in TIMES:
            descending = (self.sort == "-time") is not backwards
            ids = (latest_first if descending else latest_first[::-1])[start:stop]
            return ids[::-1] if backwards else ids
        far = self.sort in TIMES and stop > FAR
        if far and self.filter.is_plain:
            rows, skipped = self.without_months(start, backwards)
            parts, start, stop = [rows], start - skipped, stop - skipped
        else:
            parts = [self.rows] if self.few else self.finding.met(far)
        ids = list(self.merged(parts, backwards, start, stop))
        return ids[::-1] if backwards else ids

    def without_months(self, start: int, backwards: bool) -> tuple[Rows, int]:
        """The rows from the month on that has the one at `start`, and how many come before them."""
        descending = (self.sort == "-time") is not backwards
        skipped, rest = 0, Q()
        for month, n in self.months if descending else reversed(self.months):
            if not descending:
                rest = Q(occurred_at__gte=month)
            if skipped + n > start:
                return self.rows.filter(rest), skipped
            if descending:
                rest = Q(occurred_at__lt=month)
            skipped += n
        return self.rows.none(), skipped

    def merged(self, parts: list[Rows], backwards: bool, start: int, stop: int) -> Iterable[int]:
        """Of each part no more than what may come before the end."""
        first, *others = (self.ordered(backwards, part) for part in parts)
        if not others:
            return first.values_list("pk", flat=True)[start:stop]
        one, *more = (part.values_list("occurred_at", "pk")[:stop] for part in (first, *others))
        order = ("occurred_at", "pk") if self.sort.startswith("-") is backwards else NEWEST
        return (pk for _time, pk in one.union(*more).order_by(*order)[start:stop])


@dataclass
class Pages:
    """The page that is asked for, and where one can go from it.

    Pages are counted from 1, from the end with -1 (or "last"), as long as nobody knows how many
    there are.
    """

    listing: Listed
    # What is asked for, if the URL does not say it.
    wanted: int | None = None
    most_summed: int | None = None
    # Rows that have come before those that somebody looks at: see hold().
    new: int = field(default=0, init=False)
    count: int = field(init=False)
    number: int = field(init=False)
    ids: list[int] = field(init=False)
    # Whether there are rows behind this page, seen from the end that it is counted from.
    more: bool = field(init=False)

    def __post_init__(self) -> None:
        self.count = self.listing.counted(self.listing.rows)
        number = self.wanted or page_number(self.listing.query)
        self.number = number if self.capped else self.within(number)
        self.ids = self.read()
        if not self.ids and self.capped:
            self.number = -1
            self.ids = self.read()

    @property
    def capped(self) -> bool:
        return self.count > MAX_COUNT

    @property
    def summed_later(self) -> bool:
        return self.capped or self.count > (self.most_summed or MAX_SUMMED)

    @property
    def last(self) -> int:
        return max(1, -(-self.count // self.listing.size))

    def within(self, number: int) -> int:
        return max(1, min(self.last, number if number > 0 else self.last + 1 + number))

    def read(self) -> list[int]:
        """From the nearer end; of rows that nobody has counted one more, which is on no page."""
        size = self.listing.size
        start = (self.number - 1) * size if self.number > 0 else (-self.number - 1) * size
        stop = start + size
        if self.capped:
            backwards = self.number < 0
            ids = self.listing.ids(start, stop + 1, backwards)
            self.more = len(ids) > size
            return ids[-size:] if backwards else ids[:size]
        self.more = self.number < self.last
        if start > self.count / 2:
            stop = min(stop, self.count)
            return self.listing.ids(self.count - stop, self.count - start, backwards=True)
        return self.listing.ids(start, stop)

    def hold(self, listing: Listing, shown: list[int]) -> None:
        """Keeps to the rows that are shown somewhere: what has come before the last of them is
        only counted, and what has left makes room at the end, where nothing moves by it."""
        held = set(shown[: SIZES[-1]])
        both = listing.among([*held, *self.ids]) if held else []
        last = max((n for n, pk in enumerate(both) if pk in held), default=-1)
        if last < 0:
            return
        stayed = [pk for pk in both[:last] if pk in held]
        self.new = last - len(stayed)
        self.ids = [*stayed, *both[last:]][: listing.size]

    @property
    def previous(self) -> int | str | None:
        if self.number < 0:
            return self.number - 1 if self.more else None
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | str | None:
        if self.number < 0:
            return self.number + 1 if self.number < -1 else None
        return self.number + 1 if self.more else None

    @property
    def first_row(self) -> int | None:
        return (self.number - 1) * self.listing.size + 1 if self.number > 0 else None

    @property
    def last_row(self) -> int | None:
        return self.first_row + len(self.ids) - 1 if self.first_row else None


def is_small(ledger: Ledger) -> bool:
    """Whether all of its rows are added up or counted in no time."""
    return not ledger.transactions.order_by()[MAX_COUNT : MAX_COUNT + 1].exists()


def totals(rows: Rows) -> list[Total]:
    """Per symbol what came in, went out and was paid, the most used first. What only moved from one
    of the rows to another did neither: what was lost on the way is a fee."""
    return added(sums(rows), transferred(transfers_within(rows)))


def totals_of(pks: list[int]) -> list[Total]:
    """The same, of a few rows."""
    return added(SUMS_OF(pks=pks), TRANSFERRED_AMONG(pks=pks))


def added(sums: Iterable[Any], transferred: Iterable[Any]) -> list[Total]:
    """Rows that move the same assets are added up by the database, the few sums that are left by
    us."""
    lines = list(sums)
    used = {pk for line in lines for pk in line[: len(PARTS)] if pk}
    assets = {pk: (symbol, name) for pk, symbol, name in ASSETS(pks=list(used))}
    found: dict[str, Total] = {}
    for *moved, n, sent, received, fee in lines:
        symbols = set()
        for part, pk, amount in zip(PARTS, moved, (sent, received, fee), strict=True):
            if pk:
                symbol, name = assets[pk]
                total = found.get(symbol) or found.setdefault(symbol, Total(symbol, name))
                setattr(total, part, getattr(total, part) + amount)
                symbols.add(symbol)
        for symbol in symbols:
            found[symbol].n += n
    for symbol, sent, received in transferred:
        found[symbol].sent -= sent
        found[symbol].received -= received
        found[symbol].fee += sent - received
    return sorted(found.values(), key=lambda total: (-total.n, total.symbol))


def sums(rows: Rows) -> "QuerySet[Any, Any]":
    """Per assets that rows move how many they are, and what is sent, received and paid."""
    each = (Sum(f"{part}_amount") for part in PARTS)
    return rows.order_by().values_list(*ASSET_FIELDS).annotate(Count("pk"), *each)


def transferred(pairs: "QuerySet[TransferPair]") -> "QuerySet[Any, Any]":
    """Per symbol what was sent and received by transfers."""
    return pairs.values_list("sent__sent_asset__symbol").annotate(
        Sum("sent__sent_amount"), Sum("received__received_amount")
    )


def transfers_within(rows: Rows) -> QuerySet[TransferPair]:
    listed = rows.order_by().values("pk")
    return TransferPair.objects.standing().filter(sent__in=listed, received__in=listed)


SUMS_OF = Prepared(lambda: sums(Transaction.objects.filter(IsAnyOf("pk", keys("pks")))))
TRANSFERRED_AMONG = Prepared(
    lambda: transferred(
        TransferPair.objects.standing().filter(
            IsAnyOf("sent", keys("pks")), IsAnyOf("received", keys("pks"))
        )
    )
)
ASSETS = Prepared(
    lambda: Asset.objects.filter(IsAnyOf("pk", keys("pks"))).values_list("pk", "symbol", "name")
)
