"""What a person may mean who types a few words, an address or a hash."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorExact
from django.db.models import Exists, OuterRef, Q, QuerySet

from contacts.models import Address
from ledgers.models import Ledger
from transactions.models import SpamRow, Transaction, TransactionLabel, TransferPair

# An address or hash is searched from its beginning; shorter beginnings would match everything.
SHORTEST_BEGINNING = 3
FEW = 10_000
SOME = 1_000  # pairs


def any_of(field: str, values: Iterable[Any]) -> Q:
    return Q(**{f"{field}__in": list(values)})


def keys_among(values: Iterable[str]) -> list[str]:
    """Those that can be the key of a row."""
    return [value for value in values if value.isdecimal() and len(value) < 19]


def keys(things: QuerySet[Any]) -> list[int]:
    return list(things.values_list("pk", flat=True))


def found(ledger: Ledger, text: str) -> Q:
    """The rows that fit.

    A few of them are named by their keys, each part of them found by its own index. More are told
    by what they have: then they are so many that one meets them soon.
    """
    parts = conditions(ledger, text)
    rows = ledger.transactions.order_by().values_list("pk", flat=True)
    first, *others = (rows.filter(part) for part in parts)
    pks = list(first.union(*others, all=True)[: FEW + 1])
    return Q(pk__in=set(pks)) if len(pks) <= FEW else reduce(or_, parts)


def conditions(ledger: Ledger, text: str) -> list[Q]:
    contacts = keys(ledger.contacts.filter(name__icontains=text))
    at = keys(ledger.addresses.filter(any_of("contact", contacts)))
    at += keys(addresses(ledger, text))
    parts = [any_of("counterparty", at), any_of("own_address", at), any_of("contact", contacts)]
    if labels := keys(ledger.labels.filter(name__icontains=text)):
        parts.append(labelled(labels))
    if words := words_only(text).split():
        parts.append(note_condition(words))
    if searchable_prefix(text):
        parts.append(Q(group_key__istartswith=text))
    return parts


def labelled(labels: Iterable[Any]) -> Q:
    """With one of the labels.

    EXISTS, because PostgreSQL reads all of a long NOT IN (SELECT …) again for every row. Without
    the ledger, which the label implies: PostgreSQL would expect next to nothing of both.
    """
    of_row = TransactionLabel.objects.filter(transaction=OuterRef("pk"))
    return Q(Exists(of_row.filter(any_of("label", labels))))


def note_condition(words: list[str]) -> Q:
    if not words:
        return Q(pk__in=[])
    beginnings = " & ".join(f"'{word}':*" for word in words)
    query = SearchQuery(beginnings, config="simple", search_type="raw")
    return Q(SearchVectorExact(SearchVector("note", config="simple"), query)) & ~Q(note="")


def words_only(text: str) -> str:
    """Words only: what is left means nothing to the syntax of a text search."""
    return "".join(c if c.isalnum() else " " for c in text).strip()


def searchable_prefix(text: str) -> str:
    """The part of an address or hash that tells it from others, or nothing."""
    return text if len(text.lower().removeprefix("0x")) >= SHORTEST_BEGINNING else ""


def addresses(ledger: Ledger, text: str) -> QuerySet[Address]:
    """In any case, whole or from the beginning."""
    start = searchable_prefix(text)
    return (
        ledger.addresses.filter(normalised__istartswith=start) if start else Address.objects.none()
    )


def with_reference(text: str) -> Q:
    """A hash, or what a source calls it; whole or from the beginning."""
    return Q(group_key__istartswith=text) if searchable_prefix(text) else Q(pk__in=[])


def with_addresses(found: QuerySet[Address]) -> Q:
    pks = keys(found)
    return any_of("own_address", pks) | any_of("counterparty", pks)


def hidden_as_spam() -> Q:
    return Q(Exists(SpamRow.objects.filter(transaction=OuterRef("pk"))))


def in_a_transfer(ledger: Ledger) -> Q:
    """Both ends of every transfer.

    Few are named by their keys. Of more, all are read once: PostgreSQL expects next to none of them
    to stand, and would go through all of them for every row if it were asked for EXISTS.
    """
    pairs = TransferPair.objects.standing().filter(ledger=ledger)
    ends = pairs.values_list("sent", "received")[: SOME + 1]
    if len(ends) <= SOME:
        return Q(pk__in={pk for both in ends for pk in both})
    return Q(pk__in=pairs.values("sent")) | Q(pk__in=pairs.values("received"))


def transfers_once(rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """Without what was received where what was sent is among the rows too."""
    listed = rows.order_by().values("pk")
    pairs = TransferPair.objects.standing().filter(sent__in=listed)
    return rows.exclude(pk__in=pairs.values("received"))
