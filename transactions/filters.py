"""The filters of the transactions page. All of them live in the URL."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, cast

import django_filters as df
from django import forms
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from ledgers.models import Ledger
from transactions.models import Status, Transaction, TransactionType
from transactions.models.transaction import AMOUNT_SCALE, PARTS
from transactions.search import (
    addresses,
    any_of,
    found,
    in_a_transfer,
    keys,
    labelled,
    transfers_once,
    with_addresses,
)

type Rows = QuerySet[Transaction]

NO_LABEL = "none"
# In a menu that has no end of its own.
OFFERED = 200


class SeveralFilter(df.MultipleChoiceFilter):
    """One of the chosen, or, where `<name>_not` stands in the URL, none of them.

    `condition` takes the filter set and the chosen values.
    """

    def __init__(self, condition: Callable[[Any, list[Any]], Q], **kwargs: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple, **kwargs)
        self.condition = condition

    def filter(self, qs: Rows, value: list[Any]) -> Rows:
        if not value:
            return qs
        condition = self.condition(self.parent, value)
        return (
            qs.exclude(condition) if self.parent.negated(self.field_name) else qs.filter(condition)
        )


class NegationFilter(df.BooleanFilter):
    """The `_not` beside a SeveralFilter, which reads it."""

    def __init__(self) -> None:
        super().__init__(widget=forms.CheckboxInput)

    def filter(self, qs: Rows, value: bool | None) -> Rows:
        return qs


class AmountFilter(df.Filter):
    """An amount as the database may hold it; more digits than that are refused, not sent on."""

    def __init__(self, **kwargs: Any) -> None:
        field = {"min_value": 0, "max_digits": 114, "decimal_places": AMOUNT_SCALE}
        super().__init__(**field, **kwargs)

    field_class = forms.DecimalField


def of_wallets(_filters: Any, wallets: list[str]) -> Q:
    return any_of("wallet", wallets)


def of_types(filters: "TransactionFilter", types: list[str]) -> Q:
    """As they are shown: the ends of a transfer as one."""
    paired = in_a_transfer(filters.ledger)
    if TransactionType.TRANSFER in types:
        return any_of("type", types) | paired
    return any_of("type", types) & ~paired


def of_assets(filters: "TransactionFilter", symbols: list[str]) -> Q:
    ids = list(filters.ledger.assets.filter(symbol__in=symbols).values_list("pk", flat=True))
    return any_of("sent_asset", ids) | any_of("received_asset", ids) | any_of("fee_asset", ids)


def of_contacts(filters: "TransactionFilter", contacts: list[str]) -> Q:
    """The row's own contact, else the one of its counterparty's address."""
    addresses = filters.ledger.addresses.filter(any_of("contact", contacts))
    through = any_of("counterparty", addresses.values_list("pk", flat=True))
    return any_of("contact", contacts) | (Q(contact__isnull=True) & through)


def of_labels(filters: "TransactionFilter", labels: list[str]) -> Q:
    condition = labelled(pk for pk in labels if pk != NO_LABEL)
    return (
        condition | ~labelled(keys(filters.ledger.labels.all()))
        if NO_LABEL in labels
        else condition
    )


class TransactionFilter(df.FilterSet):
    q = df.CharFilter(method="search", label=_("Text"))
    wallet = SeveralFilter(of_wallets, label=_("Wallet"))
    wallet_not = NegationFilter()
    type = SeveralFilter(of_types, label=_("Type"), choices=TransactionType.choices)
    type_not = NegationFilter()
    asset = SeveralFilter(of_assets, label=_("Asset"))
    asset_not = NegationFilter()
    contact = SeveralFilter(of_contacts, label=_("Contact"))
    contact_not = NegationFilter()
    label = SeveralFilter(of_labels, label=_("Label"))
    label_not = NegationFilter()
    address = df.CharFilter(method="with_address", label=_("Address"))
    since = df.DateFilter(method="from_day", label=_("From"))
    until = df.DateFilter(method="to_day", label=_("To"))
    min = AmountFilter(method="at_least", label=_("At least"))
    max = AmountFilter(method="at_most", label=_("At most"))
    status = df.ChoiceFilter(label=_("Status"), choices=Status.choices, empty_label=_("all"))
    batch = df.CharFilter(method="of_import", label=_("Import"))
    hidden = df.ChoiceFilter(
        method="with_hidden",
        label=_("Hidden"),
        empty_label=_("left out"),
        choices=[("only", _("only hidden")), ("all", _("shown too"))],
    )
    transfers = df.ChoiceFilter(
        method="both_ends",
        label=_("Transfers"),
        empty_label=_("both ends"),
        choices=[("once", _("each once"))],
    )

    class Meta:
        model = Transaction
        fields: list[str] = []

    def __init__(self, data: Any, ledger: Ledger, among: Rows | None = None) -> None:
        self.ledger = ledger
        super().__init__(data, ledger.transactions.alive() if among is None else among)
        for name, choices in self.choices().items():
            # Read where they are asked for, once: a refresh of the rows shows no menus.
            self.filters[name].extra["choices"] = cache(choices)

    def choices(self) -> dict[str, Callable[[], list[tuple[str, str]]]]:
        ledger = self.ledger
        chosen = [pk for pk in self.given("contact") if pk.isdecimal() and len(pk) < 19]
        return {
            "wallet": lambda: named(ledger.wallets.all()),
            "asset": lambda: symbols(ledger, self.given("asset")),
            "contact": lambda: named(first_of(ledger.contacts.all(), "pk", chosen, "name")),
            "label": lambda: [(NO_LABEL, str(_("No label"))), *named(ledger.labels.all())],
        }

    def given(self, name: str) -> list[str]:
        """What the database can be asked for: no text of it has a NUL."""
        values = self.data.getlist(name) if hasattr(self.data, "getlist") else []
        return [value for value in values if "\0" not in value]

    @property
    def rows(self) -> Rows:
        """What is listed; nothing where a filter cannot be understood, rather than everything."""
        once = self.is_valid() and self.form.cleaned_data["transfers"]
        return transfers_once(self.fitting) if once else self.fitting

    @property
    def fitting(self) -> Rows:
        """What fits, with both ends of transfers."""
        if not self.is_valid():
            return cast(Rows, self.queryset.none())
        rows = cast(Rows, self.qs)
        return rows if self.form.cleaned_data["hidden"] else rows.filter(hidden=False)

    def negated(self, name: str) -> bool:
        return bool(self.form.cleaned_data.get(f"{name}_not"))

    def chosen_assets(self) -> list[int] | None:
        """The assets that amounts are compared in; None if it is all of them."""
        symbols = self.form.cleaned_data.get("asset")
        if not symbols or self.negated("asset"):
            return None
        return list(self.ledger.assets.filter(symbol__in=symbols).values_list("pk", flat=True))

    def search(self, rows: Rows, _name: str, text: str) -> Rows:
        return rows.filter(found(self.ledger, text.strip()))

    def with_address(self, rows: Rows, _name: str, text: str) -> Rows:
        return rows.filter(with_addresses(addresses(self.ledger, text.strip())))

    def from_day(self, rows: Rows, _name: str, day: date) -> Rows:
        return rows.filter(occurred_at__gte=self.midnight(day))

    def to_day(self, rows: Rows, _name: str, day: date) -> Rows:
        if day == date.max:  # no day comes after it
            return rows
        return rows.filter(occurred_at__lt=self.midnight(day + timedelta(days=1)))

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.ledger.zone)

    def at_least(self, rows: Rows, _name: str, bound: Any) -> Rows:
        return rows.filter(self.amount("gte", bound))

    def at_most(self, rows: Rows, _name: str, bound: Any) -> Rows:
        return rows.filter(self.amount("lte", bound))

    def amount(self, comparison: str, bound: Any) -> Q:
        """Sent or received, in the chosen assets."""
        assets, condition = self.chosen_assets(), Q()
        for part in PARTS[:2]:
            fits = Q(**{f"{part}_amount__{comparison}": bound})
            condition |= fits if assets is None else fits & any_of(f"{part}_asset", assets)
        return condition

    def of_import(self, rows: Rows, _name: str, key: str) -> Rows:
        """By its number, as the page of the import links here."""
        known = key.isdecimal() and key.isascii() and len(key) < 19
        return rows.filter(batch=int(key)) if known else rows.none()

    def with_hidden(self, rows: Rows, _name: str, which: str) -> Rows:
        return rows.filter(hidden=True) if which == "only" else rows

    def both_ends(self, rows: Rows, _name: str, _once: str) -> Rows:
        """Which of them is left out depends on all that fits: see `rows`."""
        return rows


def named(things: QuerySet[Any]) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in things.values_list("pk", "name")]


def symbols(ledger: Ledger, chosen: list[str]) -> list[tuple[str, str]]:
    found = first_of(ledger.assets.values("symbol").distinct(), "symbol", chosen, "symbol")
    return [(asset["symbol"], asset["symbol"]) for asset in found]


def first_of(things: QuerySet[Any], key: str, chosen: list[str], name: str) -> QuerySet[Any]:
    """Those that are chosen, then as many more as a menu offers; all others are found by text."""
    first = Case(When(any_of(key, chosen), then=0), default=1) if chosen else Value(1)
    offered: QuerySet[Any] = things.annotate(first=first).order_by("first", name)
    return offered[: OFFERED + len(chosen)]
