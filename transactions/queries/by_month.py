"""Rows with words in their notes, in the order of a list until a page is full: month after month,
each of which the index of notes has by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from math import sqrt
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Func

from transactions.filter_types import Rows
from transactions.note_search import WordsInNotes, begin_of, has_words

# Rows of the ledger in whose months those with the words are counted, and the most that may be; in
# whose months a page is read before it is known whether more are; the most with the words that ever
# are, and of one month: the indexes find sooner what is rarer, and a month is read whole.
COUNTED = 10_000
MOST_COUNTED = 5_000
READ_FIRST = 40_000
MOST_READ = 40_000
MOST_IN_MONTH = 100_000
# The months are read one by one, none after the page is full.
MONTHS = """
    SELECT found.* FROM unnest(%s::text[]) WITH ORDINALITY AS month (words, n),
        LATERAL ({rows} LIMIT %s) AS found (occurred_at, id)
    ORDER BY n, occurred_at {order}, id {order} LIMIT %s
"""
WORDS_OF_MONTH = Func(template="month.words::tsquery")

type Row = tuple[datetime, int]
type Month = tuple[int, int]
type Span = tuple[datetime, datetime]


def expected(most: int, found: int) -> float:
    """So many times as many rows have to be tried for `most` as for those that were found, and the
    more the less sure that is."""
    return most / found * (1 + 1 / sqrt(found))


def months_with(rows: int, months: list[Month]) -> int:
    """How many months, from the first on, have no more rows together."""
    return sum(n <= rows for n in accumulate(size for _month, size in months))


def part_of(month: int, asked: Span, ledger: Span) -> float:
    """Of the ledger's time in that month, the part that is asked for."""
    begin, end = begin_of(month), begin_of(month + 1)
    part, whole = (min(end, last) - max(begin, first) for first, last in (asked, ledger))
    return max(part / whole, 0) if whole else 1


def size_of(months: list[Month]) -> int:
    return sum(size for _month, size in months) or 1


class Noted(NamedTuple):
    """Months in the order of the list, with about how many rows the ledger has of each: the first
    of them, `counted`, have a `number` of rows with the words."""

    months: list[Month]
    counted: list[Month]
    number: int


@dataclass
class ByMonth:
    """`listed` are the rows without regard to the words, `named` those that fit without them."""

    in_notes: WordsInNotes
    listed: Rows
    named: list[Row]
    noted: Noted
    ordered: Callable[[Rows], Rows]
    earlier: bool

    def rows(self, most: int) -> list[Row] | None:
        """The next ones, fewer than `most` only if there are no more; None where the words are
        among what is rare."""
        months, counted, number = self.noted
        first = max(len(counted), months_with(READ_FIRST, months))
        found = self.read(months[:first], most)
        if len(found) < most and (rest := months[first:]):
            noted = number * size_of(months[:first]) / size_of(counted)
            if not found or noted * expected(most, len(found)) > MOST_READ:
                return None
            if max(size for _month, size in rest) > MOST_IN_MONTH:
                return None
            found += self.read(rest, most - len(found))
        return sorted({*found, *self.named}, reverse=self.earlier)[:most]

    def read(self, months: list[Month], most: int) -> list[Row]:
        sql, params = self.of_a_month
        words = [self.in_notes.in_month(month) for month, _size in months]
        with connection.cursor() as cursor:
            cursor.execute(sql, [words, *params, most, most])
            return [(at, pk) for at, pk in cursor.fetchall()]

    @cached_property
    def of_a_month(self) -> tuple[str, tuple[Any, ...]]:
        rows = self.ordered(self.listed.filter(has_words(WORDS_OF_MONTH)))
        inner, params = rows.values_list("occurred_at", "pk").query.sql_with_params()
        return MONTHS.format(rows=inner, order="DESC" if self.earlier else "ASC"), params
