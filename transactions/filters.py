"""The filters of the transactions page. All of them live in the URL."""

from collections.abc import Callable
from copy import copy
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property, partial, reduce
from operator import or_
from typing import Any, cast

import django_filters as df
from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.validators import EMPTY_VALUES
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.lookups import (
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
)
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact, Wallet
from ledgers.models import Ledger
from transactions.conditions import (
    TEXTS,
    of_assets,
    of_contacts,
    of_labels,
    of_sources,
    of_types,
    of_wallets,
    parts_of_address,
    through_addresses,
)
from transactions.filter_types import (
    AmountFilter,
    AssetFilter,
    ButFilter,
    NegationFilter,
    Rows,
    SeveralFilter,
    TextFilter,
    WithoutFilter,
)
from transactions.find.meaning import understood
from transactions.find.vocabulary import BUT, NO_LABEL
from transactions.find.words import text_of
from transactions.models import (
    Asset,
    Label,
    NewRow,
    Status,
    Transaction,
    TransactionLabel,
    TransactionType,
)
from transactions.models.transaction import ASSET_FIELDS, LEAST, MOST, PARTS
from transactions.search import (
    MANY,
    RARE,
    Found,
    Meaning,
    among_labelled,
    any_of,
    are_many,
    found_in,
    has_spam,
    hidden_as_spam,
    keys_among,
    many_with_label,
    meaning,
    number_of,
    once,
    tried,
    with_keys,
)
from txproject.prepared import IsAnyOf, Parameter, Prepared, keys

type Choices = list[tuple[str, str]]

# The menus, and those of them that offer what the ledger has.
MENUS = ("wallet", "type", "asset", "contact", "label")
OFFERING = ("wallet", "asset", "contact", "label")
# What an index has by itself or with another of them, in the list's order: a page of it is read as
# soon as its keys were sent.
INDEXED = {one + end for one in ("wallet", "type", "asset") for end in ("", "_not")}
DATES = ("since", "until")
INDEXED |= {*DATES}
# What an index has together, too.
TOGETHER = {"wallet", "type", "asset", *DATES}
# What has several ways to fit, with an index for each.
IN_PARTS = ("q", "contact", "address")
# What is compared, and how.
BOUNDED: dict[str, tuple[Any, Callable[[Any, Any], Any]]] = {
    "min": (MOST, GreaterThanOrEqual),
    "max": (LEAST, LessThanOrEqual),
    "above": (MOST, GreaterThan),
    "below": (LEAST, LessThan),
}
# What one index has all rows of.
FOUND_ALONE = (
    *("wallet", "type", "asset", "label", "status", "hash", "batch"),
    *BOUNDED,
    *("address", "contact"),
)
# Named in the ledger, and so looked up where they are chosen.
NAMED = {one + end for one in (*OFFERING, "source") for end in ("", BUT)}
# Of the filter of hidden rows: where spam is counted beside what is listed.
SPAM_BESIDE = (None, "", "with-spam")
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
SYMBOLS = Parameter("symbols", ArrayField(TextField()))
WITH_SYMBOLS = Prepared(
    lambda: Asset.objects.filter(
        IsAnyOf("symbol", SYMBOLS), ledger=Parameter("ledger")
    ).values_list("pk", "symbol")
)


