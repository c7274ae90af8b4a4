"""A page of the rows of a checked file, read from where they are in it."""

from dataclasses import dataclass, field, replace
from typing import Any

from formats import Format
from formats.parsing.files import TextFile
from formats.parsing.records import Row, RowError, Skipped
from formats.parsing.tables import Table
from imports.models import Upload
from imports.pipeline.kinds import kind_of
from imports.pipeline.reading import understood
from imports.pipeline.rows import REMARKED, RowIndex, RowState
from imports.uploads.blocks import opened
from imports.uploads.options import import_of

SIZE = 50
# What each filter of the page shows.
FILTERS = {
    "all": range(8),
    "new": (RowState.NEW, RowState.NEW | REMARKED),
    "known": (RowState.KNOWN, RowState.KNOWN | REMARKED),
    "skipped": (RowState.SKIPPED,),
    "wrong": (RowState.WRONG,),
    "remarked": (RowState.NEW | REMARKED, RowState.KNOWN | REMARKED),
}


@dataclass(slots=True)
class ShownRow:
    line: int
    state: RowState
    # Of each column that is used, its title and what stands there.
    cells: list[tuple[str, str]]
    # Where the problem stands, and what it is; or why the row is left out.
    column: str = ""
    reason: str = ""
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RowPage:
    header: list[str]
    rows: list[ShownRow]
    number: int
    pages: int
    count: int


def page_of(upload: Upload, shown: str, number: int) -> RowPage:
    index = RowIndex.unpacked(bytes(upload.rows or b""))
    places = index.having(FILTERS[shown])
    pages = max(1, -(-len(places) // SIZE))
    number = min(max(1, number), pages)
    reader, table = reader_of(upload)
    used = sorted(table.columns.index.values())
    rows = [
        shown_row(reader, table, index, place, used, len(index.states))
        for place in places[(number - 1) * SIZE : number * SIZE]
    ]
    header = [table.columns.header[column] for column in used]
    return RowPage(header, rows, number, pages, len(places))


def reader_of(upload: Upload) -> tuple[Format[Any], Table]:
    """As the check has read it, without reading the file again."""
    found: dict[str, Any] = upload.checked or {}
    file = TextFile(
        upload.file_name,
        opened(upload),
        upload.size,
        upload.sha256,
        found["encoding"],
        found["ends_with_newline"],
    )
    kind = kind_of(found)
    columns = kind.match(found["header"])
    assert columns, "a check has matched this header"
    table = Table(file, found["delimiter"], columns, found["header_line"])
    options = replace(
        import_of(upload).options,
        file_name=upload.file_name,
        owner_address=found["owner_address"],
    )
    return kind(table, options), table


def shown_row(
    reader: Format[Any], table: Table, index: RowIndex, place: int, used: list[int], count: int
) -> ShownRow:
    record = table.record_at(index.bytes[place], index.lines[place], place == count - 1)
    line = understood(reader, table, record)
    titles = table.columns.header
    cells = [(titles[n], record.cells[n] if n < len(record.cells) else "") for n in used]
    row = ShownRow(record.line, RowState(index.states[place] & 3), cells)
    if isinstance(line, RowError):
        row.column, row.reason = line.column, line.message
    elif isinstance(line, Skipped):
        row.reason = line.reason
    elif isinstance(line, Row):
        row.remarks = [str(remark) for remark in line.remarks]
    return row
