"""The filters of the transactions page. All of them live in the URL."""

from collections.abc import Callable
from copy import copy
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property, partial, reduce
from operator import or_
from typing import Any, cast

import django_filters as df
from django import forms
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from ledgers.models import Ledger
from transactions.find.meaning import AMOUNT, understood
from transactions.find.vocabulary import BUT, NO_LABEL
from transactions.find.words import text_of
from transactions.models import NewRow, Status, Transaction, TransactionType
from transactions.models.transaction import PARTS
from transactions.search import (
    NOTED,
    Found,
    Meaning,
    addresses,
    any_of,
    found_in,
    has_spam,
    hidden_as_spam,
    in_a_transfer,
    keys,
    keys_among,
    labelled,
    meaning,
    note_condition,
    transfers_once,
    with_addresses,
    with_keys,
    with_reference,
    words_only,
)
from txproject.localized import NumberField

type Rows = QuerySet[Transaction]

type Choices = list[tuple[str, str]]

# The menus, and those of them that offer what the ledger has.
MENUS = ("wallet", "type", "asset", "contact", "label")
OFFERING = ("wallet", "asset", "contact", "label")
# What no index has together with other filters; and what has several ways to fit, with an index for
# each.
FOUND_ONCE = ("q", "contact", "label", "address", "note", "hash")
IN_PARTS = ("q", "contact")
# Named in the ledger, and so looked up where they are chosen.
NAMED = {one + end for one in (*OFFERING, "source") for end in ("", BUT)}
# Of the filter of hidden rows: where spam is counted beside what is listed.
SPAM_BESIDE = (None, "", "with-spam")
# In a menu that has no end of its own.
OFFERED = 200


class SeveralFilter(df.MultipleChoiceFilter):
    """One of the chosen, or, where `<name>_not` stands in the URL, none of them.

    Each of the `conditions` takes the filter set and the chosen values; a row fits that fits any.
    """

    def __init__(self, *conditions: Callable[[Any, list[Any]], Q], **kwargs: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple, **kwargs)
        self.conditions = conditions

    def parts(self, value: list[Any]) -> list[Q]:
        return [condition(self.parent, value) for condition in self.conditions]

    def filter(self, qs: Rows, value: list[Any]) -> Rows:
        if not value:
            return qs
        condition = reduce(or_, self.parts(value))
        return (
            qs.exclude(condition) if self.parent.negated(self.field_name) else qs.filter(condition)
        )


class TextFilter(df.CharFilter):
    """What a person may mean by it: an address, a hash, words of a note, a name."""

    def parts(self, text: str) -> list[Q]:
        return cast(list[Q], self.parent.meant(text).parts)

    def filter(self, qs: Rows, value: str) -> Rows:
        return qs.filter(reduce(or_, self.parts(value))) if value else qs


class ButFilter(SeveralFilter):
    """None of the chosen, beside a SeveralFilter that takes some."""

    def filter(self, qs: Rows, value: list[Any]) -> Rows:
        return qs.exclude(reduce(or_, self.parts(value))) if value else qs


class TextsField(forms.CharField):
    """Each of the texts that stand in the URL."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> Any:
        return [super(TextsField, self).clean(text) for text in value or ()]


class WithoutFilter(df.Filter):
    """Leaves out what the text filter beside it would take, for each of the texts."""

    field_class = TextsField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(method="without", **kwargs)


# Of these any number of values can stand in the URL.
SEVERAL = (SeveralFilter, WithoutFilter)


class NegationFilter(df.BooleanFilter):
    """The `_not` beside a SeveralFilter, which reads it."""

    def __init__(self) -> None:
        super().__init__(widget=forms.CheckboxInput)

    def filter(self, qs: Rows, value: bool | None) -> Rows:
        return qs


class AmountFilter(df.Filter):
    field_class = NumberField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**AMOUNT, **kwargs)


def of_wallets(_filters: Any, wallets: list[str]) -> Q:
    return any_of("wallet", wallets)


def of_types(filters: "TransactionFilter", types: list[str]) -> Q:
    """As they are shown: the ends of a transfer as one."""
    paired = filters.paired
    if TransactionType.TRANSFER in types:
        return any_of("type", types) | paired
    return any_of("type", types) & ~paired


def of_assets(filters: "TransactionFilter", symbols: list[str]) -> Q:
    ids = [pk for pk, symbol in filters.assets.items() if symbol in symbols]
    return any_of("sent_asset", ids) | any_of("received_asset", ids) | any_of("fee_asset", ids)


def of_contacts(_filters: Any, contacts: list[str]) -> Q:
    return any_of("contact", contacts)


def through_addresses(filters: "TransactionFilter", contacts: list[str]) -> Q:
    """Where the row has no contact of its own, the one of its counterparty's address."""
    at = [pk for pk, contact in filters.addresses.items() if str(contact) in contacts]
    return Q(contact__isnull=True) & any_of("counterparty", at)