class TransactionFilter(df.FilterSet):
    q = TextFilter(label=_("Text"))
    q_but = WithoutFilter(label=_("Text"))
    wallet = SeveralFilter(of_wallets, label=_("Wallet"))
    wallet_not = NegationFilter()
    wallet_but = ButFilter(of_wallets, label=_("Wallet"))
    type = SeveralFilter(of_types, label=_("Type"), choices=TransactionType.choices)
    type_not = NegationFilter()
    type_but = ButFilter(of_types, label=_("Type"), choices=TransactionType.choices)
    asset = AssetFilter(of_assets, label=_("Asset"))
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
    min = AmountFilter(method="bounded", label=_("At least"))
    max = AmountFilter(method="bounded", label=_("At most"))
    above = AmountFilter(method="bounded", label=_("More than"))
    below = AmountFilter(method="bounded", label=_("Less than"))
    status = df.ChoiceFilter(label=_("Status"), choices=Status.choices, empty_label=_("all"))
    source = SeveralFilter(of_sources, label=_("Format"))
    source_not = NegationFilter()
    source_but = ButFilter(of_sources, label=_("Format"))
    batch = df.CharFilter(method="of_import", label=_("Import"))
    hidden = df.ChoiceFilter(
        method="with_hidden",
        label=_("Hidden"),
        empty_label=pgettext_lazy("hidden rows", "left out"),
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
        self.of_all = among is None
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
        ids = [int(key) for key in keys_among(given)]
        known = [(str(pk), called) for pk, called in NAMES[name](ledger=self.ledger.pk, ids=ids)]
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
    def assets(self) -> dict[int, str]:
        """Those of the chosen symbols."""
        given = self.given("asset") + self.given("asset" + BUT)
        return dict(WITH_SYMBOLS(ledger=self.ledger.pk, symbols=given))

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
        return self.listed(self.fitting)

    def listed(self, fitting: Rows) -> Rows:
        """Of rows that fit."""
        return fitting.filter(self.once) if "transfers" in self.asked else fitting

    @cached_property
    def once(self) -> Q:
        return once(self.ledger, self.fitting)

    @property
    def fitting(self) -> Rows:
        """What fits, with both ends of transfers."""
        if not self.is_valid():
            return cast(Rows, self.queryset.none())
        rows = cast(Rows, self.qs)
        return rows if "hidden" in self.asked else rows.filter(hidden=False)

    @cached_property
    def asked(self) -> dict[str, Any]:
        """What is filtered by; nothing where it cannot be understood."""
        values = self.form.cleaned_data if self.is_valid() else {}
        return {
            name: value
            for name, value in values.items()
            if value not in EMPTY_VALUES and value is not False
        }

    @property
    def is_plain(self) -> bool:
        """Whether all rows are listed that a ledger shows."""
        return self.of_all and self.is_valid() and not self.asked

    @property
    def summed(self) -> Rows:
        """What totals are of: spam that is only shown beside the others is not among it."""
        fitting = self.fitting if "transfers" in self.asked else self.named
        return fitting.filter(hidden=False) if self.shows_spam else fitting

    @property
    def few_summed(self) -> list[int] | None:
        """The keys of them, where they are told by them."""
        return None if "transfers" in self.asked or self.shows_spam else self.few

    @property
    def shows_spam(self) -> bool:
        return self.asked.get("hidden") == "with-spam"

    def spam(self, most: int) -> int:
        """How much of what fits is hidden as spam, where that is not asked for by itself."""
        beside = self.is_valid() and self.form.cleaned_data.get("hidden") in SPAM_BESIDE
        if not beside or not has_spam(self.ledger):
            return 0
        return number_of(self.qs.filter(hidden_as_spam(), hidden=True), most)

    @cached_property
    def found(self) -> Found | None:
        """What is listed; None where an index has it all, so that it can as well be found again."""
        if self.asked.keys() <= INDEXED:
            return None
        return self.found_among(lambda part: part)

    def found_among(self, narrowed: Callable[[Rows], Rows]) -> Found:
        """What is listed and among those rows."""
        label = self.label_alone()
        many = many_with_label(self.ledger, label) if label else self.many_noted()
        return MANY if many else found_in(narrowed(part) for part in self.parts())

    def many_noted(self) -> bool:
        """Whether more than a few have the very words of the search, and so more than a few fit."""
        if [*self.asked] != ["q"]:
            return False
        whole = self.meant(self.asked["q"]).whole
        return whole is not None and are_many(self.all_but("q").filter(whole))

    def label_alone(self) -> str | None:
        """The one label that is all that is asked for."""
        labels = self.asked.get("label", [])
        alone = [*self.asked] == ["label"] and len(labels) == 1 and self.of_all
        return labels[0] if alone and NO_LABEL not in labels else None

    def parts(self) -> list[Rows]:
        """What is listed, in parts that an index each has.

        PostgreSQL expects few rows with a word, or of a contact with many addresses, and reads all
        that fit either of its parts. They are tried on the rows of what else is asked for where
        those are few, and a contact on those that the indexes of amounts find.
        """
        several = (name for name in IN_PARTS if name in self.asked and not self.negated(name))
        if not (split := next(several, "")):
            return [self.rows]
        rows, parts = self.all_but(split), self.parts_of(split)
        others = (name for name in FOUND_ALONE if name in self.asked and name != split)
        if any(map(self.is_rare, others)) or self.is_of_many(split, parts):
            met = self.meant(self.asked["q"]).met if split == "q" else reduce(or_, parts)
            return [rows.filter(tried(met))]
        return [rows.filter(part) for part in parts]

    def is_rare(self, name: str) -> bool:
        """Whether few rows fit this filter alone."""
        if self.negated(name) or NO_LABEL in self.given(name):
            return False
        value = self.asked[name]
        if name == "label":
            parts = [TransactionLabel.objects.filter(any_of(name, value))]
        elif name == "asset":
            assets = self.chosen_assets() or []
            parts = [self.queryset.filter(any_of(each, assets)) for each in ASSET_FIELDS]
        elif name in IN_PARTS:
            parts = [self.queryset.filter(part) for part in self.parts_of(name)]
        elif name in BOUNDED:
            end, compared = BOUNDED[name]
            parts = [self.queryset.filter(compared(end, value))]
        else:
            parts = [self.filters[name].filter(self.queryset, value)]
        return all(number_of(part, RARE) <= RARE for part in parts)

    def is_of_many(self, split: str, parts: list[Q]) -> bool:
        """Whether it is amounts of a contact with more than a few rows."""
        of_contact = split == "contact" and not self.asked.keys().isdisjoint(BOUNDED)
        return of_contact and any(are_many(self.queryset.filter(part)) for part in parts)

    def parts_of(self, name: str) -> list[Q]:
        value = self.asked[name]
        if name == "address":
            return parts_of_address(self.ledger, value)
        return cast(list[Q], self.filters[name].parts(value))

    def all_but(self, *left_out: str) -> Rows:
        """What is listed, if these filters are left to be tried."""
        rows = self.queryset.all() if "hidden" in self.asked else self.queryset.filter(hidden=False)
        for name, value in self.asked.items():
            if name not in left_out:
                rows = self.filters[name].filter(rows, value)
        return self.listed(cast(Rows, rows))

    @property
    def is_combined(self) -> bool:
        """Whether no one index has what is listed, or its number."""
        names = {name.removesuffix("_not") for name in self.asked}
        one = len(names) == 1 and names <= {*MENUS, *DATES}
        return self.of_all and not one and not self.asked.keys() <= TOGETHER

    def met(self, far: bool) -> list[Rows]:
        """What is listed, for whoever goes through it in its order until a page is full; if it is
        far to that page, in parts that an index each has."""
        asked = self.asked
        # Of a contact's rows the index has what is INDEXED; for more all of them would be read.
        apart = "q" in asked or asked.keys() - {"contact"} <= INDEXED
        if far and apart and len(parts := self.parts()) > 1:
            return parts
        instead = dict[str, Q]()
        if "q" in asked:
            instead["q"] = self.meant(asked["q"]).met
        if "contact" in asked and not self.negated("contact"):
            instead["contact"] = tried(reduce(or_, self.filters["contact"].parts(asked["contact"])))
        labels = asked.get("label", [NO_LABEL])
        if far and NO_LABEL not in labels and not self.negated("label"):
            instead["label"] = among_labelled(labels)
        return [self.all_but(*instead).filter(*instead.values())] if instead else [self.named]

    @property
    def few(self) -> list[int] | None:
        """The keys of all that is listed, the latest first, where it is told by them."""
        return self.found.keys if self.found else None

    @cached_property
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

    def bounded(self, rows: Rows, name: str, bound: Any) -> Rows:
        return rows.filter(self.amount(name, bound))

    def amount(self, name: str, bound: Any) -> Q:
        """Sent or received, in the chosen assets."""
        end, compared = BOUNDED[name]
        either, assets = Q(compared(end, bound)), self.chosen_assets()
        if assets is None:
            return either
        parts = (
            Q(compared(F(f"{part}_amount"), bound)) & any_of(f"{part}_asset", assets)
            for part in PARTS[:2]
        )
        return either & reduce(or_, parts)

    @property
    def compared(self) -> bool:
        """Whether amounts are compared in the chosen assets: who fits moves one of them."""
        values = self.form.cleaned_data
        bounded = any(values.get(name) is not None for name in BOUNDED)
        return bounded and self.chosen_assets() is not None

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
