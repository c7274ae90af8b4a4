"""A file into the address book: the one way for the command, the web page and the tests."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.files.labels import Labeller
from contacts.files.merging import Merger, Outcome
from contacts.files.readers import BOOKS, BookEntry, HashLabel, RotkiAccounts
from formats import Format
from formats.detection import detect
from formats.parsing.files import copy_of
from formats.parsing.records import ImportFailed, Options, Remark, Row, RowError, Skipped
from formats.parsing.tables import Table
from imports.pipeline.checking import Progress, no_progress
from imports.pipeline.reading import read
from ledgers.models import Ledger, User
from live.writers import Way, writing


@dataclass(frozen=True, slots=True)
class BookImport:
    """`own` says whether the file may make wallets; `tell` hears what becomes of each line."""

    ledger: Ledger
    format: str = "auto"
    own: bool = True
    skip_bad: bool = False
    dry_run: bool = False
    user: User | None = None
    tell: Callable[[Row[Any], Outcome], None] = lambda row, outcome: None


@dataclass(slots=True)
class BookResult:
    """What became of a file. Every data line is imported, a duplicate, skipped or an error."""

    file: str
    format: str | None = None
    lines: int = 0
    imported: int = 0
    duplicates: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    contacts: int = 0
    wallets: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def import_book(
    job: BookImport, source: IO[bytes], name: str, progress: Progress = no_progress
) -> BookResult:
    """All of the file or nothing, but for lines that somebody's own words stand against: these
    are left out, with their reason. ImportFailed if the file cannot be used."""
    with closing(copy_of(name, source)) as file:
        kind, table = detect(file, job.format, BOOKS)
        if kind is RotkiAccounts and not job.own:
            raise ImportFailed(
                _(
                    "Own accounts become wallets, which takes the role of an editor: ask an editor"
                    " of this ledger to import them."
                )
            )
        result = BookResult(name, kind.name)
        rows = understood(kind(table, Options()), table, result)
        if result.errors and not job.skip_bad:
            return refused(result, rows)
        with transaction.atomic(), writing(Way.BOOK, job.user):
            enter(job, rows, result, progress)
            transaction.set_rollback(job.dry_run)
    result.skipped.sort(key=lambda skipped: skipped.line)
    result.remarks.sort(key=lambda remark: remark.line)
    return result


def understood(reader: Format[Any], table: Table, result: BookResult) -> list[Row[Any]]:
    rows = []
    for line in read(reader, table):
        result.lines += 1
        if isinstance(line, Row):
            rows.append(line)
            result.remarks += line.remarks
        elif isinstance(line, Skipped):
            result.skipped.append(line)
        else:
            result.errors.append(line)
    return rows


def refused(result: BookResult, rows: list[Row[Any]]) -> BookResult:
    reason = _("not imported, because the file has bad rows")
    result.skipped += [Skipped(row.line, reason) for row in rows]
    result.skipped.sort(key=lambda skipped: skipped.line)
    return result


def enter(job: BookImport, rows: list[Row[Any]], result: BookResult, progress: Progress) -> None:
    merger, labeller = Merger(job.ledger, job.user), Labeller(job.ledger, job.user)
    values = [row.value for row in rows]
    merger.prepare(each for each in values if isinstance(each, BookEntry))
    labeller.prepare(each.hash for each in values if isinstance(each, HashLabel))
    for n, row in enumerate(rows, start=1):
        value = row.value
        is_label = isinstance(value, HashLabel)
        outcome, reason = labeller.file(value) if is_label else merger.file(value)
        if outcome is Outcome.NEW:
            result.imported += 1
        elif outcome is Outcome.KNOWN:
            result.duplicates += 1
        else:
            result.skipped.append(Skipped(row.line, reason))
        if reason and outcome is not Outcome.AGAINST:
            result.remarks.append(Remark(row.line, "", value.note, "", reason))
        job.tell(row, outcome)
        progress(n / len(rows))
    result.contacts, result.wallets = merger.contacts.made, merger.wallets.made
