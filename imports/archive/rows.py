"""Transactions of an archive, as they were when it was made."""

import io
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from formats.parsing.files import Record, TextFile
from formats.parsing.json_lines import JSON, text_of
from formats.parsing.records import BuiltTransaction, Entry, Options, Row, RowError
from formats.parsing.tables import Table
from formats.readers.own import OwnExport
from imports.archive.fields import Fields
from imports.archive.lines import row_at
from imports.archive.parts import EXPORTED, PARENT, SOURCE_CELLS
from imports.models import SourceLine
from imports.pipeline.copying import NULL, as_json, copy
from imports.pipeline.own import OwnTargets, Wallets
from imports.pipeline.reading import understood
from imports.pipeline.writer import (
    LABEL,
    LINE,
    NEXT_IDS,
    TRANSACTION,
    common_of,
    line_of,
    row_of,
)
from ledgers.models import Ledger
from transactions.models import Transaction, TransactionLabel

CHUNK = 2000  # rows
LISTS = {"labels", "source_lines", "source_families", "source_keys", SOURCE_CELLS}
COLUMNS = (*TRANSACTION, "edited_at", "deleted_at")
AFTER = timedelta(microseconds=1)


@dataclass(slots=True)
class Kept:
    """A row, and what its export does not have: its import, its times, the labels that people gave
    it, and where each of its sources stands: line and cells."""

    row: Row[Entry]
    batch: int | None
    parent: int | None
    created: datetime
    edited: datetime | None
    deleted: datetime | None
    by_people: set[str]
    places: list[tuple[int, list[str]]]


def restore_rows(ledger: Ledger, lines: Iterator[Fields]) -> int:
    """How many. ImportFailed names the line and the field that are wrong."""
    writer, count = RowWriter(ledger), 0
    for some in batched(lines, CHUNK):
        writer.write(some)
        count += len(some)
    return count


def imports_of(ledger: Ledger) -> dict[int, int]:
    """Their keys by their numbers in the archive."""
    return dict(enumerate(ledger.batches.order_by("pk").values_list("pk", flat=True), 1))


def import_named(line: Fields, imports: dict[int, int]) -> int:
    number = line.count("import")
    if number not in imports:
        line.refuse("import", _("there is no import %d in the archive") % number)
    return imports[number]


class RowWriter:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.imports = imports_of(ledger)
        self.rows = array("Q")  # their keys, each in the place of its line
        self.wallets = Wallets(ledger, make=False)
        self.targets = OwnTargets(ledger, self.wallets)
        columns = OwnExport.match(EXPORTED)
        assert columns
        file = TextFile("transactions.jsonl", io.BytesIO(), 0, "", "utf-8", True)
        self.table = Table(file, JSON, columns, 0)
        self.reader = OwnExport(self.table, Options())

    def write(self, lines: tuple[Fields, ...]) -> None:
        kept = [self._kept(line) for line in lines]
        self.wallets.prepare_rows(each.row for each in kept)
        for line, each in zip(lines, kept, strict=True):
            if self.wallets.of(each.row) is None:
                message = _("there is no “%s” in the archive")
                line.refuse("wallet", message % line.text("wallet"))
        self.targets.prepare([BuiltTransaction(each.row.value, [each.row]) for each in kept])
        ids = next_ids(len(kept))
        self.rows.extend(ids)
        for line, each in zip(lines, kept, strict=True):
            each.parent = self._parent(line)
        numbered = list(zip(ids, kept, strict=True))
        copy(Transaction, COLUMNS, "".join(self._row(pk, each) for pk, each in numbered))
        copy(SourceLine, LINE, "".join(self._lines(numbered)))
        copy(TransactionLabel, LABEL, "".join(self._labels(numbered)))

    def _kept(self, line: Fields) -> Kept:
        row = self._read(line)
        return Kept(
            row,
            None if line.values["import"] is None else import_named(line, self.imports),
            None,
            line.moment("created_at"),
            line.optional_moment("edited_at"),
            line.optional_moment("deleted_at"),
            set(line.names("labels_of_people")),
            places(line, len(row.sources)),
        )

    def _parent(self, line: Fields) -> int | None:
        """Of rows that came before it. Versions before 6 do not say which."""
        if line.values.get(PARENT) is None:
            return None
        if line.count(PARENT) >= line.line:
            line.refuse(PARENT, _("it is not a line before this one"))
        return row_at(line, PARENT, self.rows)

    def _read(self, line: Fields) -> Row[Entry]:
        line.flag("hidden")
        for name in EXPORTED:
            if name not in LISTS and name != "hidden":
                line.text(name)
        cells = [text_of(line.values[name]) for name in EXPORTED]
        found = understood(self.reader, self.table, Record(line.line, cells))
        if isinstance(found, RowError):
            line.refuse(found.column, found.message)
        assert isinstance(found, Row), "no line of an archive is empty"
        if not found.sources:
            line.refuse("source_keys", _("it is empty"))
        return found

    def _row(self, pk: int, each: Kept) -> str:
        written = each.row.value.written
        assert written
        wallet, contact = (
            self.targets.wallet_at(each.row.wallet),
            self.targets.contact(written.contact),
        )
        common = common_of(
            self.ledger.pk, wallet, each.batch, written.hidden, contact, each.created
        )
        row = row_of(pk, each.parent, common, each.row.value, self.targets).removesuffix("\n")
        return f"{row}\t{each.edited or NULL}\t{each.deleted or NULL}\n"

    def _lines(self, numbered: list[tuple[int, Kept]]) -> Iterator[str]:
        for pk, each in numbered:
            place = f"{self.ledger.pk}\t{self.targets.wallet_at(each.row.wallet)}\t{pk}"
            for source, (line, cells) in zip(each.row.sources, each.places, strict=True):
                yield line_of(place, source.family, source.key, line, as_json(cells))

    def _labels(self, numbered: list[tuple[int, Kept]]) -> Iterator[str]:
        """What people gave a row came after it: by that it is known to be theirs."""
        for pk, each in numbered:
            labels = {self.targets.label(name): name for name in each.row.value.labels}
            for label, name in labels.items():
                added = each.created + (AFTER if name in each.by_people else AFTER * 0)
                yield f"{self.ledger.pk}\t{pk}\t{label}\t{added}\n"


def places(line: Fields, count: int) -> list[tuple[int, list[str]]]:
    """Of each source, its line and its cells; line 0 of what stood in no file."""
    numbers, cells = line.json("source_lines", list), line.json(SOURCE_CELLS, list)
    if not all(isinstance(number, int) and 0 < number < 1 << 31 for number in numbers):
        line.refuse("source_lines", _("these are no numbers of lines"))
    if len(numbers) not in (0, count):
        line.refuse("source_lines", _("there is not one line for each key"))
    if len(cells) != len(numbers) or not all(map(is_row, cells)):
        line.refuse(SOURCE_CELLS, _("there are not the cells of each line"))
    return list(zip(numbers, cells, strict=True)) or [(0, [])] * count


def is_row(cells: Any) -> bool:
    return isinstance(cells, list) and all(isinstance(cell, str) for cell in cells)


def next_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(NEXT_IDS, [Transaction._meta.db_table, count])
        return [pk for (pk,) in cursor.fetchall()]
