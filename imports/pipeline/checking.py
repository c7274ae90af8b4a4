"""The first pass: the whole file is understood before anything is written.

The lines themselves are not kept, so a long file needs little memory; the second pass reads them
again from the same copy.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from imports.formats import Format
from imports.parsing.records import (
    BuiltTransaction,
    Hint,
    ImportFailed,
    Remark,
    Row,
    RowError,
    Skipped,
)
from imports.parsing.tables import Table
from imports.pipeline.reading import Keys, read, understood
from imports.pipeline.rows import REMARKED, RowIndex, RowState

KEY = 32  # bytes
MOST_ERRORS = 100_000  # all of them are named
STEP = 500  # lines between two reports of progress

# Told how far an import is, between 0 and 1.
type Progress = Callable[[float], None]


class Checked:
    def __init__(self, reader: Format[Any], table: Table, progress: Progress) -> None:
        self.reader, self.table = reader, table
        self.lines = 0
        self.skipped: list[Skipped] = []
        self.errors: list[RowError] = []
        self.remarks: list[Remark] = [*reader.remarks]
        self.index = RowIndex()
        # Of the rows that were understood, in the order of the file:
        self.at = array("I")
        self._units: list[str] = []
        self._keys = bytearray()
        self._read(progress)

    def _read(self, progress: Progress) -> None:
        keys = Keys()
        for record in self.table.records():
            self.lines += 1
            if self.lines % STEP == 0:
                progress(record.at / self.table.file.size)
            line = understood(self.reader, self.table, record)
            state: int = RowState.WRONG
            if isinstance(line, Row):
                state = RowState.NEW | (REMARKED if line.remarks else 0)
                self.at.append(line.line)
                self._units.append(line.unit)
                self._keys += keys.of(line)
                self.remarks += line.remarks
            elif isinstance(line, Skipped):
                state = RowState.SKIPPED
                self.skipped.append(line)
            else:
                self.errors.append(line)
                self._refuse_too_many_errors()
            self.index.add(record, state)

    def _refuse_too_many_errors(self) -> None:
        if len(self.errors) > MOST_ERRORS:
            first = self.errors[0]
            message = _(
                "More than %(most)s rows are not understood, first line %(line)d: %(reason)s. Is it"
                " another format?"
            )
            names = {"most": f"{MOST_ERRORS:,}", "line": first.line, "reason": first.message}
            raise ImportFailed(message % names, Hint("format", {"auto": ""}))

    def keys(self) -> Iterator[bytes]:
        for start in range(0, len(self._keys), KEY):
            yield bytes(self._keys[start : start + KEY])

    def build(self, fresh: bytearray) -> Iterator[BuiltTransaction]:
        """The transactions of those rows that are marked; a unit's as soon as it is complete."""
        units = zip(self._units, fresh, strict=True)
        missing = Counter(unit for unit, wanted in units if wanted and unit)
        waiting: dict[str, list[Row[Any]]] = {}
        for row in self._wanted(fresh):
            if not row.unit:
                yield from self.reader.build([row])
                continue
            waiting.setdefault(row.unit, []).append(row)
            missing[row.unit] -= 1
            if not missing[row.unit]:
                yield from self.reader.build(waiting.pop(row.unit))

    def _wanted(self, fresh: bytearray) -> Iterator[Row[Any]]:
        rows = (line for line in read(self.reader, self.table) if isinstance(line, Row))
        for row, key, wanted in zip(rows, self.keys(), fresh, strict=True):
            if wanted:
                row.key = key
                yield row
