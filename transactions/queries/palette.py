"""Whatever has a name in a ledger, found by a part of it."""

from typing import Any, NamedTuple

from django.db.models import Case, CharField, QuerySet, Value, When
from django.db.models.functions import Lower

from ledgers.models import Ledger, User

OFFERED = 8  # of each kind
KINDS = ("view", "contact", "wallet", "label")


class Named(NamedTuple):
    kind: str
    key: int
    name: str
    slug: str


def named(ledger: Ledger, user: User, text: str) -> list[Named]:
    """One query. Those that begin so come first; without any text only views are found."""
    views = few(ledger.views.seen_by(user), "view", text)
    if text:
        others = {"contact": ledger.contacts, "wallet": ledger.wallets, "label": ledger.labels}
        found = (few(of.annotate(slug=Value("")), kind, text) for kind, of in others.items())
        views = views.union(*found, all=True).order_by("nth", "begins", "lower", "pk")
    return [Named(KINDS[nth], *of) for nth, *of, _begins, _lower in views]


def few(things: QuerySet[Any], kind: str, text: str) -> QuerySet[Any, Any]:
    begins = Case(When(name__istartswith=text, then=0), default=1)
    found = things.filter(name__icontains=text).annotate(
        nth=Value(KINDS.index(kind)), begins=begins, lower=Lower("name", output_field=CharField())
    )
    columns: QuerySet[Any, Any] = found.values_list("nth", "pk", "name", "slug", "begins", "lower")
    return columns.order_by("begins", "lower", "pk")[:OFFERED]
