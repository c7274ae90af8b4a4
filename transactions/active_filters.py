"""The filters that are on, each in words and with the way to be rid of it."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import formats

from transactions.filters import SeveralFilter, TransactionFilter

# Not filters, though they stand in the URL.
ELSE = {"page", "size", "sort"}
# Where its field stands, in filters.html; a SeveralFilter has a menu of its own.
MENUS = {"q": "search", "since": "date", "until": "date"}
OTHERS = "more"


@dataclass
class ActiveFilter:
    name: str
    menu: str
    label: str
    values: list[str]
    negated: bool
    remove_url: str
    error: str = ""

    @property
    def text(self) -> str:
        return ", ".join(self.values)


def pills(filters: TransactionFilter, path: str, query: QueryDict) -> list[ActiveFilter]:
    """In the order of the filters; one that cannot be understood with its error."""
    errors = {} if filters.is_valid() else filters.form.errors
    shown = []
    for name, one in filters.filters.items():
        if name.endswith("_not") or not any(query.getlist(name)):
            continue
        several = isinstance(one, SeveralFilter)
        shown.append(
            ActiveFilter(
                name=name,
                menu=name if several else MENUS.get(name, OTHERS),
                label=str(one.label),
                values=values(filters, name, query),
                negated=several and bool(query.get(f"{name}_not")),
                remove_url=without(path, query, name),
                error=" ".join(errors.get(name, [])),
            )
        )
    return shown


def values(filters: TransactionFilter, name: str, query: QueryDict) -> list[str]:
    given = filters.form.cleaned_data.get(name) if hasattr(filters.form, "cleaned_data") else None
    offered = filters.filters[name].extra.get("choices", [])
    if choices := dict(offered() if callable(offered) else offered):
        return [str(choices.get(value, value)) for value in query.getlist(name) if value]
    return [value_text(given if given is not None else query[name])]


def value_text(value: Any) -> str:
    return formats.date_format(value, "j M Y") if hasattr(value, "year") else str(value)


def without(path: str, query: QueryDict, *names: str) -> str:
    left = query.copy()
    for name in list(left):
        if name == "page" or name.removesuffix("_not") in names:
            del left[name]
    return f"{path}?{left.urlencode()}" if left else path


def cleared(path: str, query: QueryDict) -> str:
    """Without any filter; sort and page size stay."""
    return without(path, query, *(name.removesuffix("_not") for name in query if name not in ELSE))
