"""A table through its format: every data line becomes a row, is skipped, or has an error."""

from collections.abc import Iterator
from hashlib import sha256
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Any

from django.utils.translation import gettext as _

from formats import Format
from formats.parsing.files import Record
from formats.parsing.records import BadRow, Row, RowError, Skipped, SkipRow
from formats.parsing.tables import Table

PLACES = 1 << 21
FULL = 0.75  # of the places may be taken

type Line = Row[Any] | Skipped | RowError


def read(reader: Format[Any], table: Table) -> Iterator[Line]:
    for record in table.records():
        yield understood(reader, table, record)


def understood(reader: Format[Any], table: Table, record: Record) -> Line:
    if not record.problem and not any(map(str.strip, record.cells)):
        return Skipped(record.line, _("the row is empty"))
    if record.problem and record.cells and (reason := reader.aside(record.cells)):
        return Skipped(record.line, reason)
    if record.problem:
        return RowError(record.line, "", record.problem)
    cells = table.cells(record)
    try:
        row = reader.read(cells)
    except SkipRow as skip:
        return Skipped(record.line, str(skip))
    except BadRow as error:
        return RowError(record.line, error.column, str(error), error.setting)
    row.line, row.cells, row.remarks = record.line, record.cells, cells.remarks
    return row


class Keys:
    """Names a line by what identifies it and by how often that occurred before in this file:
    identical lines can be several real fills."""

    def __init__(self) -> None:
        self._seen = Occurrences()

    def of(self, row: Row[Any]) -> bytes:
        """SHA-256, the same in every export that has this line."""
        # No cell has a NUL: a file with one is refused as binary.
        name = sha256("\0".join(row.identity).encode())
        name.update(b"\0%d" % self._seen.next(int.from_bytes(name.digest()[:8])))
        return name.digest()


class Occurrences:
    """How often a number of 64 bits came, in 16 MB for the first million and a half; a dictionary
    would need ten times as much. Each number stands at the first free place from its own on."""

    def __init__(self) -> None:
        self._places = places(PLACES)
        self._taken = 0
        self._again: dict[int, int] = {}

    def next(self, number: int) -> int:
        """1 when it comes for the first time, then 2, and so on."""
        number = number or 1  # 0 is a free place
        if not self._take(number):
            self._again[number] = self._again.get(number, 1) + 1
            return self._again[number]
        self._taken += 1
        if self._taken > FULL * len(self._places):
            self._grow()
        return 1

    def _take(self, number: int) -> bool:
        places, last = self._places, len(self._places) - 1
        place = number & last
        while there := places[place]:
            if there == number:
                return False
            place = (place + 1) & last
        places[place] = number
        return True

    def _grow(self) -> None:
        before, self._places = self._places, places(2 * len(self._places))
        for number in before:
            if number:
                self._take(number)


def places(count: int) -> "memoryview[int]":
    """Memory that the system gives page by page as it is written: most files are short."""
    return memoryview(mmap(-1, 8 * count, MAP_PRIVATE | MAP_ANONYMOUS)).cast("Q")
