"""The filters of the transactions page. All of them live in the URL."""

from collections.abc import Callable, Iterable
from copy import copy
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property, partial, reduce
from operator import and_, or_
from typing import Any, cast

import django_filters as df
from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.validators import EMPTY_VALUES
from django.db.models import Exists, F, OuterRef, Q, TextField
from django.db.models.lookups import (
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
)
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledgers.models import Ledger
from transactions import menus
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
    WalletFilter,
    WithoutFilter,
)
from transactions.find.meaning import understood
from transactions.find.vocabulary import BUT, NO_LABEL
from transactions.find.words import text_of
from transactions.menus import OFFERING, Choices
from transactions.models import (
    Asset,
    NewRow,
    Status,
    Transaction,
    TransactionType,
)
from transactions.models.transaction import LEAST, MOST, PARTS
from transactions.note_search import WordsInNotes, words_in_notes
from transactions.search import (
    Ends,
    Meaning,
    any_of,
    few_of,
    has_exists,
    has_spam,
    hidden_as_spam,
    keys,
    keys_among,
    labels_named,
    meaning,
    number_of,
    once,
    pairs_of_received,
    pairs_of_types,
    tried,
    with_keys,
)
from txproject.prepared import IsAnyOf, Parameter, Prepared

DATES = ("since", "until")
# What is compared, and how.
BOUNDED: dict[str, tuple[Any, Callable[[Any, Any], Any]]] = {
    "min": (MOST, GreaterThanOrEqual),
    "max": (LEAST, LessThanOrEqual),
    "above": (MOST, GreaterThan),
    "below": (LEAST, LessThan),
}
# What an index may be read for, or be tried on rows that have been read already.
MAY_BE_TRIED = {*menus.MENUS, *TEXTS, *BOUNDED}
# Named in the ledger, and so looked up where they are chosen.
NAMED = {one + end for one in (*OFFERING, "source") for end in ("", BUT)}
# Of the filter of hidden rows: where spam is counted beside what is listed.
SPAM_BESIDE = (None, "", "with-spam")
SYMBOLS = Parameter("symbols", ArrayField(TextField()))
WITH_SYMBOLS = Prepared(
    lambda: Asset.objects.filter(
        IsAnyOf("symbol", SYMBOLS), ledger=Parameter("ledger")
    ).values_list("pk", "symbol")
)


