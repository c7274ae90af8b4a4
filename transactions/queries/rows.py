"""The rows of a page with all that is shown of them, and how often what is in them occurs."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat

from contacts.models import Address
from transactions.models import Label, NewRow, Transaction, TransferPair
from txproject.prepared import IsAnyOf, Parameter, Prepared, keys

MAX_SHOWN_COUNT = 1000
FIELDS = (
    *("pk", "version", "occurred_at", "type", "status", "hidden", "note", "group_key"),
    "wallet__name",
    *("sent_amount", "sent_asset__symbol"),
    *("received_amount", "received_asset__symbol"),
    *("fee_amount", "fee_asset__symbol"),
    "contact__name",
    *("counterparty", "counterparty__shown", "counterparty__normalised"),
    *("counterparty__contact__name", "counterparty__wallet__name"),
)


class ListRow(NamedTuple):
    """What a list shows of a transaction. Fifty of it with their models, eight to a row, take five
    times as long to read."""

    pk: int
    version: int
    occurred_at: datetime
    type: str
    status: str
    hidden: bool
    note: str
    group_key: str
    wallet: str
    sent_amount: Decimal | None
    sent_symbol: str | None
    received_amount: Decimal | None
    received_symbol: str | None
    fee_amount: Decimal | None
    fee_symbol: str | None
    contact: str | None
    counterparty: int | None
    shown: str | None
    normalised: str | None
    named: str | None
    own_wallet: str | None
    # Of each label its colour, a space, its name.
    labels: list[str]
    # Of one that is new, why, a space, and the key of what waits for review.
    new: str | None = None

    @property
    def unnamed(self) -> int | None:
        """The counterparty, if its address is nobody's."""
        return self.counterparty if self.named is None and self.own_wallet is None else None

    @classmethod
    def of(cls, tx: Transaction) -> Self:
        """Of one that is read already, as for its own page."""
        row = [value_of(tx, name) for name in FIELDS]
        labels = [f"{label.colour} {label.name}" for label in tx.labels.all()]
        return cls._make([*row, labels, None])


def value_of(tx: Transaction, path: str) -> object:
    value: object = tx
    for name in path.split("__"):
        value = getattr(value, name, None)
    return value.pk if isinstance(value, Address) else value


@Prepared
def rows_of_keys() -> "QuerySet[Transaction, Any]":
    labels = Label.objects.filter(transactions=OuterRef("pk")).values_list(
        Concat("colour", Value(" "), "name")
    )
    text = TextField()
    waiting = NewRow.objects.filter(transaction=OuterRef("pk"), reader=Parameter("reader"))
    new = waiting.values_list(Concat("why", Value(" "), Cast("pk", text), output_field=text))
    rows = Transaction.objects.filter(IsAnyOf("pk", keys("ids")))
    return rows.values_list(*FIELDS, ArraySubquery(labels), Subquery(new))


def in_order(ids: list[int], reader: int) -> list[ListRow]:
    """The rows of these keys, in their order, with all that a row shows. One query."""
    rows = rows_of_keys(ids=ids, reader=reader) if ids else ()
    found = {row[0]: ListRow(*row) for row in rows}
    return [found[pk] for pk in ids]


class MoreOfRow(NamedTuple):
    """What only columns that are not the usual ones show."""

    pk: int
    value_amount: Decimal | None
    value_currency: str
    tx_hash: str
    group_key: str
    own_address: str | None
    file_name: str | None
    imported_at: datetime | None
    edited_at: datetime | None
    edited_by: str | None


@Prepared
def more_of_keys() -> "QuerySet[Transaction, Any]":
    rows = Transaction.objects.filter(IsAnyOf("pk", keys("ids")))
    return rows.values_list(
        *("pk", "value_amount", "value_currency", "tx_hash", "group_key", "own_address__shown"),
        *("batch__file_name", "batch__imported_at", "edited_at", "edited_by__username"),
    )


def more_of(ids: list[int]) -> dict[int, MoreOfRow]:
    return {row[0]: MoreOfRow(*row) for row in more_of_keys(ids=ids)} if ids else {}


def times(addresses: Iterable[int | None]) -> dict[int, int]:
    """How often each address is the counterparty, counted up to one more than MAX_SHOWN_COUNT."""
    if not (wanted := {pk for pk in addresses if pk}):
        return {}
    counted = Address.objects.filter(pk__in=wanted).annotate(n=capped_count(with_address()))
    return dict(counted.values_list("pk", "n"))


def with_address() -> QuerySet[Transaction]:
    """The transactions that the address of the outer query is the counterparty of."""
    return Transaction.objects.alive().filter(
        ledger=OuterRef("ledger"), counterparty=OuterRef("pk")
    )


@Prepared
def group_sizes_of_keys() -> "QuerySet[Transaction, Any]":
    members = Transaction.objects.alive().filter(
        ledger=OuterRef("ledger"), group_key__iexact=OuterRef("group_key")
    )
    counted = Transaction.objects.filter(IsAnyOf("pk", keys("ids")))
    return counted.values_list("group_key", capped_count(members))


def group_sizes(rows: Iterable[ListRow]) -> dict[str, int]:
    """How many rows each group has, counted up to one more than MAX_SHOWN_COUNT."""
    one_of_each = {row.group_key: row.pk for row in rows if row.group_key}
    return dict(group_sizes_of_keys(ids=list(one_of_each.values()))) if one_of_each else {}


ENDS = (
    *("pk", "sent", "sent__wallet__name", "sent__sent_amount", "sent__sent_asset__symbol"),
    *("received", "received__wallet__name", "received__received_amount"),
)


@Prepared
def ends_of_keys() -> "QuerySet[TransferPair, Any]":
    """The transfers that one of these rows is an end of."""
    is_end = Q(IsAnyOf("sent", keys("ids"))) | Q(IsAnyOf("received", keys("ids")))
    return TransferPair.objects.standing().filter(is_end).values_list(*ENDS)


def capped_count(rows: QuerySet[Any], most: int = MAX_SHOWN_COUNT) -> Func:
    """Their number, at most one more than `most`, as a part of a query."""
    ids = ArraySubquery(rows.values("pk")[: most + 1])
    return Func(ids, function="cardinality", output_field=IntegerField())
