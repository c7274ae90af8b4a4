"""Whatever has a name in a ledger, found by a part of it."""

from typing import Any, NamedTuple

from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Lower

from ledgers.models import Ledger, User

OFFERED = 8  # of each kind
NO_SLUG = Value("")


class Named(NamedTuple):
    kind: str
    key: int
    name: str
    slug: str


def named(ledger: Ledger, user: User, text: str) -> list[Named]:
    """One query. Those that begin so come first; without any text only views are found."""
    views = few("view", ledger.views.seen_by(user), text, slug=F("slug"))
    if not text:
        return [Named(*row) for row in views]
    others = {"contact": ledger.contacts, "wallet": ledger.wallets, "label": ledger.labels}
    found = views.union(*(few(kind, of.all(), text) for kind, of in others.items()), all=True)
    return [Named(*row) for row in found]


def few(
    kind: str, things: QuerySet[Any], text: str, slug: Any = NO_SLUG
) -> "QuerySet[Any, tuple[Any, ...]]":
    begins = Case(When(name__istartswith=text, then=0), default=1)
    found = things.filter(name__icontains=text).order_by(begins, Lower("name"), "pk")
    return found.values_list(Value(kind, output_field=CharField()), F("pk"), F("name"), slug)[
        :OFFERED
    ]
