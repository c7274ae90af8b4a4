"""A file is read once, and nothing of it is kept but what the result names."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from formats import Format
from formats.parsing.files import Record
from formats.parsing.records import Hint, ImportFailed, Remark, Row, RowError, Skipped
from formats.parsing.tables import Table
from imports.pipeline.deflated import Deflated
from imports.pipeline.reading import Keys, understood
from imports.pipeline.rows import REMARKED, RowIndex, RowState
from txproject.localized import grouped

MOST_ERRORS = 100_000  # all of them are named
STEP = 500  # lines between two reports of progress
COUNTING = 0.3  # of the time, where lines are counted before they are read

# Told how far an import is, between 0 and 1.
type Progress = Callable[[float], None]


def no_progress(fraction: float) -> None:
    pass


class BadRows(Exception):
    """A row is not understood, and may not be left out."""


class Checked:
    """What the lines of a file are. Counts and lists are of those that `rows` has given so far."""

    def __init__(
        self,
        reader: Format[Any],
        table: Table,
        progress: Progress,
        skip_bad: bool = True,
        index: RowIndex | None = None,
    ) -> None:
        self.reader, self.table = reader, table
        self.lines = 0
        self.skipped = Deflated(Skipped)
        self.errors: list[RowError] = []
        self.remarks = Deflated(Remark, reader.remarks)
        self.understood = array("I")  # lines
        self._skip_bad, self._index, self._progress = skip_bad, index, progress
        self._keys = Keys()
        self._records = table.records()

    def rows(self) -> Iterator[Row[Any]]:
        """The lines that are understood, with their keys, from where it was left."""
        for record in self._records:
            self.lines += 1
            if self.lines % STEP == 0:
                self._tell(record)
            line = understood(self.reader, self.table, record)
            if isinstance(line, Row):
                self._add(record, RowState.NEW | (REMARKED if line.remarks else 0))
                self.understood.append(line.line)
                for remark in line.remarks:
                    self.remarks.add(remark)
                line.key = line.sources[0].key if line.sources else self._keys.of(line)
                yield line
            else:
                self._leave_out(record, line)

    def read_on(self) -> None:
        """To the end, whatever comes."""
        self._skip_bad = True
        for _row in self.rows():
            pass

    def _leave_out(self, record: Record, line: Skipped | RowError) -> None:
        if isinstance(line, Skipped):
            self._add(record, RowState.SKIPPED)
            self.skipped.add(line)
            return
        self._add(record, RowState.WRONG)
        self.errors.append(line)
        self._refuse_too_many_errors()
        if not self._skip_bad:
            raise BadRows

    def _add(self, record: Record, state: int) -> None:
        if self._index is not None:
            self._index.add(record, state)

    def _tell(self, record: Record) -> None:
        before = COUNTING if self.reader.joins_lines else 0
        self._progress(before + (1 - before) * record.at / self.table.file.size)

    @cached_property
    def units(self) -> Counter[str]:
        """How many lines are to be built together; where none are, the file is not read for it."""
        counts: Counter[str] = Counter()
        if self.reader.joins_lines:
            for n, record in enumerate(self.table.records()):
                if n % STEP == 0:
                    self._progress(COUNTING * record.at / self.table.file.size)
                line = understood(self.reader, self.table, record)
                if isinstance(line, Row) and line.unit:
                    counts[line.unit] += 1
        return counts

    def _refuse_too_many_errors(self) -> None:
        if len(self.errors) > MOST_ERRORS:
            first = self.errors[0]
            message = _(
                "More than %(most)s rows are not understood, first line %(line)d: %(reason)s. Is it"
                " another format?"
            )
            names = {"most": grouped(MOST_ERRORS), "line": first.line, "reason": first.message}
            raise ImportFailed(message % names, Hint("format", {"auto": ""}))
