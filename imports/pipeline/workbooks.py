"""The sheets of a workbook as files of their own."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext as _

from formats.parsing.records import ImportFailed
from formats.parsing.workbooks import csv_of, sheets
from formats.readers.own import OwnExport
from transactions.queries.export import harmless


def tables_in(source: IO[bytes], name: str, limit: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each sheet that has anything in it as CSV, under the name of the file, and its own where
    there are several."""
    found = sheets(source, limit)
    begun = ((title, next(rows, None), rows) for title, rows in found)
    filled = [(title, first, rows) for title, first, rows in begun if first is not None]
    if not filled:
        raise ImportFailed(_("There is nothing in this workbook. Export it again."))
    stem = PurePosixPath(name).stem
    for title, first, rows in filled:
        called = stem if len(found) == 1 else f"{stem} {title}"
        yield f"{called}.csv", csv_of(marked(first, rows), limit)


def marked(header: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Of our own export, as its CSV has them: there a formula is marked, and not in a workbook."""
    yield header
    ours = OwnExport.match(header)
    yield from ([harmless(cell) for cell in row] if ours else row for row in rows)
