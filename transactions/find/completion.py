"""How what is being written can go on."""

from collections.abc import Iterator
from typing import NamedTuple

from ledgers.models import Ledger
from transactions.find.names import types
from transactions.find.vocabulary import CHOSEN, KINDS, STATES, UNLABELLED, WORDS, canonical
from transactions.find.words import NONE, parted, spelled, tokens, value

type Names = list[tuple[str, str]]

OFFERED = 8
FEW = 3
# Of these, names are offered before their word is written.
NAMED = ("label", "wallet", "contact")
ANY_NAME = 2  # characters from which on


class Offer(NamedTuple):
    """What would stand in the field up to the caret, and how it is shown."""

    text: str
    shown: str
    meaning: str = ""


def offers(ledger: Ledger, text: str) -> list[Offer]:
    """For what stands before the caret."""
    token = next((each.group() for each in tokens(text) if each.end() == len(text)), "")
    before = text.removesuffix(token)
    if word := parted(token):
        return list(of_word(ledger, before, *word))[:OFFERED]
    minus = "-" * token.startswith("-")
    return list(of_text(ledger, before + minus, token.removeprefix("-")))


def of_word(ledger: Ledger, before: str, head: str, values: list[str]) -> Iterator[Offer]:
    """The head is the word with its colon, the last of the values is being written."""
    *others, last = values
    name = canonical(head.strip("-:").lower())
    for shown, spelling in names(ledger, name, value(last).text.strip(), OFFERED):
        yield Offer(f"{before}{head}{','.join([*others, spelling])} ", shown)


def of_text(ledger: Ledger, before: str, text: str) -> Iterator[Offer]:
    for name, (example, meaning) in WORDS.items():
        if name.startswith(text.lower()):
            yield Offer(f"{before}{name}:", example, str(meaning))
    if len(text) < ANY_NAME:
        return
    for kind in NAMED:
        for _shown, spelling in called(ledger, kind, text, FEW):
            yield Offer(f"{before}{kind}:{spelling} ", f"{kind}:{spelling}")


def names(ledger: Ledger, kind: str, text: str, most: int) -> Names:
    """What a value may be: how it is shown, and how it is spelled."""
    if kind in CHOSEN or kind == "is":
        known = [*STATES, UNLABELLED] if kind == "is" else CHOSEN[kind]
        return [(each, each) for each in known if each.startswith(text.lower())]
    if kind == "type":
        return [(label, key) for key, label in types() if text.lower() in f"{key} {label.lower()}"]
    if kind not in KINDS:
        return []
    none = [(NONE, NONE)] if kind == "label" and NONE.startswith(text.lower()) else []
    return [*none, *called(ledger, kind, text, most)]


def called(ledger: Ledger, kind: str, text: str, most: int) -> Names:
    """Those that begin so, then those that have it somewhere."""
    rows, field, _key, _unknown = KINDS[kind]
    found = getattr(ledger, rows).order_by(field).values_list(field, flat=True).distinct()
    begin = list(found.filter(**{f"{field}__istartswith": text})[:most])
    more = found.filter(**{f"{field}__icontains": text}).exclude(**{f"{field}__in": begin})
    return [(name, spelled(name)) for name in (*begin, *more[: most - len(begin)])]
