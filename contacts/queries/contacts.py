"""The address book read together with its transactions, at any number of either."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.http import QueryDict

from contacts.models import Address, Contact
from ledgers.models import Ledger
from transactions.models import Transaction
from transactions.models.transaction import TransactionQuerySet
from transactions.queries.listing import MAX_COUNT, page_size
from transactions.queries.rows import MAX_SHOWN_COUNT
from transactions.search import addresses as beginning_with


@dataclass
class Usage:
    """How many transactions there are, up to MAX_SHOWN_COUNT + 1, and the last of them."""

    n: int = 0
    last: datetime | None = None

    def add(self, n: int, last: datetime | None) -> None:
        self.n = min(self.n + n, MAX_SHOWN_COUNT + 1)
        self.last = max(filter(None, (self.last, last)), default=None)


def listed_transactions(ledger: Ledger) -> TransactionQuerySet:
    """What the list shows where nothing is filtered."""
    return Transaction.objects.alive().filter(ledger=ledger, hidden=False)


def capped_count(rows: QuerySet[Transaction]) -> Func:
    found = ArraySubquery(rows.values("pk")[: MAX_SHOWN_COUNT + 1])
    return Func(found, function="cardinality", output_field=IntegerField())


def latest_time(rows: TransactionQuerySet) -> Subquery:
    return Subquery(rows.latest_first().values("occurred_at")[:1])


def usage_of_addresses(ledger: Ledger, addresses: Iterable[Address]) -> dict[int, Usage]:
    """Where they are the counterparty, whosoever name is shown."""
    rows = listed_transactions(ledger).filter(counterparty=OuterRef("pk"))
    read = Address.objects.filter(pk__in=[address.pk for address in addresses])
    used = read.annotate(n=capped_count(rows), last=latest_time(rows)).values_list(
        "pk", "n", "last"
    )
    return {pk: Usage(n, at) for pk, n, at in used}


def usage_of_contacts(ledger: Ledger, contacts: Iterable[Contact]) -> dict[int, Usage]:
    """Transactions that show their name: through an address, or of the transaction's own."""
    pks = [contact.pk for contact in contacts]
    theirs = Address.objects.filter(ledger=ledger, contact=OuterRef(OuterRef("pk"))).values("pk")
    own = listed_transactions(ledger).filter(contact=OuterRef("pk"))
    through = listed_transactions(ledger).filter(contact__isnull=True)
    found = {pk: Usage() for pk in pks}
    counts = Contact.objects.filter(pk__in=pks).annotate(
        through=capped_count(through.filter(counterparty__in=theirs)),
        own=capped_count(own),
        last=latest_time(own),
    )
    for pk, n, more, at in counts.values_list("pk", "through", "own", "last"):
        found[pk].add(n + more, at)
    lasts = Address.objects.filter(ledger=ledger, contact__in=pks).annotate(
        last=latest_time(through.filter(counterparty=OuterRef("pk")))
    )
    for pk, at in lasts.values_list("contact", "last"):
        found[pk].add(0, at)
    return found


@dataclass
class ContactListing:
    """What a URL of the contacts page stands for."""

    ledger: Ledger
    query: QueryDict
    rows: QuerySet[Contact] = field(init=False)

    def __post_init__(self) -> None:
        self.text = " ".join(self.query.get("q", "").split())
        self.rows = self.ledger.contacts.filter(self.fits())

    def fits(self) -> Q:
        """Its name or note, or the beginning of an address."""
        if not self.text:
            return Q()
        at = beginning_with(self.ledger, self.text).filter(contact__isnull=False)
        named = Q(name__icontains=self.text) | Q(note__icontains=self.text)
        return named | Q(pk__in=at.values("contact"))

    @property
    def size(self) -> int:
        return page_size(self.query)

    def counted(self, rows: QuerySet[Any]) -> int:
        return rows.order_by()[: MAX_COUNT + 1].count()

    def ids(self, start: int, stop: int, backwards: bool = False) -> list[int]:
        order = self.ledger.contacts.by_name().query.order_by
        rows = self.rows.order_by(*order)
        found = (rows.reverse() if backwards else rows).values_list("pk", flat=True)[start:stop]
        return list(found)[::-1] if backwards else list(found)


def in_order(ids: list[int]) -> list[Contact]:
    """The contacts of these keys, in their order, with their number of addresses."""
    rows = Contact.objects.annotate(n=Count("addresses")).in_bulk(ids)
    return [rows[pk] for pk in ids]
