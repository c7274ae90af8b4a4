"""What a name in a search may mean in a ledger."""

from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.translation import gettext as _

from ledgers.models import Ledger
from transactions.find.vocabulary import KINDS
from transactions.models import TransactionType
from txproject.text import visible

type Choices = list[tuple[str, str]]

SHOWN = 5
COMPARED = 2_000
LONGEST = 100  # characters of what is compared


def called(ledger: Ledger, kind: str, text: str) -> Choices:
    """Keys and names: what is called so, in any case unless one is the very same; else what has
    it in its name."""
    exact = of_name(ledger, kind, "iexact", text)
    same = [each for each in exact if each[1] == text]
    return same or exact or of_name(ledger, kind, "icontains", text)


def of_name(ledger: Ledger, kind: str, lookup: str, text: str, most: int = SHOWN + 1) -> Choices:
    if kind == "type":
        return [each for each in types() if fits(lookup, text.lower(), each)][:most]
    rows, field, key, _unknown = KINDS[kind]
    found = getattr(ledger, rows).filter(**{f"{field}__{lookup}": text})
    pairs = found.order_by(field, key).values_list(key, field).distinct()
    return [(str(value), name) for value, name in pairs[:most]]


def types() -> Choices:
    return [(value, str(label)) for value, label in TransactionType.choices]


def fits(lookup: str, text: str, names: Iterable[str]) -> bool:
    """As it is called here, or in a URL."""
    if lookup == "iexact":
        return any(text == name.lower() for name in names)
    return any(text in name.lower() for name in names)


def near(ledger: Ledger, kind: str, text: str) -> list[str]:
    if len(text) > LONGEST:
        return []
    names = {name.lower(): name for _key, name in of_name(ledger, kind, "icontains", "", COMPARED)}
    return [names[name] for name in get_close_matches(text.lower(), names, SHOWN)]


def meant(sentence: str, names: list[str]) -> str:
    if not names:
        return sentence
    return _("%(sentence)s; did you mean %(names)s?") % {
        "sentence": sentence,
        "names": listed(names),
    }


def listed(names: Iterable[str]) -> str:
    shown = list(map(visible, names))
    return ", ".join([*shown[:SHOWN], *["…"][: len(shown) > SHOWN]])
