"""The filters that are on, each in words and with the way to be rid of it; and their menus."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ledgers.models import Ledger
from transactions.filter_types import SEVERAL
from transactions.filters import TransactionFilter, label_of
from transactions.find.vocabulary import BUT
from transactions.menus import Choices
from transactions.queries.columns import COLUMNS, in_query
from txproject.localized import full_day, number

# Not filters, though they stand in the URL.
ELSE = {"page", "size", "sort", "columns", "view"}
# Where its field stands, in filters.jinja; a SeveralFilter has a menu of its own.
MENUS = {"q": "search", "since": "date", "until": "date"}
OTHERS = "more"
# Of each menu: what its search and the way to its page are called.
WORDS = {
    "wallet": (_("Find a wallet"), _("Choose wallets")),
    "type": (_("Find a type"), _("Choose types")),
    "asset": (_("Find an asset"), _("Choose assets")),
    "contact": (_("Find a contact"), _("Choose contacts")),
    "label": (_("Find a label"), _("Choose labels")),
}


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

    @property
    def sentence(self) -> str:
        said = gettext("not %(values)s") % {"values": self.text} if self.negated else self.text
        return f"{self.label}: {said}"


@dataclass
class Menu:
    """The menu of a filter of several values: what is chosen in it, and where the rest is read."""

    name: str
    label: str
    find: str
    choose: str
    url: str
    count: int
    chosen: Choices
    negated: bool


def menu(filters: TransactionFilter, name: str, url: str, query: QueryDict) -> Menu:
    given = [value for value in query.getlist(name) if value]
    known = dict(filters.form.fields[name].choices) if given else {}
    find, choose = WORDS[name]
    return Menu(
        name=name,
        label=label_of(name),
        find=str(find),
        choose=str(choose),
        url=url,
        count=len(given),
        chosen=[(value, str(known[value])) for value in dict.fromkeys(given) if value in known],
        negated=bool(query.get(f"{name}_not")),
    )


def pills(filters: TransactionFilter, path: str, query: QueryDict) -> list[ActiveFilter]:
    """In the order of the filters; one that cannot be understood with its error."""
    errors = {} if filters.is_valid() else filters.form.errors
    shown = []
    for name in filters.filters:
        if name.endswith("_not") or not any(query.getlist(name)):
            continue
        negated = name.endswith(BUT) or bool(query.get(f"{name}_not"))
        shown.append(
            ActiveFilter(
                name=name,
                menu=name if name in WORDS else MENUS.get(name, OTHERS),
                label=label_of(name),
                values=values(filters, name, query),
                negated=negated,
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
    if isinstance(filters.filters[name], SEVERAL):
        return query.getlist(name)
    return [value_text(given if given is not None else query[name])]


def value_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return number(f"{value:f}")
    return full_day(value) if isinstance(value, date) else str(value)


def without(path: str, query: QueryDict, *names: str) -> str:
    left = query.copy()
    for name in list(left):
        if name == "page" or name.removesuffix("_not") in names:
            del left[name]
    return f"{path}?{left.urlencode()}" if left else path


def cleared(path: str, query: QueryDict) -> str:
    """Without any filter; sort and page size stay."""
    return without(path, query, *(name.removesuffix("_not") for name in query if name not in ELSE))


SORT_WORDS = {
    "time": _("the oldest first"),
    "amount": _("the smallest amount first"),
    "-amount": _("the largest amount first"),
}


def in_words(ledger: Ledger, text: str) -> str:
    """A URL's query as people say it."""
    query = QueryDict(text)
    filters = TransactionFilter(query, ledger)
    said = [pill.sentence for pill in pills(filters, "", filters.data)]
    if (sort := query.get("sort", "")) in SORT_WORDS:
        said.append(str(SORT_WORDS[sort]))
    if size := query.get("size"):
        said.append(gettext("%(n)s rows on a page") % {"n": size})
    if columns := in_query(query):
        names = ", ".join(str(COLUMNS[name].title) for name in columns)
        said.append(gettext("columns: %(names)s") % {"names": names})
    return "; ".join(said) or gettext("all transactions")


def mistakes(ledger: Ledger, text: str) -> list[str]:
    query = QueryDict(text)
    found = pills(TransactionFilter(query, ledger), "", query)
    return [f"{pill.label}: {pill.error}" for pill in found if pill.error]
