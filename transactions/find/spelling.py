"""Filters as the words that mean them."""

from django.http import QueryDict

from ledgers.models import Ledger
from transactions.find.vocabulary import BOUNDS, BUT, CHOSEN, KINDS, NO_LABEL
from transactions.find.words import as_text, said, spelled
from transactions.search import keys_among


def in_search(query: QueryDict, ledger: Ledger) -> str:
    """What gives these filters again, when it is searched."""
    found = []
    for name in KINDS:
        negated = bool(query.get(f"{name}_not"))
        found += [names(ledger, name, given(query, name), negated)]
        found += [names(ledger, name, given(query, name + BUT), negated=True)]
    for name in ("address", "hash", "note", "since", "until", *CHOSEN):
        found += [said(name, [spelled(text)]) for text in given(query, name)]
        found += [said(name, [spelled(text)], negated=True) for text in given(query, name + BUT)]
    for sign, name in BOUNDS.items():
        found += [said("amount", [sign + spelled(text)]) for text in given(query, name)]
    found += [said("import", [spelled(text)]) for text in given(query, "batch")]
    found += [as_text(text, minus=True) for text in given(query, "q" + BUT)]
    return " ".join(filter(None, [*found, *given(query, "q")]))


def given(query: QueryDict, name: str) -> list[str]:
    return [text for text in query.getlist(name) if text]


def names(ledger: Ledger, kind: str, values: list[str], negated: bool) -> str:
    if not values:
        return ""
    spellings = {value: spelled(value) for value in values}
    if KINDS[kind].key == "pk":
        rows = getattr(ledger, KINDS[kind].rows).filter(pk__in=keys_among(values))
        spellings |= {str(pk): spelled(name) for pk, name in rows.values_list("pk", "name")}
    if kind == "label":
        spellings[NO_LABEL] = NO_LABEL
    return said(kind, [spellings[value] for value in values], negated)
