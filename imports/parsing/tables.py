"""A header and the data lines under it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from re import Match
from typing import NoReturn

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports.parsing import values
from imports.parsing.files import BOM, Record, TextFile, parse
from imports.parsing.records import BadRow

# Characters that are kept of a cell which is not a note. The database has its limits, and its
# indexes take no more than some 2,700 bytes.
LONGEST = 200
LABEL = 100
CURRENCY = 20


def unwrapped(cells: list[str], delimiter: str) -> list[str]:
    """Some exports quote a whole line as if it were one cell."""
    if len(cells) != 1 or delimiter not in cells[0]:
        return cells
    inner = next(parse([cells[0].lstrip(BOM)], delimiter), None)
    return inner.cells if inner and not inner.problem else cells


def clean_header(cells: Sequence[str]) -> list[str]:
    return [cell.strip(f" \t{BOM}") for cell in cells]


@dataclass(slots=True)
class Columns:
    """Where a format finds its columns in a header."""

    header: list[str]
    found: dict[str, Match[str]]
    index: dict[str, int]
    least: int

    def title(self, name: str) -> str:
        return self.header[self.index[name]] if name in self.index else name

    def part(self, name: str) -> str:
        """What the pattern's group caught: `Value_IN(ETH)` → ETH; "" without one."""
        match = self.found.get(name)
        return (match.group(1) or "") if match and match.re.groups else ""


@dataclass(slots=True)
class Table:
    """A file whose header is known; `header_line` is 0 where the file has none."""

    file: TextFile
    delimiter: str
    columns: Columns
    header_line: int

    def records(self) -> Iterator[Record]:
        """The data lines; a problem is written into those that cannot be used."""
        before = None
        for record in self.file.records(self.delimiter):
            if record.line > self.header_line:
                if before:
                    yield before
                before = self._checked(record)
        if before:
            yield self._last(before)

    def _checked(self, record: Record) -> Record:
        if len(self.columns.header) > 1:
            record.cells = unwrapped(record.cells, self.delimiter)
        width, cells = len(self.columns.header), record.cells
        if record.problem:
            return record
        if len(cells) < self.columns.least or any(cell.strip() for cell in cells[width:]):
            record.problem = _count(cells, width)
        return record

    def _last(self, record: Record) -> Record:
        short = len(record.cells) < len(self.columns.header)
        if short and not record.problem and not self.file.ends_with_newline:
            record.problem = _("the file ends in the middle of this row")
        return record


def _count(cells: list[str], width: int) -> str:
    message = ngettext(
        "the row has %(cells)d cell under a header of %(width)d",
        "the row has %(cells)d cells under a header of %(width)d",
        len(cells),
    )
    return message % {"cells": len(cells), "width": width}


@dataclass(slots=True)
class Cells:
    """One data line, by the names that the format gives its columns.

    A column that the file does not have reads as empty. What cannot be understood raises BadRow
    with the header's own name for the column.
    """

    raw: list[str]
    columns: Columns

    def note(self, name: str) -> str:
        """Text of any length."""
        try:
            return self.raw[self.columns.index[name]].strip()
        except (KeyError, IndexError):
            return ""

    def text(self, name: str, limit: int = LONGEST) -> str:
        text = self.note(name)
        if len(text) > limit:
            message = _("the cell has %(length)d characters, at most %(limit)d are kept")
            raise self.bad(name, message % {"length": len(text), "limit": limit})
        return text

    def required(self, name: str) -> str:
        text = self.text(name)
        if not text:
            self._missing(name)
        return text

    def bad(self, name: str, message: str) -> BadRow:
        return BadRow(self.columns.title(name), message)

    def amount(self, name: str) -> Decimal | None:
        """With its sign; None for an empty cell."""
        try:
            return values.parse_decimal(self.text(name))
        except values.BadValue as error:
            raise self.bad(name, str(error)) from None

    def money(self, name: str) -> Decimal | None:
        """As `amount`, where the currency may stand in the cell too."""
        try:
            return values.parse_money(self.text(name))
        except values.BadValue as error:
            raise self.bad(name, str(error)) from None

    def required_amount(self, name: str) -> Decimal:
        amount = self.amount(name)
        if amount is None:
            self._missing(name)
        return amount

    def unsigned(self, name: str) -> Decimal | None:
        amount = self.amount(name)
        if amount is not None and amount < 0:
            raise self.bad(name, _("the amount is negative: %s") % values.plain(amount))
        return amount

    def unix(self, name: str) -> datetime:
        try:
            return values.parse_unix(self.required(name))
        except values.BadValue as error:
            raise self.bad(name, str(error)) from None

    def time(self, name: str, zone: tzinfo, rewritten: str = "") -> datetime:
        """In UTC; a format may have rewritten the cell to year, month, day."""
        try:
            return values.parse_time(rewritten or self.required(name), zone)
        except values.BadValue as error:
            raise self.bad(name, str(error)) from None

    def _missing(self, name: str) -> NoReturn:
        raise self.bad(name, _("the cell is empty"))
