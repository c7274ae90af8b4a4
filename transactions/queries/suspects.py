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

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from contacts.models import Address
from ledgers.models import Ledger
from transactions.models import Transaction

DUST = Decimal("0.00001")
ENDS = 4
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


def alike(ledger: Ledger, unassigned: Iterable[Address]) -> dict[int, Address]:
    """For those that look like an address of the book, that address. One query, on an index."""
    wanted = {at.pk: ends(at.normalised) for at in unassigned}
    condition = Q()
    for start, end in set(wanted.values()):
        condition |= Q(normalised__istartswith=start, normalised__endswith=end)
    book = ledger.addresses.assigned().filter(condition).select_related("contact", "wallet")
    found = {ends(at.normalised): at for at in book.order_by("-pk")}
    return {pk: found[key] for pk, key in wanted.items() if key in found}


def not_dust() -> Q:
    """What an address that only ever sent dust is never part of."""
    return Q(received_amount__isnull=True) | Q(received_amount__gt=DUST) | Q(sent_amount__gt=0)


def dusty(ledger: Ledger, unassigned: Iterable[Address]) -> set[int]:
    """Stops at the first transaction that is none; those who send dust send little."""
    rows = Transaction.objects.alive().filter(ledger=ledger, counterparty=OuterRef("pk"))
    found = ledger.addresses.filter(Exists(rows), ~Exists(rows.filter(not_dust())))
    return set(found.filter(pk__in=[at.pk for at in unassigned]).values_list("pk", flat=True))


def suspects(ledger: Ledger, addresses: Iterable[Address]) -> dict[int, Suspect]:
    """In two queries, however many addresses; in none without any."""
    unassigned = {at.pk: at for at in addresses if not at.is_assigned}.values()
    if not unassigned:
        return {}
    dust = {pk: Suspect() for pk in dusty(ledger, unassigned)}
    return dust | {pk: Suspect(at) for pk, at in alike(ledger, unassigned).items()}
