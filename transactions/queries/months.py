"""What came in and went out by month, of any filtered rows."""

from collections import Counter
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, DateField, QuerySet, Sum
from django.db.models.functions import TruncMonth

from ledgers.models import Ledger
from transactions.models import Asset
from transactions.models.transaction import PARTS
from transactions.queries.listing import Rows, Total, transfers_within
from transactions.search import any_of

type Months = dict[date, Total]

NOTHING = Decimal(0)


def symbols(rows: Rows) -> list[str]:
    """The most used first: they are counted in each part that they are in."""
    used: Counter[int] = Counter()
    for part in PARTS:
        counted = rows.order_by().values_list(f"{part}_asset").annotate(n=Count("pk"))
        used.update({asset: n for asset, n in counted if asset})
    found: Counter[str] = Counter()
    for pk, symbol in Asset.objects.filter(pk__in=used).values_list("pk", "symbol"):
        found[symbol] += used[pk]
    return sorted(found, key=lambda symbol: (-found[symbol], symbol))


def months(rows: Rows, ledger: Ledger, symbol: str) -> Months:
    """Of one symbol: assets cannot be added up. What only moved from one of the rows to another did
    neither come in nor go out, as in the totals; what was lost on the way is a fee of the month
    that it left in."""
    assets = list(ledger.assets.filter(symbol=symbol).values_list("pk", flat=True))
    moved = {part: any_of(f"{part}_asset", assets) for part in PARTS}
    sums = {part: Sum(f"{part}_amount", filter=moved[part], default=NOTHING) for part in PARTS}
    those = rows.filter(reduce(or_, moved.values())).order_by()
    lines: Any = those.values(month=month()).annotate(n=Count("pk"), **sums)
    found = {line.pop("month"): Total(symbol, **line) for line in lines}
    for left, arrived, sent, received in transferred(rows, assets):
        found[left].sent -= sent
        found[left].fee += sent - received
        found[arrived].received -= received
    return found


def transferred(rows: Rows, assets: list[int]) -> "QuerySet[Any, Any]":
    """Per months of both ends what was sent and received by transfers."""
    of = any_of("sent__sent_asset", assets)
    ends = transfers_within(rows).filter(of).annotate(left=month("sent__"))
    return (
        ends.annotate(arrived=month("received__"))
        .values_list("left", "arrived")
        .annotate(Sum("sent__sent_amount"), Sum("received__received_amount"))
    )


def month(of: str = "") -> TruncMonth:
    """In the ledger's zone."""
    return TruncMonth(f"{of}occurred_at", output_field=DateField())
