"""What came in and went out by month, of any filtered rows."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, DateField, QuerySet, Sum
from django.db.models.functions import TruncMonth

from transactions.models import Asset
from transactions.models.transaction import ASSET_FIELDS, PARTS
from transactions.queries.listing import Rows, Total, transfers_within


@dataclass
class Months:
    """Of one symbol: assets cannot be added up."""

    symbol: str
    n: int = 0
    totals: dict[date, Total] = field(default_factory=dict)

    def of(self, month: date) -> Total:
        return self.totals.setdefault(month, Total(self.symbol))


def month(of: str = "") -> TruncMonth:
    """Of the ledger's zone."""
    return TruncMonth(f"{of}occurred_at", output_field=DateField())


def months(rows: Rows) -> list[Months]:
    """The most used symbol first. What only moved from one of the rows to another did neither come
    in nor go out, as in the totals; what was lost on the way is a fee of the month that it left in.

    Rows of a month that move the same assets are added up by the database, the few sums that are
    left by us.
    """
    sums = list(
        rows.order_by()
        .values(*ASSET_FIELDS, month=month())
        .annotate(n=Count("pk"), **{part: Sum(f"{part}_amount") for part in PARTS})
    )
    used = {pk for line in sums for part in PARTS if (pk := line[f"{part}_asset"])}
    symbols = dict(Asset.objects.filter(pk__in=used).values_list("pk", "symbol"))
    found = {symbol: Months(symbol) for symbol in symbols.values()}
    for line in sums:
        moved = {part: symbols[pk] for part in PARTS if (pk := line[f"{part}_asset"])}
        for part, symbol in moved.items():
            total = found[symbol].of(line["month"])
            setattr(total, part, getattr(total, part) + line[part])
        for symbol in {*moved.values()}:
            found[symbol].of(line["month"]).n += line["n"]
            found[symbol].n += line["n"]
    for symbol, left, arrived, sent, received in transferred(rows):
        found[symbol].of(left).sent -= sent
        found[symbol].of(left).fee += sent - received
        found[symbol].of(arrived).received -= received
    return sorted(found.values(), key=lambda months: (-months.n, months.symbol))


def transferred(rows: Rows) -> "QuerySet[Any, Any]":
    """Per symbol and the months of both ends, what was sent and received by transfers."""
    ends = transfers_within(rows).annotate(left=month("sent__"), arrived=month("received__"))
    return ends.values_list("sent__sent_asset__symbol", "left", "arrived").annotate(
        Sum("sent__sent_amount"), Sum("received__received_amount")
    )
