"""How what a filter lists is found: which indexes are read, and what is tried on their rows."""

from collections.abc import Callable
from functools import cached_property
from math import inf
from typing import Any, cast

from django.db.models import Q, QuerySet

from transactions.filter_types import Rows
from transactions.filters import BOUNDED, DATES, TransactionFilter
from transactions.find.vocabulary import NO_LABEL
from transactions.menus import MENUS
from transactions.models import TransactionLabel, TransactionType
from transactions.models.transaction import ASSET_FIELDS
from transactions.search import (
    MANY,
    RARE,
    Found,
    KeysSQL,
    among_labelled,
    any_of,
    are_many,
    expected_numbers,
    found_in,
    keys_sql,
    many_with_label,
    number_of,
    numbers_of,
    together,
    with_keys,
)

# What an index has by itself or with another of them, in the list's order: a page of it is read as
# soon as its keys were sent.
INDEXED = {one + end for one in ("wallet", "type", "asset") for end in ("", "_not")} | {*DATES}
# What an index has together, too.
TOGETHER = {"wallet", "type", "asset", *DATES}
# What most rows fit, or an index has apart.
NARROWING_LITTLE = {"transfers", "hidden", "status", "review"}
# What has several ways to fit, with an index for each.
IN_PARTS = ("q", "contact", "address")
# What indexes have all rows of, by itself.
FOUND_ALONE = {
    *("wallet", "type", "asset", "label", "status", "hash", "batch"),
    *BOUNDED,
    *("address", "contact"),
}
# What an index has the rows of with what they are filtered by, but not in the list's order.
PUT_IN_ORDER = (*BOUNDED, "address", "contact")
# Amounts that an index reads in a few milliseconds, as PostgreSQL expects their number.
FEW_AMOUNTS = 20_000
# Rows as PostgreSQL expects them, so many that they need not be counted up to RARE.
SURELY_MANY = 5 * RARE
# Rows that are searched one by one, as PostgreSQL expects their number.
MOST_SIFTED = 4_000
# What is without labels, and both ends of transfers.
UNFOUND = {NO_LABEL, TransactionType.TRANSFER}


