"""Rows of a part: those that have no name are called by the number of their line."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.utils.translation import gettext as _

from imports.archive.fields import Fields
from ledgers.models import Ledger

CHUNK = 1000  # rows


def lines_of(ledger: Ledger) -> "array[int]":
    """The keys of the transactions, each in the place of its line: eight bytes of memory each."""
    standing = ledger.transactions.filter(undone_import=None).order_by("pk")
    return array("Q", standing.values_list("pk", flat=True).iterator(CHUNK))


def number_in(lines: "array[int]", pk: int) -> int | None:
    """None where it is not in the archive."""
    at = bisect_left(lines, pk)
    return at + 1 if at < len(lines) and lines[at] == pk else None


def row_at(line: Fields, name: str, rows: "array[int]") -> int:
    number = line.count(name)
    if not 0 < number <= len(rows):
        line.refuse(name, _("there is no transaction in line %d") % number)
    return rows[number - 1]


def many(rows: Iterator[Any]) -> int:
    count = 0
    for some in batched(rows, CHUNK):
        type(some[0])._default_manager.bulk_create(some)
        count += len(some)
    return count
