"""An uploaded file whose columns are to be mapped: its first rows, and what they would become."""

import codecs
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from formats import Format
from formats.detection import table_of
from formats.mapping import Mapping
from formats.parsing.files import TextFile, copy_of
from formats.parsing.records import Entry, Part, Row, RowError, Skipped
from formats.parsing.values import plain
from imports.models import Upload
from imports.pipeline.kinds import by_mapping
from imports.pipeline.reading import Line, understood
from imports.uploads.blocks import opened
from imports.uploads.options import import_of
from transactions.models import TransactionType
from txproject.localized import number

BEGINNING = 1 << 20  # bytes that are looked at
ROWS = 2000
SHOWN = 10
MOST_WORDS = 40
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(slots=True)
class PreviewRow:
    """A transaction that some lines would become, or why a line becomes none."""

    lines: list[int]
    entry: Entry | None = None
    amounts: dict[str, str] = field(default_factory=dict)
    column: str = ""
    reason: str = ""
    skipped: bool = False
    remarks: list[str] = field(default_factory=list)

    @property
    def type(self) -> str:
        return str(TransactionType(self.entry.type).label) if self.entry else ""

    @property
    def words(self) -> str:
        """Labels and note."""
        return ", ".join(filter(None, [*self.entry.labels, self.entry.note])) if self.entry else ""


class Sample:
    """The first rows of a file, under what looks like its header. ImportFailed if it has none."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        self.file = beginning_of(upload)
        self.table = table_of(self.file)
        records = islice(self.table.records(), ROWS)
        self.rows = [record.cells for record in records if not record.problem]

    @property
    def header(self) -> list[str]:
        return self.table.columns.header

    def words(self, title: str) -> list[str]:
        """What stands in a column, each once."""
        place = self.table.columns.index.get(title, len(self.header))
        cells = (row[place].strip() for row in self.rows if place < len(row))
        return list(islice(dict.fromkeys(filter(None, cells)), MOST_WORDS))

    def preview(self, mapping: Mapping) -> list[PreviewRow]:
        kind, table = by_mapping(self.file, replace(mapping, header=()))
        reader = kind(table, import_of(self.upload).options)
        records = islice(table.records(), ROWS)
        rows = shown(reader, [understood(reader, table, record) for record in records])
        return sorted(rows, key=lambda row: row.lines)[:SHOWN]


def beginning_of(upload: Upload) -> TextFile:
    """Up to the end of a line."""
    content = opened(upload).read(BEGINNING)
    if upload.size > BEGINNING and not content.startswith(UTF_16):
        content = content[: content.rfind(b"\n") + 1] or content
    return copy_of(upload.file_name, io.BytesIO(content))


def shown(reader: Format[Any], lines: list[Line]) -> Iterator[PreviewRow]:
    units: defaultdict[str | int, list[Row[Any]]] = defaultdict(list)
    for line in lines:
        if isinstance(line, Row):
            units[line.unit or line.line].append(line)
        elif isinstance(line, RowError):
            yield PreviewRow([line.line], column=line.column, reason=line.message)
        elif isinstance(line, Skipped):
            yield PreviewRow([line.line], reason=line.reason, skipped=True)
    for rows in units.values():
        for built in reader.build(rows):
            yield transaction_row(built.entry, built.rows or rows)


def transaction_row(entry: Entry, rows: list[Row[Any]]) -> PreviewRow:
    amounts = {side: amount(getattr(entry, side)) for side in ("sent", "received", "fee")}
    if entry.value:
        amounts["value"] = f"{number(plain(entry.value.amount))} {entry.value.currency}"
    remarks = [str(remark) for row in rows for remark in row.remarks]
    return PreviewRow([row.line for row in rows], entry, amounts, remarks=remarks)


def amount(part: Part | None) -> str:
    return f"{number(plain(part.amount))} {part.asset.symbol}" if part else ""
