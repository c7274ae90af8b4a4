"""What the menus of the filters offer of a ledger, and the names of what is chosen in them."""

from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext as _

from contacts.models import Contact, Wallet
from ledgers.models import Ledger
from transactions.find.vocabulary import NO_LABEL
from transactions.models import Label
from transactions.search import any_of, keys_among
from txproject.prepared import IsAnyOf, Parameter, Prepared, keys

# Each with its value in the URL and what it is called.
type Choices = list[tuple[str, str]]

# All of them, and those that offer what the ledger has.
MENUS = ("wallet", "type", "asset", "contact", "label")
OFFERING = ("wallet", "asset", "contact", "label")
# In a menu that has no end of its own.
OFFERED = 200


def names_of(model: Any) -> Prepared:
    of_ledger = {"ledger": Parameter("ledger")}
    return Prepared(
        lambda: model.objects.filter(IsAnyOf("pk", keys("ids")), **of_ledger).values_list(
            "pk", "name"
        )
    )


NAMES = {"wallet": names_of(Wallet), "contact": names_of(Contact), "label": names_of(Label)}


def chosen(ledger: Ledger, name: str, given: list[str]) -> Choices:
    """As far as it is known."""
    if name == "source":
        of_files = ledger.batches.filter(any_of("format", given)).order_by("format")
        return [(each, each) for each in of_files.values_list("format", flat=True).distinct()]
    ids = [int(key) for key in keys_among(given)]
    known = [(str(pk), called) for pk, called in NAMES[name](ledger=ledger.pk, ids=ids)]
    return [*no_label(), *known] if NO_LABEL in given and name == "label" else known


def offered(ledger: Ledger, name: str, given: list[str]) -> Choices:
    """What is chosen is among it."""
    if name == "wallet":
        return named(ledger.wallets.all())
    if name == "asset":
        return symbols(ledger, given)
    if name == "contact":
        return named(first_of(ledger.contacts.all(), "pk", keys_among(given), "name"))
    return [*no_label(), *named(ledger.labels.all())]


def no_label() -> Choices:
    return [(NO_LABEL, _("No label"))]


def named(things: QuerySet[Any]) -> Choices:
    return [(str(pk), name) for pk, name in things.values_list("pk", "name")]


def symbols(ledger: Ledger, given: list[str]) -> Choices:
    found = first_of(ledger.assets.values("symbol").distinct(), "symbol", given, "symbol")
    return [(asset["symbol"], asset["symbol"]) for asset in found]


def first_of(things: QuerySet[Any], key: str, given: list[str], name: str) -> QuerySet[Any]:
    """Those that are chosen, then as many more as a menu offers; all others are found by text."""
    first = Case(When(any_of(key, given), then=0), default=1) if given else Value(1)
    found: QuerySet[Any] = things.annotate(first=first).order_by("first", name)
    return found[: OFFERED + len(given)]
