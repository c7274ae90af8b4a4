"""Workbooks (XLSX) as tables of text, a row at a time. Entities of XML are refused by defusedxml,
which openpyxl uses."""

import csv
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext as _

from formats.parsing.records import ImportFailed
from formats.parsing.values import shown

ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
BOOK, TEXTS, SHEETS = "xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/"
# Parts that are in memory as a whole, in bytes.
LARGEST_TEXTS, LARGEST_PART = 128 << 20, 16 << 20
MOST_ROWS = 1 << 20
BLOCK = 1 << 20
LONGEST_NUMBER = 400  # digits
CODE = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how a workbook writes what XML cannot

# What Python's modules raise where an archive is not as it should be.
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, ValueError, IndexError, OverflowError),
)


def is_workbook(source: IO[bytes]) -> bool:
    """What cannot be looked at twice is none. The file is at its beginning afterwards."""
    if not source.seekable():
        return False
    source.seek(0)
    is_zip = source.read(4) in ZIPS
    try:
        return is_zip and BOOK in zipfile.ZipFile(source).namelist()
    except DAMAGED:
        return False
    finally:
        source.seek(0)


def sheets(source: IO[bytes], limit: int) -> list[tuple[str, Iterator[list[str]]]]:
    """The title of each, and its rows. ImportFailed if it cannot be read, or has more than `limit`
    bytes."""
    # Which takes long to import, and most processes never see a workbook.
    from openpyxl import load_workbook

    try:
        refuse_too_large(zipfile.ZipFile(source), limit)
        book = load_workbook(source, read_only=True, data_only=True)
    except ImportFailed:
        raise
    except Exception as error:
        raise damaged(error) from error
    return [(sheet.title, rows_of(sheet)) for sheet in book.worksheets]


def refuse_too_large(archive: zipfile.ZipFile, limit: int) -> None:
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    texts = sizes.get(TEXTS, 0)
    parts = [size for name, size in sizes.items() if name != TEXTS and not name.startswith(SHEETS)]
    if sum(sizes.values()) > limit or texts > LARGEST_TEXTS or max(parts, default=0) > LARGEST_PART:
        raise too_large()


def too_large() -> ImportFailed:
    message = _("Unpacked, the workbook is too large. Save it as CSV, or in several files.")
    return ImportFailed(message)


def damaged(error: Exception) -> ImportFailed:
    """Whatever openpyxl, which checks little, makes of a workbook that is none."""
    while isinstance(error.__context__, Exception):
        error = error.__context__
    message = _("The workbook cannot be read: %s. Save it anew, or as CSV.")
    return ImportFailed(message % shown(str(error) or type(error).__name__, 200))


def rows_of(sheet: Any) -> Iterator[list[str]]:
    """As text, each at its own number: those between that are empty have no cell, and those at the
    end are left out. A row is as wide as those before it."""
    width = last = 0
    for number, cells in numbered_rows(sheet):
        texts = {cell["column"]: cell_text(cell["value"]) for cell in cells}
        filled = max((column for column, text in texts.items() if text), default=0)
        if filled:
            width = max(width, filled)
            yield from ([] for _empty in range(last + 1, number))
            yield [texts.get(column, "") for column in range(1, width + 1)]
            last = number


def numbered_rows(sheet: Any) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    from formats.parsing.sheets import parser_of

    try:
        with sheet._get_source() as source:
            for number, cells in parser_of(sheet, source).parse():
                if number > MOST_ROWS:
                    raise ValueError(_("it has more rows than a sheet can have"))
                yield number, cells
    except Exception as error:
        raise damaged(error) from error


def cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < LONGEST_NUMBER else str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return CODE.sub(decoded, str(value))


def decoded(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char != "\0" and not "\ud800" <= char <= "\udfff" else found[0]


def csv_of(rows: Iterable[Iterable[str]], limit: int) -> Iterator[bytes]:
    """ImportFailed if that is more than `limit` bytes."""
    target, size = io.StringIO(), 0
    writer = csv.writer(target)
    for row in rows:
        writer.writerow(row)
        if target.tell() > BLOCK:
            piece = target.getvalue().encode()
            size += len(piece)
            if size > limit:
                raise too_large()
            yield piece
            target.seek(0)
            target.truncate()
    yield target.getvalue().encode()