class TransactionFilter(df.FilterSet):
    q = TextFilter(label=_("Text"))
    q_but = WithoutFilter(label=_("Text"))
    wallet = WalletFilter(of_wallets, label=_("Wallet"))
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
        self.ledger, self._answers = ledger, dict[tuple[object, ...], Any]()
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
        given, menu = self.given(name), name.removesuffix(BUT)
        if not given:
            return []
        if menu == "asset":
            return [(symbol, symbol) for symbol in sorted(set(self.assets.values()))]
        return menus.chosen(self.ledger, menu, given)

    def offered(self, name: str) -> Choices:
        """All that a menu offers, what is chosen among it."""
        if name in OFFERING:
            return menus.offered(self.ledger, name, self.given(name))
        return list(EVERY_FILTER[name].extra["choices"])

    @cached_property
    def assets(self) -> dict[int, str]:
        """Those of the chosen symbols."""
        given = self.given("asset") + self.given("asset" + BUT)
        return dict(WITH_SYMBOLS(ledger=self.ledger.pk, symbols=given))

    @cached_property
    def addresses(self) -> dict[int, int | None] | None:
        """Those of the chosen contacts, with their contact; None where there are too many to be
        sent."""
        given = self.given("contact") + self.given("contact" + BUT)
        chosen = self.ledger.addresses.filter(any_of("contact", keys_among(given)))
        found = few_of(chosen.values_list("pk", "contact"), times=10)
        return None if found is None else dict(found)

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
        """Each transfer as what was sent, if that fits."""
        if self.left_out is None:
            return once(self.ledger, self.fitting)
        return ~with_keys(self.left_out)

    @cached_property
    def left_out(self) -> list[int] | None:
        """What was received by these; None where transfers are too many to be named."""
        if (few := self.pairs()) is None:
            return None
        sent = set(self.fits([pair.sent for pair in few]))
        return [pair.received for pair in few if pair.sent in sent]

    def left_out_among(self, pks: list[int]) -> set[int]:
        """Likewise, of a few rows that fit."""
        pairs = list(pairs_of_received(ledger=self.ledger.pk, keys=pks))
        sent = set(self.fits([one for one, _received in pairs]))
        return {received for one, received in pairs if one in sent}

    def pairs(self, types: Iterable[str] = TransactionType.values) -> list[Ends] | None:
        """Transfers with one of the types, if they are few. Of all of them, if these are asked for
        too."""
        wanted = set(types)
        if "transfers" in self.asked:
            every = self.asked_once(pairs_of_types, tuple(TransactionType.values))
            if every is not None:
                return [pair for pair in every if pair.types & wanted]
        return self.asked_once(pairs_of_types, tuple(types))

    @property
    def fitting(self) -> Rows:
        """What fits, with both ends of transfers."""
        return self.shown(self.fitting_all_but())

    def shown(self, rows: Rows) -> Rows:
        return rows if "hidden" in self.asked else rows.filter(hidden=False)

    @cached_property
    def asked(self) -> dict[str, Any]:
        """What is filtered by; nothing where it cannot be understood, and no text that every row
        has by the name of its label."""
        values = self.form.cleaned_data if self.is_valid() else {}
        found = {
            name: value
            for name, value in values.items()
            if value not in EMPTY_VALUES and value is not False
        }
        if found.keys() >= {"q", "label"} and self.names_all(found["q"], found["label"]):
            del found["q"]
        return found

    def names_all(self, text: str, labels: list[str]) -> bool:
        """Whether a text is in the name of each label that rows have to have one of."""
        if self.negated("label") or NO_LABEL in labels:
            return False
        named = self.asked_once(labels_named, text_of(text).strip())
        return {*map(int, labels)} <= {*named}

    @property
    def is_plain(self) -> bool:
        """Whether all rows are listed that a ledger shows."""
        return self.of_all and self.is_valid() and not self.asked

    @property
    def shows_spam(self) -> bool:
        return self.asked.get("hidden") == "with-spam"

    def spam(self, most: int) -> int:
        """How much of what fits is hidden as spam, where that is not asked for by itself."""
        beside = self.is_valid() and self.form.cleaned_data.get("hidden") in SPAM_BESIDE
        if not beside or not has_spam(self.ledger):
            return 0
        rows = self.fitting_all_but("review").filter(hidden_as_spam(), hidden=True)
        if which := self.asked.get("review"):
            rows = rows.filter(self.reviewed(which, listed=False))
        return number_of(rows, most)

    def parts_of(self, name: str) -> list[Q]:
        value = self.asked[name]
        if name == "address":
            return self.at_address(value)
        return cast(list[Q], self.filters[name].parts(value))

    def looks_elsewhere(self, name: str) -> bool:
        """Whether other rows than the one that is tried are read for it."""
        if name == "type":
            return TransactionType.TRANSFER in self.asked[name]
        return name in ("contact", "address") and any(map(has_exists, self.parts_of(name)))

    def tried(self, name: str) -> Q:
        """One of those that may be tried, on rows that have been read already."""
        value = self.asked[name]
        if name == "q":
            condition = self.meant(value).met
        elif name == "note":
            condition = self.in_notes(value).tried
        elif name in BOUNDED:
            condition = self.amount(name, value)
        elif name in TEXTS:
            condition = self.text(name, value)
        else:
            condition = reduce(or_, self.parts_of(name))
        return tried(~condition if self.negated(name) else condition)

    def fits(self, pks: list[int]) -> list[int]:
        """Those of some keys that fit, with both ends of transfers: each is looked up, where
        PostgreSQL would find all that have a word or a label first."""
        if not pks:
            return []
        names = self.asked.keys() & MAY_BE_TRIED
        rows = self.shown(self.fitting_all_but(*names)).filter(with_keys(pks))
        return keys(rows.filter(*map(self.tried, names)).order_by())

    def all_but(self, *left_out: str) -> Rows:
        """What is listed, if these filters are left to be tried."""
        return self.listed(self.shown(self.fitting_all_but(*left_out)))

    def fitting_all_but(self, *left_out: str) -> Rows:
        """What fits the others, hidden or not where that is not asked for."""
        rows = self.queryset.all() if self.is_valid() else self.queryset.none()
        for name, value in self.asked.items():
            if name not in left_out:
                rows = self.filters[name].filter(rows, value)
        return cast(Rows, rows)

    def takes(self, name: str) -> bool:
        """Whether rows are listed that fit this filter, and not those that do not."""
        return name in self.asked and not self.negated(name)

    def negated(self, name: str) -> bool:
        return bool(self.form.cleaned_data.get(f"{name}_not"))

    def chosen_assets(self) -> list[int] | None:
        """The assets that amounts are compared in; None if it is all of them."""
        symbols = self.form.cleaned_data.get("asset")
        if not symbols or self.negated("asset"):
            return None
        return [pk for pk, symbol in self.assets.items() if symbol in symbols]

    def asked_once[T](self, ask: Callable[..., T], *what: Any) -> T:
        """A list is put together from its filters several times, for its rows, their number and
        what stands beside them."""
        key = (ask, *what)
        if key not in self._answers:
            self._answers[key] = ask(self.ledger, *what)
        found: T = self._answers[key]
        return found

    def meant(self, text: str) -> Meaning:
        unlabelled = self.takes("label") and self.asked["label"] == [NO_LABEL]
        return self.asked_once(meaning, text_of(text).strip(), unlabelled)

    def with_text(self, rows: Rows, name: str, text: str) -> Rows:
        return rows.filter(self.text(name, text))

    def text(self, name: str, text: str) -> Q:
        if name == "address":
            return reduce(or_, self.at_address(text))
        if name == "note":
            return self.in_notes(text).condition
        return self.asked_once(TEXTS[name], text.strip())

    def in_notes(self, text: str) -> WordsInNotes:
        return self.asked_once(words_in_notes, text.strip())

    def at_address(self, text: str) -> list[Q]:
        return self.asked_once(parts_of_address, text.strip())

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
        """Sent or received, in the chosen assets; the same one within all bounds. An index has the
        greater of both and the lesser, so each bound is asked of them first."""
        end, compared = BOUNDED[name]
        either, assets = Q(compared(end, bound)), self.chosen_assets()
        bounds = [each for each in BOUNDED if each in self.asked]
        if name != bounds[0] or self.is_one_bound:
            return either
        return either & reduce(or_, (self.within(part, bounds, assets) for part in PARTS[:2]))

    @property
    def is_one_bound(self) -> bool:
        """Whether amounts are asked for by one bound, in any asset: an index has just these."""
        return len(BOUNDED.keys() & self.asked.keys()) == 1 and self.chosen_assets() is None

    def within(self, part: str, bounds: list[str], assets: list[int] | None) -> Q:
        amount = F(f"{part}_amount")
        fits = (Q(BOUNDED[each][1](amount, self.asked[each])) for each in bounds)
        return reduce(and_, fits, Q() if assets is None else any_of(f"{part}_asset", assets))

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
        return rows.filter(self.reviewed(which, listed=not self.form.cleaned_data.get("hidden")))

    def reviewed(self, which: str, listed: bool) -> Q:
        """By its reader, or by the ledger; of rows that are listed, the index has just those."""
        waiting = NewRow.objects.of(self.ledger).filter(transaction=OuterRef("pk"))
        if listed:
            waiting = waiting.filter(listed=True)
        return Q(Exists(waiting)) if which == "new" else ~Q(Exists(waiting))

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
