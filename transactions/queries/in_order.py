"""Rows of a filtered list, for who goes through them in its order until a page is full."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from transactions.filters import BOUNDED, DATES, MAY_BE_TRIED, TransactionFilter
from transactions.find.vocabulary import NO_LABEL
from transactions.models import Status, Transaction, TransactionType
from transactions.note_search import WordsInNotes
from transactions.search import any_of

type Rows = QuerySet[Transaction]

ONLY_HIDDEN = ("only", "spam")
# Of these an index has all rows, in the order of the list, and a ledger has few.
APART = {"hidden", "status"}
# What an index of contacts has with each row; that of addresses has the contact and amounts too
# (the row is read for its other end, which may be the contact's), that of amounts all of them.
OF_CONTACTS = {"wallet", "type", "asset"}
OF_ADDRESSES = {*OF_CONTACTS, "contact", *BOUNDED}
OF_AMOUNTS = {*OF_ADDRESSES, "address"}
# What one index has in the order of the list, and as which condition.
ORDERED: dict[str, Callable[[Any], Q]] = {
    "hidden": lambda _which: Q(hidden=True),
    "status": lambda status: Q(status=status),
    "wallet": lambda wallets: any_of("wallet", wallets),
    "type": lambda types: any_of("type", types),
}
BY_WORDS = ("q", "note")


class InOrder:
    """Of a list, `along` the fewest rows that one index has in the order of time, all that fits
    among them; and `fitting`, which is tried on each of them, with both ends of transfers."""

    def __init__(self, filters: TransactionFilter) -> None:
        self.filters, self.asked = filters, filters.asked

    @property
    def along(self) -> Rows:
        return self.narrowed(self.filters.queryset.all())

    @property
    def fitting(self) -> Rows:
        return self.others.filter(*self.conditions.values())

    @property
    def of_few(self) -> bool:
        return not APART.isdisjoint(self.ordering)

    @property
    def has_months(self) -> bool:
        """Nobody counts hidden rows by month, and few are gone through anyway."""
        return "hidden" not in self.asked and not self.of_few

    @property
    def by_words(self) -> str | None:
        """The filter whose words an index of notes has."""
        return next(filter(self.filters.takes, BY_WORDS), None)

    def fitting_among(self, parts: Iterable[Rows], name: str) -> list[Rows]:
        """Parts of what fits that filter, with all others that its index has beside it."""
        beside = [self.conditions[other] for other in self.beside(name)]
        return [self.narrowed(self.filters.shown(rows)).filter(*beside) for rows in parts]

    def beside(self, name: str) -> list[str]:
        return [other for other in self.conditions if self.has_beside(name, other)]

    def has_beside(self, name: str, other: str) -> bool:
        """Whether the index of a filter has what another one is about; of amounts in chosen assets,
        that of amounts has the bounds of any."""
        if self.filters.looks_elsewhere(other):
            return False
        if name in BOUNDED:
            return other in OF_AMOUNTS and not (other == name and self.filters.is_one_bound)
        return other in (OF_CONTACTS if name == "contact" else OF_ADDRESSES)

    def has_all_beside(self, name: str) -> bool:
        """Whether no more has to be tried on what fits among these, once those without a label have
        been left out."""
        told = {name, *self.ordering, *DATES, "transfers"} - {"type"}
        if self.labels:
            told.add("label")
        if self.asked.get("hidden") != "only":
            told.discard("hidden")
        others = {other.removesuffix("_not") for other in self.asked} - told
        return all(other in self.conditions and self.has_beside(name, other) for other in others)

    def fitting_but(self, *names: str) -> Rows:
        conditions = [each for name, each in self.conditions.items() if name not in names]
        return self.others.filter(*conditions)

    def told_by(self, name: str) -> list[str]:
        """The filters that all rows of `fitting_among` fit."""
        return [name, *self.beside(name)]

    @property
    def labels(self) -> list[int]:
        """Of which rows are asked for, where none without a label are."""
        labels = self.asked.get("label", []) if self.filters.takes("label") else []
        return [] if NO_LABEL in labels else [int(label) for label in labels]

    def narrows_beside(self, name: str) -> bool:
        """Whether other filters leave few of the rows that an index has apart. What is left out
        leaves most; but PostgreSQL expects few without a contact, and would read all of them."""
        told = {name, *APART, *DATES, "transfers"}
        others = {other for other in self.asked if not other.endswith("_not")} - told
        return "contact" in others or any(map(self.filters.takes, others))

    def in_notes(self, name: str) -> WordsInNotes | None:
        if name == "note":
            return self.filters.in_notes(self.asked[name])
        return self.filters.meant(self.asked[name]).in_notes

    @property
    def names_many(self) -> bool:
        return self.filters.takes("q") and self.filters.meant(self.asked["q"]).names_many

    def named(self, name: str) -> list[QuerySet[Any, int]]:
        """The keys of what fits that filter without a word in its note, in parts that an index each
        has; with a label at any time."""
        if name != "q":
            return []
        meant = self.filters.meant(self.asked[name])
        parts: list[QuerySet[Any, int]] = [
            self.dated.filter(each).values_list("pk", flat=True) for each in meant.named
        ]
        if meant.labels:
            parts.append(meant.of_labels.values_list("transaction", flat=True))
        return parts

    @cached_property
    def conditions(self) -> dict[str, Q]:
        """What is tried, by its filters."""
        return {
            name: self.filters.tried(name)
            for name in self.asked
            if name in MAY_BE_TRIED and name not in self.ordering
        }

    @cached_property
    def others(self) -> Rows:
        """What fits all other filters."""
        fitting = self.filters.fitting_all_but(*self.conditions)
        return self.narrowed(self.filters.shown(fitting))

    @cached_property
    def ordering(self) -> tuple[str, ...]:
        """The filters of which an index has the rows in their order."""
        if self.asked.get("hidden") in ONLY_HIDDEN:
            return ("hidden",)
        if self.asked.get("status") == Status.FAILED:
            return ("status",)
        return tuple(name for name in ("wallet", "type") if self.is_one(name))

    def is_one(self, name: str) -> bool:
        """Whether rows of one value are listed, and of no other."""
        values = self.asked.get(name, ())
        negated = self.filters.negated(name)
        return len(values) == 1 and not negated and values != [TransactionType.TRANSFER]

    def narrowed(self, rows: Rows) -> Rows:
        for name, value in self.asked.items():
            if name in DATES:
                rows = self.filters.filters[name].filter(rows, value)
            elif name in self.ordering:
                rows = rows.filter(ORDERED[name](value))
        return rows

    @cached_property
    def dated(self) -> Rows:
        """All rows of the time that is asked for."""
        return self.filters.fitting_all_but(*(self.asked.keys() - {*DATES}))

    def between(self, first: datetime, last: datetime) -> tuple[datetime, datetime]:
        """Of that time, what is asked for."""
        since, until = (self.asked.get(name) for name in DATES)
        if since:
            first = max(first, self.filters.midnight(since))
        if until and until < date.max:
            last = min(last, self.filters.midnight(until + timedelta(days=1)))
        return first, last
