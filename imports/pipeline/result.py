from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any

from formats.parsing.records import Remark, RowError, Skipped
from imports.pipeline.report import KINDS, OneByOne, Said


@dataclass(slots=True)
class ImportResult:
    """What became of a file. Every data line is imported, a duplicate, skipped or an error."""

    file: str
    format: str | None = None
    lines: int = 0
    imported: int = 0
    duplicates: int = 0
    # Each in the order of the lines.
    skipped: Collection[Skipped] = ()
    errors: Collection[RowError] = ()
    remarks: Collection[Remark] = ()
    transactions: int = 0
    restored: int = 0
    batch: int | None = None

    def as_json(self) -> dict[str, Any]:
        """What it has many of is made one by one, as it is written."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        lists = ((name, getattr(self, name)) for name in KINDS)
        return values | {
            name: OneByOne(len(some), partial(map, asdict, some)) for name, some in lists
        }

    def said(self) -> dict[str, Iterator[Said]]:
        return {name: map(asdict, getattr(self, name)) for name in KINDS}
