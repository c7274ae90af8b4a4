"""A header and the data lines under it."""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import partial
from itertools import takewhile
from re import Match
from typing import NoReturn

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.chains import mended
from formats.parsing import values
from formats.parsing.code_pages import PAGES
from formats.parsing.files import Record, TextFile, parse_line
from formats.parsing.json_documents import DOCUMENT, document_records
from formats.parsing.json_lines import JSON, json_records
from formats.parsing.lines import BOM
from formats.parsing.markets import QUOTES, assets_of
from formats.parsing.records import NOTHING_KNOWN, AssetRef, BadRow, Options, Part, Remark

# Characters that are kept of a cell which is not a note. The database has its limits, and its
# indexes take no more than some 2,700 bytes.
LONGEST = 200
LABEL = 100
CURRENCY = 20
# What readers call columns that name a line, and what a spreadsheet makes of a long number there.
IDENTIFIER = re.compile(r"(?:.*[_ -])?(?:tx)?(?:hash|id)|order|reference|trade|parent", re.I)
DESTROYED = re.compile(r"-?[0-9](?:[.,][0-9]+)?E\+[0-9]{2,}")


def unwrapped(cells: list[str], delimiter: str) -> list[str]:
    """Some exports quote a whole line as if it were one cell."""
    if len(cells) != 1 or delimiter not in cells[0]:
        return cells
    inner = parse_line(cells[0].lstrip(BOM), delimiter)
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
    options: Options = NOTHING_KNOWN
    wider_rows: bool = False
    # What is said of the file as a whole.
    remarks: list[Remark] = field(default_factory=list)

    def records(self) -> Iterator[Record]:
        """The data lines; a problem is written into those that cannot be used."""
        before = None
        for record in self._raw():
            if record.line > self.header_line:
                if before:
                    yield before
                before = self._checked(record)
        if before:
            yield self._last(before)

    def preamble(self) -> Iterator[Record]:
        """What stands before the header; nothing in a file of JSON, which has none."""
        with closing(self._raw()) as records:
            yield from takewhile(self._is_above, records)

    def _is_above(self, record: Record) -> bool:
        return record.line < self.header_line

    def record_at(self, at: int, line: int, is_last: bool) -> Record:
        """The data line that begins at this byte, as `records` gives it."""
        with closing(self._raw(at, line)) as records:
            record = self._checked(next(records))
        return self._last(record) if is_last else record

    def cells(self, record: Record) -> "Cells":
        """The line by its columns, with what the table itself has taken otherwise."""
        cells = Cells(record.cells, self.columns, record.line, options=self.options)
        if len(record.cells) < len(self.columns.header):
            cells.remark_missing()
        if page := PAGES.get(self.file.encoding):
            cells.remark_guessed(page)
        return cells

    def _raw(self, at: int = 0, line: int = 1) -> Generator[Record]:
        if self.delimiter == JSON:
            return json_records(self.file, self.columns.header, at, line)
        if self.delimiter.startswith(DOCUMENT):
            name = self.delimiter.removeprefix(DOCUMENT)
            return document_records(self.file, name, self.columns.header, at, line)
        return self.file.records(self.delimiter, at, line)

    def _checked(self, record: Record) -> Record:
        width = len(self.columns.header)
        if record.problem or len(record.cells) == width > 1:
            return record
        if width > 1:
            record.cells = unwrapped(record.cells, self.delimiter)
        cells = record.cells
        too_wide = len(cells) > width and not self.wider_rows
        if len(cells) < self.columns.least or (too_wide and any(map(str.strip, cells[width:]))):
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
    line: int = 0
    remarks: list[Remark] = field(default_factory=list)
    options: Options = NOTHING_KNOWN

    def remark(self, name: str, read: str, reason: str, written: str | None = None) -> None:
        """Once of a column and a reason, however often the cell is looked at."""
        column = self.columns.title(name)
        if all((said.column, said.reason) != (column, reason) for said in self.remarks):
            text = values.shown(self.note(name) if written is None else written, LONGEST)
            self.remarks.append(Remark(self.line, column, text, read, reason))

    def remark_missing(self) -> None:
        for name, place in sorted(self.columns.index.items(), key=lambda column: column[1]):
            if place >= len(self.raw):
                self.remark(name, "", _("the row ends before this cell, which is taken as empty"))

    def remark_guessed(self, page: str) -> None:
        for name in self.columns.index:
            if not (text := self.note(name)).isascii():
                reason = _("the file is not UTF-8, so its letters are taken as %s")
                self.remark(name, values.shown(text, LONGEST), reason % page)

    def note(self, name: str) -> str:
        """Text of any length."""
        place = self.columns.index.get(name)
        return "" if place is None or place >= len(self.raw) else self.raw[place].strip()

    def text(self, name: str, limit: int = LONGEST) -> str:
        place = self.columns.index.get(name)
        if place is None or place >= len(self.raw) or not (text := self.raw[place].strip()):
            return ""
        if len(text) > limit:
            message = _("the cell has %(length)d characters, at most %(limit)d are kept")
            raise self.bad(name, message % {"length": len(text), "limit": limit})
        if "E+" in text and DESTROYED.fullmatch(text) and IDENTIFIER.fullmatch(name):
            message = _(
                "“%s” is what a spreadsheet has left of a hash or number: export the file again,"
                " and do not save it in one"
            )
            raise self.bad(name, message % values.shown(text))
        return text

    def required(self, name: str) -> str:
        text = self.text(name)
        if not text:
            self._missing(name)
        return text

    def bad(self, name: str, message: str) -> BadRow:
        return BadRow(self.columns.title(name), message)

    def not_read(self, name: str, error: values.BadValue) -> BadRow:
        return BadRow(self.columns.title(name), str(error), error.setting)

    def amount(self, name: str, decimals: int = 0) -> Decimal | None:
        """With its sign; None for an empty cell. `decimals` are those that the source leaves out
        by writing the smallest unit: 18 for wei."""
        if decimals:
            return self._number(name, partial(values.parse_subunits, decimals=decimals))
        text = self.note(name)  # most are nothing, or as plain as can be
        if not text or (values.SIMPLE.fullmatch(text) and not self.options.decimal_comma):
            return Decimal(text) if text else None
        return self._number(name, values.parse_decimal)

    def money(self, name: str, currency: str = "") -> Decimal | None:
        """As `amount`, where the currency may stand in the cell too."""
        number = self._number(name, values.parse_money)
        if number and currency and (other := values.other_currency(self.text(name), currency)):
            reason = _("the cell says %(other)s, and the row %(currency)s")
            read = f"{values.plain(number)} {currency}"
            self.remark(name, read, reason % {"other": other, "currency": currency})
        return number

    def _number(self, name: str, parse: Callable[[str], Decimal | None]) -> Decimal | None:
        text, comma = self.text(name), self.options.decimal_comma
        try:
            number = parse(values.with_point(text) if comma else text)
        except values.BadValue as error:
            raise self.not_read(name, error) from None
        mark = "." if comma else ","
        if number is not None and mark in text:
            self.remark(name, values.plain(number), values.grouped(mark))
        return number

    def required_amount(self, name: str) -> Decimal:
        amount = self.amount(name)
        if amount is None:
            self._missing(name)
        return amount

    def unsigned(self, name: str, decimals: int = 0) -> Decimal | None:
        amount = self.amount(name, decimals)
        if amount and amount < 0:
            raise self.bad(name, _("the amount is negative: %s") % values.plain(amount))
        return amount

    def required_unsigned(self, name: str) -> Decimal:
        amount = self.unsigned(name)
        if amount is None:
            self._missing(name)
        return amount

    def fee(self, name: str, decimals: int = 0) -> Decimal | None:
        """As `unsigned`, where the source tells a fee for every line."""
        fee = self.unsigned(name, decimals)
        if fee is None:
            self.remark(name, "0", _("no fee is told, so none is taken"))
        return fee

    def capitals(self, name: str) -> None:
        """Wrong ones in an EVM address: a machine wrote it, so they are no reason to lose it."""
        if right := mended(self.note(name)):
            reason = _("other capitals belong to this address, so a digit of it may be wrong")
            self.remark(name, right, reason)

    def unknown_type(self, name: str) -> None:
        self.remark(name, "other", _("this kind of line is not known here"))

    def unix(self, name: str) -> datetime:
        try:
            return values.parse_unix(self.required(name))
        except values.BadValue as error:
            raise self.not_read(name, error) from None

    def unix_ms(self, name: str) -> datetime:
        try:
            return values.parse_unix_ms(self.required(name))
        except values.BadValue as error:
            raise self.not_read(name, error) from None

    def market(self, name: str, quotes: Sequence[str] = QUOTES) -> tuple[str, str]:
        """The two assets of a market, in the order in which it names them."""
        found = assets_of(self.required(name), quotes)
        if not found:
            message = _("“%s” does not say which two assets are traded")
            raise self.bad(name, message % values.shown(self.text(name)))
        return found

    def part(self, name: str, *symbols: str) -> Part | None:
        """An amount ≥ 0 with its asset in one cell, `1.5 ETH` or `0.01BNB`; None for an empty
        cell. The symbols are those that are expected."""
        signed = self.signed_part(name, *symbols)
        if signed and signed[0] < 0:
            raise self.bad(name, _("the amount is negative: %s") % values.plain(signed[0]))
        return Part(signed[0], AssetRef(signed[1])) if signed else None

    def required_part(self, name: str, *symbols: str) -> Part:
        part = self.part(name, *symbols)
        if part is None:
            self._missing(name)
        return part

    def signed_part(self, name: str, *symbols: str) -> tuple[Decimal, str] | None:
        """As `part`, with its sign and the symbol."""
        text = self.text(name)
        if text in values.EMPTY:
            return None
        try:
            number, symbol = values.parse_glued(text, symbols)
        except values.BadValue as error:
            raise self.not_read(name, error) from None
        if "," in text:
            self.remark(name, f"{values.plain(number)} {symbol}", values.grouped())
        return number, symbol

    def time_as(self, name: str, pattern: str, zone: tzinfo) -> datetime:
        """In UTC, of a time that is written in another way: `pattern` is that of `strptime`, or
        several with | between them, of which the first that fits is taken."""
        text, pattern = self.required(name), values.in_order(pattern, self.options.date_order)
        for each in pattern.split("|"):
            if rewritten := values.rewritten_time(text, each):
                return self.time(name, zone, rewritten)
        if values.is_resaved(text):
            return self._resaved(name, pattern, zone)
        message = _("“%(text)s” is not a date and time as this source writes it: %(example)s")
        example = datetime(2024, 1, 31, 14, 5).strftime(pattern.split("|")[0])  # noqa: DTZ001
        raise self.bad(name, message % {"text": values.shown(text), "example": example})

    def _resaved(self, name: str, pattern: str, zone: tzinfo) -> datetime:
        try:
            values.refuse_other_order(self.text(name), pattern)
        except values.BadValue as error:
            raise self.not_read(name, error) from None
        return self.time(name, zone)

    def time(self, name: str, zone: tzinfo, rewritten: str = "") -> datetime:
        """In UTC; a format may have rewritten the cell to year, month, day."""
        text = rewritten or self.required(name)
        if not text[:4].isdigit():
            text = values.year_first(text, self.options.date_order)
        try:
            moment, doubtful = values.read_time(text, zone)
        except values.BadValue as error:
            raise self.not_read(name, error) from None
        if doubtful and (reason := values.doubt(text, zone)):
            self.remark(name, f"{moment.isoformat(' ').removesuffix('+00:00')} UTC", reason)
        return moment

    def _missing(self, name: str) -> NoReturn:
        raise self.bad(name, _("the cell is empty"))