def of_labels(filters: "TransactionFilter", labels: list[str]) -> Q:
    condition = labelled(pk for pk in labels if pk != NO_LABEL)
    return (
        condition | ~labelled(keys(filters.ledger.labels.all()))
        if NO_LABEL in labels
        else condition
    )


def of_sources(filters: "TransactionFilter", formats: list[str]) -> Q:
    return any_of("batch", keys(filters.ledger.batches.filter(any_of("format", formats))))


def of_text(ledger: Ledger, text: str) -> Q:
    return reduce(or_, meaning(ledger, text).parts)


def of_address(ledger: Ledger, text: str) -> Q:
    return with_addresses(addresses(ledger, text))


def of_note(ledger: Ledger, text: str) -> Q:
    return note_condition(words_only(text).split(), ledger) & NOTED


def of_reference(_ledger: Ledger, text: str) -> Q:
    return with_reference(text)


# What a filter by text looks for.
TEXTS: dict[str, Callable[[Ledger, str], Q]] = {
    "q": of_text,
    "address": of_address,
    "note": of_note,
    "hash": of_reference,
}


class TransactionFilter(df.FilterSet):
    q = TextFilter(label=_("Text"))
    q_but = WithoutFilter(label=_("Text"))
    wallet = SeveralFilter(of_wallets, label=_("Wallet"))
    wallet_not = NegationFilter()
    wallet_but = ButFilter(of_wallets, label=_("Wallet"))
    type = SeveralFilter(of_types, label=_("Type"), choices=TransactionType.choices)
    type_not = NegationFilter()
    type_but = ButFilter(of_types, label=_("Type"), choices=TransactionType.choices)
    asset = SeveralFilter(of_assets, label=_("Asset"))
    asset_not = NegationFilter()
    asset_but = ButFilter(of_assets, label=_("Asset"))
    contact = SeveralFilter(of_contacts, through_addresses, label=_("Contact"))
    contact_not = NegationFilter()
    contact_but = ButFilter(of_contacts, through_addresses, label=_("Contact"))
    label = SeveralFilter(of_labels, label=_("Label"))
    label_not = NegationFilter()
    label_but = ButFilter(of_labels, label=_("Label"))
    address = df.CharFilter(method="with_text", label=_("Address"))
    address_but = WithoutFilter(label=_("Address"))
    hash = df.CharFilter(method="with_text", label=_("Hash"))
    hash_but = WithoutFilter(label=_("Hash"))
    note = df.CharFilter(method="with_text", label=_("Note"))
    note_but = WithoutFilter(label=_("Note"))
    since = df.DateFilter(method="from_day", label=_("From"))
    until = df.DateFilter(method="to_day", label=_("To"))
    min = AmountFilter(method="at_least", label=_("At least"))
    max = AmountFilter(method="at_most", label=_("At most"))
    above = AmountFilter(method="more_than", label=_("More than"))
    below = AmountFilter(method="less_than", label=_("Less than"))
    status = df.ChoiceFilter(label=_("Status"), choices=Status.choices, empty_label=_("all"))
    source = SeveralFilter(of_sources, label=_("Format"))
    source_not = NegationFilter()
    source_but = ButFilter(of_sources, label=_("Format"))
    batch = df.CharFilter(method="of_import", label=_("Import"))
    hidden = df.ChoiceFilter(
        method="with_hidden",
        label=_("Hidden"),
        empty_label=_("left out"),
        choices=[
            ("only", _("only hidden")),
            ("all", _("shown too")),
            ("spam", _("only spam")),
            ("with-spam", _("spam too")),
        ],
    )
    review = df.ChoiceFilter(
        method="with_review",
        label=_("Review"),
        empty_label=_("all"),
        choices=[("new", _("new")), ("reviewed", _("reviewed"))],
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
        self.ledger, self._meant = ledger, dict[str, Meaning]()
        asked = data
        data, mistakes = understood(asked, ledger)
        self.has_words = data is not asked
        # A set has only those that the URL names: most pages have none.
        self.base_filters = Filters(
            (name, one) for name, one in EVERY_FILTER.items() if name in (data or ())
        )
        super().__init__(data, ledger.transactions.alive() if among is None else among)
        if mistakes:
            self.filters["q"].extra["validators"] = [partial(refuse, mistakes)]
        for name in self.filters.keys() & NAMED:
            # Only what is chosen is looked up, to check and to name it; a menu reads the rest when
            # it is opened.
            self.filters[name].extra["choices"] = cache(partial(self.chosen, name))

    def chosen(self, name: str) -> Choices:
        """What is chosen in a menu, as far as it is known."""
        given, name = self.given(name), name.removesuffix(BUT)
        if not given:
            return []
        if name == "source":
            of_files = self.ledger.batches.filter(any_of("format", given)).order_by("format")
            return [(each, each) for each in of_files.values_list("format", flat=True).distinct()]
        if name == "asset":
            return [(symbol, symbol) for symbol in sorted(set(self.assets.values()))]
        known = named(getattr(self.ledger, f"{name}s").filter(any_of("pk", keys_among(given))))
        return [*no_label(), *known] if NO_LABEL in given and name == "label" else known

    def offered(self, name: str) -> Choices:
        """All that a menu offers, what is chosen among it."""
        ledger, given = self.ledger, self.given(name)
        if name == "wallet":
            return named(ledger.wallets.all())
        if name == "asset":
            return symbols(ledger, given)
        if name == "contact":
            return named(first_of(ledger.contacts.all(), "pk", keys_among(given), "name"))
        if name == "label":
            return [*no_label(), *named(ledger.labels.all())]
        return list(EVERY_FILTER[name].extra["choices"])

    @cached_property
    def paired(self) -> Q:
        return in_a_transfer(self.ledger)

    @cached_property
    def assets(self) -> dict[int, str]:
        """Those of the chosen symbols."""
        given = self.given("asset") + self.given("asset" + BUT)
        found = self.ledger.assets.filter(any_of("symbol", given))
        return dict(found.values_list("pk", "symbol"))

    @cached_property
    def addresses(self) -> dict[int, int | None]:
        """Those of the chosen contacts, with their contact."""
        given = self.given("contact") + self.given("contact" + BUT)
        chosen = self.ledger.addresses.filter(any_of("contact", keys_among(given)))
        return dict(chosen.values_list("pk", "contact"))

    def given(self, name: str) -> list[str]:
        """What the database can be asked for: no text of it has a NUL."""
        values = self.data.getlist(name) if hasattr(self.data, "getlist") else []
        return [value for value in values if "\0" not in value]

    @property
    def rows(self) -> Rows:
        """What is listed; nothing where a filter cannot be understood, rather than everything."""
        once = self.is_valid() and self.form.cleaned_data.get("transfers")
        return transfers_once(self.fitting) if once else self.fitting

    @property
    def fitting(self) -> Rows:
        """What fits, with both ends of transfers."""
        if not self.is_valid():
            return cast(Rows, self.queryset.none())
        rows = cast(Rows, self.qs)
        return rows if self.form.cleaned_data.get("hidden") else rows.filter(hidden=False)

    @property
    def summed(self) -> Rows:
        """What totals are of: spam that is only shown beside the others is not among it."""
        values = self.form.cleaned_data if self.is_valid() else {}
        fitting = self.fitting if values.get("transfers") else self.named
        return fitting.filter(hidden=False) if values.get("hidden") == "with-spam" else fitting

    @property
    def spam(self) -> Rows:
        """What fits and is hidden as spam, where that is not asked for by itself."""
        beside = self.is_valid() and self.form.cleaned_data.get("hidden") in SPAM_BESIDE
        if not beside or not has_spam(self.ledger):
            return cast(Rows, self.queryset.none())
        return cast(Rows, self.qs).filter(hidden_as_spam(), hidden=True)

    @cached_property
    def found(self) -> Found | None:
        """What is listed; None where an index has it all, so that it can as well be found again."""
        values = self.form.cleaned_data if self.is_valid() else {}
        costly = any(values.get(name) for name in FOUND_ONCE)
        return found_in(self.parts(values)) if costly else None

    def parts(self, values: dict[str, Any]) -> list[Rows]:
        """What is listed, in parts that an index each has.

        PostgreSQL expects few rows of a contact with many addresses, and reads all that fit either
        of its parts.
        """
        split = next((name for name in IN_PARTS if values.get(name)), "")
        if not split or self.negated(split) or values.get("transfers"):
            return [self.rows]
        rows = self.fitting_all_but(split, values)
        return [rows.filter(part) for part in self.filters[split].parts(values[split])]

    def fitting_all_but(self, left_out: str, values: dict[str, Any]) -> Rows:
        rows = self.queryset.all() if values.get("hidden") else self.queryset.filter(hidden=False)
        for name, value in values.items():
            if name != left_out:
                rows = self.filters[name].filter(rows, value)
        return cast(Rows, rows)

    @property
    def met(self) -> Rows:
        """What is listed, for whoever goes through it in its order until a page is full."""
        values = self.form.cleaned_data if self.is_valid() else {}
        if not values.get("q") or values.get("transfers"):
            return self.named
        return self.fitting_all_but("q", values).filter(self.meant(values["q"]).met)

    @property
    def few(self) -> list[int] | None:
        """The keys of all that is listed, the latest first, where it is told by them."""
        return self.found.keys if self.found else None

    @property
    def named(self) -> Rows:
        """What is listed, by its keys where that is quicker: for as long as nobody writes."""
        return self.rows if self.few is None else self.queryset.filter(with_keys(self.few))

    @property
    def for_writing(self) -> Rows:
        """What is listed, and still fits when it is written."""
        return self.rows if self.few is None else self.rows.filter(with_keys(self.few))

    def negated(self, name: str) -> bool:
        return bool(self.form.cleaned_data.get(f"{name}_not"))

    def chosen_assets(self) -> list[int] | None:
        """The assets that amounts are compared in; None if it is all of them."""
        symbols = self.form.cleaned_data.get("asset")
        if not symbols or self.negated("asset"):
            return None
        return [pk for pk, symbol in self.assets.items() if symbol in symbols]

    def meant(self, text: str) -> Meaning:
        """Asked for once."""
        if text not in self._meant:
            self._meant[text] = meaning(self.ledger, text_of(text).strip())
        return self._meant[text]

    def with_text(self, rows: Rows, name: str, text: str) -> Rows:
        return rows.filter(TEXTS[name](self.ledger, text.strip()))

    def without(self, rows: Rows, name: str, texts: list[str]) -> Rows:
        condition = TEXTS[name.removesuffix(BUT)]
        for text in texts:
            rows = rows.exclude(condition(self.ledger, text.strip()))
        return rows

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

    def more_than(self, rows: Rows, _name: str, bound: Any) -> Rows:
        return rows.filter(self.amount("gt", bound))

    def less_than(self, rows: Rows, _name: str, bound: Any) -> Rows:
        return rows.filter(self.amount("lt", bound))

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
        if which == "all":
            return rows
        if which == "with-spam":
            return rows.filter(Q(hidden=False) | hidden_as_spam())
        rows = rows.filter(hidden=True)
        return rows.filter(hidden_as_spam()) if which == "spam" else rows

    def with_review(self, rows: Rows, _name: str, which: str) -> Rows:
        """By what its reader has reviewed, or the ledger."""
        waiting = NewRow.objects.of(self.ledger).filter(transaction=OuterRef("pk"))
        if not self.form.cleaned_data.get("hidden"):
            waiting = waiting.filter(listed=True)  # as its index has them
        return rows.filter(Exists(waiting) if which == "new" else ~Exists(waiting))

    def both_ends(self, rows: Rows, _name: str, _once: str) -> Rows:
        """Which of them is left out depends on all that fits: see `rows`."""
        return rows


class Filters(dict[str, Any]):
    """What a set is made of. Each set has copies of its own; django-filter makes them deep, down to
    names and lists that nobody changes, which takes a thirtieth of a page's time."""

    def __deepcopy__(self, _memo: Any) -> "Filters":
        return Filters({name: self.copied(one) for name, one in self.items()})

    def copied(self, one: df.Filter) -> df.Filter:
        found = copy(one)
        found.extra = dict(one.extra)
        found.method = one.method  # bound to the copy
        return found


EVERY_FILTER: dict[str, df.Filter] = cast(Any, TransactionFilter).base_filters


def label_of(name: str) -> str:
    return str(EVERY_FILTER[name].label)


def choices_of(name: str) -> Choices:
    """Of a filter that is no menu: what it stands at without a choice, and the others."""
    extra = EVERY_FILTER[name].extra
    offered = [("", extra["empty_label"]), *extra["choices"]]
    return [(value, str(label)) for value, label in offered]


def refuse(mistakes: list[str], _text: str) -> None:
    raise forms.ValidationError([m if m.endswith("?") else f"{m}." for m in mistakes])


def no_label() -> Choices:
    return [(NO_LABEL, str(_("No label")))]


def named(things: QuerySet[Any]) -> Choices:
    return [(str(pk), name) for pk, name in things.values_list("pk", "name")]


def symbols(ledger: Ledger, chosen: list[str]) -> Choices:
    found = first_of(ledger.assets.values("symbol").distinct(), "symbol", chosen, "symbol")
    return [(asset["symbol"], asset["symbol"]) for asset in found]


def first_of(things: QuerySet[Any], key: str, chosen: list[str], name: str) -> QuerySet[Any]:
    """Those that are chosen, then as many more as a menu offers; all others are found by text."""
    first = Case(When(any_of(key, chosen), then=0), default=1) if chosen else Value(1)
    offered: QuerySet[Any] = things.annotate(first=first).order_by("first", name)
    return offered[: OFFERED + len(chosen)]
