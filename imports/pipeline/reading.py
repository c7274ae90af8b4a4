"""A table through its format: every data line becomes a row, is skipped, or has an error."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _

from imports.formats import Format
from imports.parsing.files import Record
from imports.parsing.records import BadRow, Row, RowError, Skipped, SkipRow
from imports.parsing.tables import Table

type Line = Row[Any] | Skipped | RowError


def read(reader: Format[Any], table: Table) -> Iterator[Line]:
    for record in table.records():
        yield understood(reader, table, record)


def understood(reader: Format[Any], table: Table, record: Record) -> Line:
    if not record.problem and not any(cell.strip() for cell in record.cells):
        return Skipped(record.line, _("the row is empty"))
    if record.problem:
        return RowError(record.line, "", record.problem)
    cells = table.cells(record)
    try:
        row = reader.read(cells)
    except SkipRow as skip:
        return Skipped(record.line, str(skip))
    except BadRow as error:
        return RowError(record.line, error.column, str(error))
    row.line, row.cells, row.remarks = record.line, record.cells, cells.remarks
    return row


class Keys:
    """Names a line by what identifies it and by how often that occurred before in this file:
    identical lines can be several real fills."""

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def of(self, row: Row[Any]) -> bytes:
        """SHA-256, the same in every export that has this line."""
        # No cell has a NUL: a file with one is refused as binary.
        name = sha256("\0".join(row.identity).encode())
        short = name.digest()[:16]
        self._seen[short] += 1
        name.update(b"\0%d" % self._seen[short])
        return name.digest()