class Finding:
    """The rows of a filtered list, for whoever counts, adds up or writes all of them."""

    def __init__(self, filters: TransactionFilter) -> None:
        self.filters, self.asked = filters, filters.asked

    @cached_property
    def found(self) -> Found | None:
        """What is listed; None where an index has it all, so that it can as well be found again."""
        if self.asked.keys() <= INDEXED:
            return MANY if self.many_moved() else None
        if label := self.label_alone():
            many = many_with_label(self.filters.ledger, label)
        else:
            many = self.many_noted() or self.many_of_contact()
        return MANY if many else self.found_among(lambda part: part)

    def many_moved(self) -> bool:
        """Whether more than a few send the assets that are asked for, or receive them, or pay with
        them: each has an index of its own, and what does any of it has none."""
        if not self.filters.takes("asset") or not self.asked.keys() <= {"asset", *DATES}:
            return False
        rows = self.filters.all_but("asset")
        assets = self.filters.chosen_assets() or []
        return any(are_many(rows.filter(any_of(field, assets))) for field in ASSET_FIELDS)

    def found_among(self, narrowed: Callable[[Rows], Rows]) -> Found:
        """What is listed and among those rows."""
        means_little = self.filters.takes("q") and not self.is_broad
        if "transfers" in self.asked and (self.rare or means_little):
            return self.each_once(narrowed)
        return self.sifted(narrowed) or found_in(map(narrowed, self.parts))

    def each_once(self, narrowed: Callable[[Rows], Rows]) -> Found:
        """Of few rows that fit, those that are listed: their transfers are looked for, instead of
        what fits among all transfers."""
        found = found_in(map(narrowed, self.fitting))
        if found.keys is None:
            return found_in(map(narrowed, self.parts))
        left_out = self.filters.left_out_among(found.keys)
        keys = [pk for pk in found.keys if pk not in left_out]
        return Found(len(keys), keys)

    def sifted(self, narrowed: Callable[[Rows], Rows]) -> Found | None:
        """What fits a search among the few rows that fit all else. By itself PostgreSQL finds these
        again for each way to fit, or searches rows that do not fit the rest."""
        searched_alone = self.asked.keys() <= {"q", "hidden", *DATES}
        if not self.filters.takes("q") or searched_alone or self.rare:
            return None
        if not self.is_broad:
            return None
        several = [name for name in IN_PARTS[1:] if self.filters.takes(name)]
        others = [*map(self.filters.listed, self.in_parts(several, "q"))]
        if sum(expected_numbers(keys_sql(each.order_by()) for each in others)) > MOST_SIFTED:
            return None
        pks = found_in(map(narrowed, others)).keys
        if pks is None:
            return None
        rows = self.filters.queryset.filter(with_keys(pks), self.filters.tried("q"))
        return found_in([rows])

    def many_noted(self) -> bool:
        """Whether more than a few have the very words of the search, and so more than a few fit."""
        if [*self.asked] != ["q"]:
            return False
        in_notes = self.filters.meant(self.asked["q"]).in_notes
        return in_notes is not None and are_many(self.filters.all_but("q").filter(in_notes.whole))

    def many_of_contact(self) -> bool:
        """Whether more than a few are its own or through its addresses, where nothing else is asked
        for: counting them takes a third of the time that telling them apart and sorting does."""
        if [*self.asked] != ["contact"]:
            return False
        return are_many(together(self.parts))

    def label_alone(self) -> str | None:
        """The one label that is all that is asked for."""
        labels = self.asked.get("label", [])
        alone = [*self.asked] == ["label"] and len(labels) == 1 and self.filters.of_all
        return labels[0] if alone and NO_LABEL not in labels else None

    @cached_property
    def parts(self) -> list[Rows]:
        """What is listed, in parts that an index each has."""
        return [*map(self.filters.listed, self.fitting)]

    @cached_property
    def fitting(self) -> list[Rows]:
        """What fits, likewise, with both ends of transfers.

        PostgreSQL expects few rows with a word, or of a contact with many addresses, and reads all
        that fit either of its parts. They are tried on the rows of what else is asked for where
        those are few, and contacts and addresses on those that the index of amounts finds.
        """
        return self.in_parts([name for name in IN_PARTS if self.filters.takes(name)])

    def in_parts(self, several: list[str], *left_out: str) -> list[Rows]:
        """With those that have several ways to fit, without what is left out."""

        def all_but(*names: str) -> Rows:
            return self.filters.shown(self.filters.fitting_all_but(*left_out, *names))

        if not several:
            return [all_but()]
        if self.has_few_amounts:
            apart = [name for name in several if name != "q"]
            conditions = [self.filters.tried(name) for name in apart]
            rows = all_but(*several).filter(*conditions)
            searched = self.filters.parts_of("q") if "q" in several else [Q()]
            return [rows.filter(part) for part in searched]
        if several == ["contact", "address"] and "contact" not in self.rare:
            of_contact = self.filters.tried("contact")
            rows = all_but(*several).filter(of_contact)
            return [rows.filter(part) for part in self.filters.parts_of("address")]
        split = several[0]
        rows, parts = all_but(split), self.filters.parts_of(split)
        others = self.asked.keys() & FOUND_ALONE - {split}
        if (others and self.rare - {split}) or self.is_of_many(split, parts):
            return [rows.filter(self.filters.tried(split))]
        return [rows.filter(part) for part in parts]

    @cached_property
    def rare(self) -> set[str]:
        """The filters that few rows fit, each alone."""
        few = {name: sql for name, sql in self.keys_alone.items() if not self.surely_many(name)}
        return {
            name for name, n in zip(few, numbers_of(few.values(), RARE), strict=True) if n <= RARE
        }

    def surely_many(self, name: str) -> bool:
        """PostgreSQL may expect much less than there is, but hardly so much more."""
        return SURELY_MANY < self.number(name) < inf

    @cached_property
    def is_broad(self) -> bool:
        """Whether a search names more addresses or contacts than are sent, or labels of many
        rows."""
        if not self.filters.takes("q"):
            return False
        meant = self.filters.meant(self.asked["q"])
        return meant.names_many or number_of(meant.of_labels, RARE) > RARE

    @cached_property
    def keys_alone(self) -> dict[str, KeysSQL]:
        return {name: keys_sql(together(parts)) for name, parts in self.alone.items()}

    @cached_property
    def alone(self) -> dict[str, list[QuerySet[Any]]]:
        """What fits each of the filters alone, in parts that an index each has."""
        found = {name: self.parts_alone(name) for name in sorted(FOUND_ALONE)}
        return {name: parts for name, parts in found.items() if parts}

    def parts_alone(self, name: str) -> list[QuerySet[Any]]:
        """Nothing if it is not asked for, or of rows that have no index."""
        if not self.filters.takes(name) or not UNFOUND.isdisjoint(self.filters.given(name)):
            return []
        value, rows = self.asked[name], self.filters.queryset
        if name == "label":
            return [TransactionLabel.objects.filter(any_of(name, value))]
        if name == "asset":
            assets = self.filters.chosen_assets() or []
            return [rows.filter(any_of(each, assets)) for each in ASSET_FIELDS]
        if name in IN_PARTS:
            return [rows.filter(part) for part in self.filters.parts_of(name)]
        if name in BOUNDED:
            end, compared = BOUNDED[name]
            return [rows.filter(compared(end, value))]
        if name == "type":
            return [rows.filter(any_of(name, value))]
        return [self.filters.filters[name].filter(rows, value)]

    def is_of_many(self, split: str, parts: list[Q]) -> bool:
        """Whether it is amounts of a contact with more than a few rows."""
        of_contact = split == "contact" and not self.asked.keys().isdisjoint(BOUNDED)
        return of_contact and any(are_many(self.filters.queryset.filter(part)) for part in parts)

    @cached_property
    def has_few_amounts(self) -> bool:
        """Whether not many rows have such amounts, but no filter fits only a few rows."""
        if self.asked.keys().isdisjoint(BOUNDED) or self.rare:
            return False
        return any(self.number(name) <= FEW_AMOUNTS for name in BOUNDED)

    @property
    def is_of_few_amounts(self) -> bool:
        """Whether such rows of a wallet, type or asset are asked for, and nothing that no index has
        with amounts."""
        others = self.asked.keys() - {*BOUNDED, *DATES} - NARROWING_LITTLE
        return bool(others) and others <= INDEXED and self.has_few_amounts

    @property
    def is_narrowed(self) -> bool:
        """Whether several filters are asked for that no index has in the list's order."""
        names = {name.removesuffix("_not") for name in self.asked.keys() - INDEXED}
        return len(names - NARROWING_LITTLE) > 1

    def of_at_most(self, most: int) -> str | None:
        """A filter of those that are put in order which no more rows fit."""
        return next((name for name in PUT_IN_ORDER if self.number(name) <= most), None)

    def number(self, name: str) -> float:
        """How many rows fit this filter alone, as PostgreSQL expects. It does not know of what has
        to be looked up elsewhere."""
        return self.numbers.get(name, inf)

    @cached_property
    def numbers(self) -> dict[str, float]:
        known = {
            name: sql
            for name, sql in self.keys_alone.items()
            if not self.filters.looks_elsewhere(name)
        }
        return dict(zip(known, expected_numbers(known.values()), strict=True))

    @property
    def is_in_order(self) -> bool:
        """Whether an index has what is listed, in the list's order, so that rows are soon skipped;
        or it is of chosen rows."""
        alone = not self.filters.of_all or self.asked.keys() <= INDEXED
        return alone and not self.is_combined

    @property
    def is_combined(self) -> bool:
        """Whether no one index has what is listed, or its number."""
        names = {name.removesuffix("_not") for name in self.asked}
        one = len(names) == 1 and names <= {*MENUS, *DATES}
        return self.filters.of_all and not one and not self.asked.keys() <= TOGETHER

    def met(self, far: bool) -> list[Rows]:
        """What is listed, for whoever goes through it in its order until a page is full; if it is
        far to that page, in parts that an index each has."""
        # Of a contact's rows the index has what is INDEXED; for more all of them would be read.
        apart = "q" in self.asked or self.asked.keys() - {"contact"} <= INDEXED
        if far and apart and len(parts := self.parts) > 1:
            return parts
        tried_ones = [name for name in ("q", "contact") if self.filters.takes(name)]
        instead = {name: self.filters.tried(name) for name in tried_ones}
        if far and self.filters.takes("label") and NO_LABEL not in self.asked["label"]:
            instead["label"] = among_labelled(self.asked["label"])
        if not instead:
            return [self.named]
        return [self.filters.all_but(*instead).filter(*instead.values())]

    @property
    def few(self) -> list[int] | None:
        """The keys of all that is listed, the latest first, where it is told by them."""
        return self.found.keys if self.found else None

    @cached_property
    def named(self) -> Rows:
        """What is listed, by its keys where that is quicker: for as long as nobody writes."""
        if self.few is None:
            return self.filters.rows
        return cast(Rows, self.filters.queryset.filter(with_keys(self.few)))

    @property
    def for_writing(self) -> Rows:
        """What is listed, and still fits when it is written."""
        rows = self.filters.rows
        return rows if self.few is None else rows.filter(with_keys(self.few))

    @property
    def summed(self) -> Rows:
        """What totals are of: spam that is only shown beside the others is not among it."""
        fitting = self.filters.fitting if "transfers" in self.asked else self.named
        return fitting.filter(hidden=False) if self.filters.shows_spam else fitting

    @property
    def few_summed(self) -> list[int] | None:
        """The keys of them, where they are told by them."""
        if self.filters.shows_spam or "transfers" not in self.asked:
            return None if self.filters.shows_spam else self.few
        left_out = self.filters.left_out
        if self.few is None or left_out is None:
            return None
        return [*self.few, *self.filters.fits(left_out)]
