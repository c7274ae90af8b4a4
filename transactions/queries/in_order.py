"""Rows of a filtered list, for who goes through them in its order until a page is full."""

from collections.abc import Callable
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from transactions.conditions import TEXTS
from transactions.filters import BOUNDED, DATES, TransactionFilter
from transactions.find.vocabulary import NO_LABEL
from transactions.menus import MENUS
from transactions.models import Status, Transaction, TransactionType
from transactions.search import any_of, labelled_itself, tried, with_words, words_only

type Rows = QuerySet[Transaction]

ONLY_HIDDEN = ("only", "spam")
# What one index has in the order of the list, and as which condition.
ORDERED: dict[str, Callable[[Any], Q]] = {
    "hidden": lambda _which: Q(hidden=True),
    "status": lambda status: Q(status=status),
    "wallet": lambda wallets: any_of("wallet", wallets),
    "type": lambda types: any_of("type", types),
}
# What another index would be read for.
TRIED = {*MENUS, *TEXTS, *BOUNDED}
# Of these an index has the rows apart. They lie far from each other: in the time of one, so many
# are tried in their order. The first that pays is taken.
EFFORTS = {"address": 6, "q": 4, "note": 4, "contact": 6}
BY_ADDRESS = ("address", "contact")
NOTED = ~Q(note="")


class InOrder:
    """Of a list, `along` the fewest rows that one index has in the order of time, all that is
    listed among them; and `listed`, which is tried on each of them."""

    def __init__(self, filters: TransactionFilter) -> None:
        self.filters, self.asked = filters, filters.asked

    @property
    def along(self) -> Rows:
        return self.narrowed(self.filters.queryset.all())

    @property
    def listed(self) -> Rows:
        return self.others.filter(*map(tried, self.conditions.values()))

    @cached_property
    def of_few(self) -> list[str]:
        """Filters whose rows an index has apart, and may be few; none where rows of all times are
        gone through anyway."""
        if {"hidden", "status"}.intersection(self.ordering):
            return []
        asked = (name for name in EFFORTS if name in self.conditions)
        return [*filter(self.filters.takes, asked)]

    def apart(self, name: str) -> list[tuple[Rows, Rows]]:
        """In parts that an index each has: all rows that it has to read, and those of them that are
        listed."""
        conditions = [tried(each) for other, each in self.conditions.items() if other != name]
        # An index of addresses has the wallet and the type too, that of notes has not.
        all_rows = self.others if name in BY_ADDRESS else self.dated
        return [
            (all_rows.filter(has), self.others.filter(has, fits, *conditions))
            for has, fits in self.parts_of(name)
        ]

    def parts_of(self, name: str) -> list[tuple[Q, Q]]:
        """What an index finds, and what is tried on it."""
        if name in BY_ADDRESS:
            return [(part, Q()) for part in self.filters.parts_of(name)]
        if name == "note":
            return [(NOTED, tried(self.conditions[name]))]
        meant = self.filters.meant(self.asked[name])
        in_note = [(NOTED, tried(meant.in_note))] if meant.in_note else []
        return [*((named, Q()) for named in meant.names), *in_note]

    @cached_property
    def conditions(self) -> dict[str, Q]:
        """What is tried, by its filters."""
        return {
            name: self.as_tried(name, value)
            for name, value in self.asked.items()
            if name in TRIED and name not in self.ordering
        }

    @property
    def others(self) -> Rows:
        """What all other filters list."""
        return self.narrowed(self.filters.all_but(*self.conditions))

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

    @property
    def dated(self) -> Rows:
        """All rows of the time that is asked for."""
        return self.filters.fitting_all_but(*(self.asked.keys() - {*DATES}))

    def as_tried(self, name: str, value: Any) -> Q:
        """On a row that has been read already."""
        if name == "q":
            return self.filters.meant(value).met
        if name == "note":
            return with_words(words_only(value).split())
        if name in BOUNDED:
            return self.filters.amount(name, value)
        if name in TEXTS:
            return self.filters.text(name, value)
        if name == "label" and NO_LABEL not in value:
            condition = labelled_itself(value)
        else:
            condition = reduce(or_, self.filters.filters[name].parts(value))
        return ~condition if self.filters.negated(name) else condition
