"""Addresses that are out to be mistaken for others.

A look-alike has the first and the last four characters of an address of the book, which is all
that most people compare; poisoners make such addresses by the million and send dust from them,
hoping that one is copied from the history. Only addresses that are nobody's are looked at: who
names one knows whose it is.

Only dust ever came from an address if nothing was sent to it and everything that it sent was at
most DUST of a coin: 1,000 satoshi, less than a cent of ether or of a stablecoin. Amounts of two
coins do not compare, and a value in money is not known; so the bound is low, and what it misses
is a warning less, never a wrong one about a payment.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext as _

from contacts.models import Address, Contact, Wallet
from ledgers.models import Ledger
from transactions.queries.rows import capped_count, with_address
from txproject.prepared import IsAnyOf, Prepared, columns, joined, keys, prepared_rows

DUST = Decimal("0.00001")
ENDS = 4
WHOSE = {"contact": Contact, "wallet": Wallet}
# What all addresses of a chain begin with tells nothing.
SAME = re.compile(r"0x|[a-z]+1[qp]?(?=[02-9ac-hj-np-z]{20,}$)|[13T](?=[1-9A-HJ-NP-Za-km-z]{25,}$)")


@dataclass(frozen=True, slots=True)
class Suspect:
    """`like` is the address of the book that it looks like."""

    like: Address | None = None

    def __str__(self) -> str:
        if self.like is None:
            return _("only ever sent dust")
        return _("Not %(name)s: look-alike") % {"name": self.like.contact or self.like.wallet}


def ends(address: str) -> tuple[str, str]:
    """Its beginning, with what all of its chain begin with, and its end."""
    found = SAME.match(address)
    start = found.end() if found else 0
    return address[: start + ENDS], address[-ENDS:]


# Each for itself along the index of addresses in any case (OFFSET 0: a join would read all of the
# ledger's); nothing comes after the last character.
ALIKE = """
    SELECT alike.id FROM unnest(%s::text[], %s::text[]) AS wanted (start, tail), LATERAL (
        SELECT id FROM contacts_address
        WHERE ledger_id = %s
            AND upper(normalised) ~>=~ upper(wanted.start)
            AND upper(normalised) ~<~ (upper(wanted.start) || chr(1114111))
            AND right(normalised, length(wanted.tail)) = wanted.tail
            AND (contact_id IS NOT NULL OR wallet_id IS NOT NULL)
        OFFSET 0
    ) AS alike
"""


@Prepared
def of_book() -> "QuerySet[Address, Any]":
    found = Address.objects.filter(IsAnyOf("pk", keys("ids"))).order_by("-pk")
    whose = [f"{name}__{of}" for name, model in WHOSE.items() for of in columns(model)]
    return found.values_list(*columns(Address), *whose)


def alike(ledger: Ledger, unassigned: dict[int, str]) -> dict[int, Address]:
    """For those that look like an address of the book, that address. One query without any."""
    wanted = {pk: ends(normalised) for pk, normalised in unassigned.items()}
    starts, tails = zip(*set(wanted.values()), strict=True)
    like = [pk for (pk,) in prepared_rows(ALIKE, [list(starts), list(tails), ledger.pk])]
    if not like:
        return {}
    found = {}
    for row in of_book(ids=like):
        at, at.contact, at.wallet = joined((Address, *WHOSE.values()), row)
        found[ends(at.normalised)] = at
    return {pk: found[key] for pk, key in wanted.items() if key in found}


def not_dust() -> Q:
    """What an address that only ever sent dust is never part of."""
    return Q(received_amount__isnull=True) | Q(received_amount__gt=DUST) | Q(sent_amount__gt=0)


@Prepared
def seen_of_keys() -> "QuerySet[Address, Any]":
    rows = with_address()
    read = Address.objects.filter(IsAnyOf("pk", keys("ids")))
    return read.values_list("pk", capped_count(rows), Exists(rows.filter(not_dust())))


def seen(addresses: Iterable[int]) -> dict[int, tuple[int, bool]]:
    """How often each occurs, as times() counts, and whether it only ever sent dust.

    Stops at the first transaction that is none; those who send dust send little.
    """
    return {pk: (n, n > 0 and not more) for pk, n, more in seen_of_keys(ids=list(addresses))}


def suspects(ledger: Ledger, addresses: Iterable[Address]) -> dict[int, Suspect]:
    """In two queries, however many addresses; in none without any."""
    unassigned = {at.pk: at.normalised for at in addresses if not at.is_assigned}
    return suspects_among(ledger, unassigned, seen(unassigned)) if unassigned else {}


def suspects_among(
    ledger: Ledger, unassigned: dict[int, str], seen: dict[int, tuple[int, bool]]
) -> dict[int, Suspect]:
    dust = {pk: Suspect() for pk, (_n, dusty) in seen.items() if dusty}
    return dust | {pk: Suspect(at) for pk, at in alike(ledger, unassigned).items()}
