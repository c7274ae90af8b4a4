"""Counterparties that nobody has named, at any number of transactions."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.http import QueryDict

from contacts.models import Address
from contacts.queries.contacts import latest_time, listed_transactions
from ledgers.models import Ledger
from transactions.models.transaction import PARTS, TransactionQuerySet
from transactions.queries.listing import page_size


@dataclass(slots=True)
class UnidentifiedCounterparty:
    """A counterparty that nobody has named; `n` transactions are shown and carry no name."""

    address: Address
    n: int
    first: datetime
    last: datetime


def unidentified_transactions(ledger: Ledger) -> TransactionQuerySet:
    """What is shown, names a counterparty, and has no contact of its own."""
    return listed_transactions(ledger).filter(contact__isnull=True, counterparty__isnull=False)


@dataclass
class UnidentifiedListing:
    """What a URL of the page Unidentified stands for: the ranking, read at once.

    It counts on an index alone (transaction_nameless); a page reads the rest of its addresses.
    """

    ledger: Ledger
    query: QueryDict
    rows: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        counts = (
            unidentified_transactions(self.ledger)
            .order_by()
            .values("counterparty")
            .annotate(n=Count("*"))
        )
        unassigned = counts.filter(
            counterparty__contact__isnull=True, counterparty__wallet__isnull=True
        )
        self.rows = dict(unassigned.order_by("-n", "counterparty").values_list("counterparty", "n"))

    @property
    def size(self) -> int:
        return page_size(self.query)

    def counted(self, rows: dict[int, int]) -> int:
        return len(rows)

    def ids(self, start: int, stop: int, backwards: bool = False) -> list[int]:
        pks = list(self.rows)
        found = (pks[::-1] if backwards else pks)[start:stop]
        return found[::-1] if backwards else found

    def of_page(self, ids: list[int]) -> list[UnidentifiedCounterparty]:
        with_it = unidentified_transactions(self.ledger).filter(counterparty=OuterRef("pk"))
        first = Subquery(with_it.order_by("occurred_at", "pk").values("occurred_at")[:1])
        read = Address.objects.annotate(first=first, last=latest_time(with_it))
        seen: dict[int, Any] = read.in_bulk(ids)
        return [
            UnidentifiedCounterparty(seen[pk], self.rows[pk], seen[pk].first, seen[pk].last)
            for pk in ids
        ]


def symbols(ledger: Ledger, addresses: Iterable[int]) -> dict[int, list[str]]:
    """What was moved with each address, the most used first."""
    rows = unidentified_transactions(ledger).filter(counterparty__in=list(addresses)).order_by()
    found: dict[int, Counter[str]] = {}
    for part in PARTS[:2]:
        moved = rows.exclude(**{f"{part}_asset": None})
        counts = moved.values_list("counterparty", f"{part}_asset__symbol").annotate(n=Count("pk"))
        for pk, symbol, n in counts:
            found.setdefault(pk, Counter())[symbol] += n
    return {pk: [symbol for symbol, _n in of.most_common()] for pk, of in found.items()}
