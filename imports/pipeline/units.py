"""Lines that are built together, as soon as the last of them has been read."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from formats.parsing.records import Row

type Lines = list[Row[Any]]


class Units:
    """`sizes` says how many lines each unit has in the file; a line without a unit is one."""

    def __init__(self, sizes: Counter[str]) -> None:
        self._missing = sizes
        self._waiting: dict[str, Lines] = {}

    def complete(self, rows: Iterable[Row[Any]], fresh: Iterable[int]) -> Iterator[Lines]:
        """Without the lines that are not fresh, and without units that have none."""
        for row, wanted in zip(rows, fresh, strict=True):
            if row.unit:
                yield from self._next(row, wanted)
            elif wanted:
                yield [row]

    def _next(self, row: Row[Any], wanted: int) -> Iterator[Lines]:
        if wanted:
            self._waiting.setdefault(row.unit, []).append(row)
        self._missing[row.unit] -= 1
        if not self._missing[row.unit] and row.unit in self._waiting:
            yield self._waiting.pop(row.unit)
