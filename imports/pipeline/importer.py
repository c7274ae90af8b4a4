"""A file into a wallet: the one way for the command, the web page and the tests."""

import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from time import monotonic
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Wallet
from imports.formats import Format
from imports.models import ImportBatch
from imports.parsing.files import copy_of
from imports.parsing.records import Hint, ImportFailed, Options, Skipped
from imports.pipeline.checking import Checked, Progress
from imports.pipeline.detection import detect
from imports.pipeline.result import ImportResult
from imports.pipeline.undo import coming_back
from imports.pipeline.writer import Writer, lines_of
from ledgers.models import Ledger, User
from transactions.actions.deleting import restore

READ = 0.3  # of the time, roughly; the rest is writing


def no_progress(fraction: float) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Import:
    """Where files go, and how they are read."""

    ledger: Ledger
    wallet: str
    create_wallet: bool = False
    format: str = "auto"
    options: Options = field(default_factory=Options)
    skip_bad: bool = False
    # Rows that a person has deleted come back with their lines.
    restore_deleted: bool = False
    dry_run: bool = False
    user: User | None = None
    way: ImportBatch.Way = ImportBatch.Way.COMMAND
    # What a check has shown: which rows are new. Import these or none.
    expected: str = ""


class LedgerChanged(Exception):
    """Other rows are new than those that were shown."""


def nothing_more(result: ImportResult) -> None:
    pass


def import_file(
    job: Import,
    source: IO[bytes],
    name: str,
    progress: Progress = no_progress,
    done: Callable[[ImportResult], None] = nothing_more,
) -> ImportResult:
    """All of the file or nothing. ImportFailed if it cannot be used; a file with bad rows that
    may not be left out is refused, and the result says why. `done` is called inside the
    transaction, at its end."""
    began = monotonic()
    with closing(copy_of(name, source)) as file:
        kind, table = detect(file, job.format)
        reader: Format[Any] = kind(table, replace(job.options, file_name=name))
        checked = Checked(reader, table, lambda fraction: progress(READ * fraction))
        if checked.errors and not job.skip_bad:
            return refused(checked)
        with transaction.atomic():
            result = write(job, checked, progress)
            finish(result, monotonic() - began)
            done(result)
            transaction.set_rollback(job.dry_run)
    if job.dry_run:
        result.batch = None
    return result


def finish(result: ImportResult, seconds: float) -> None:
    if result.batch:
        named: dict[str, list[Any]] = {
            "skipped": result.skipped,
            "errors": result.errors,
            "remarks": result.remarks,
        }
        report = {name: [asdict(each) for each in some] for name, some in named.items() if some}
        of_batch = ImportBatch.objects.filter(pk=result.batch)
        of_batch.update(transactions=result.transactions, seconds=seconds, report=report)


def refused(checked: Checked) -> ImportResult:
    result = result_of(checked)
    reason = _("not imported, because the file has bad rows")
    left = (Skipped(line, reason) for line in checked.at)
    result.skipped = sorted([*checked.skipped, *left], key=lambda skipped: skipped.line)
    return result


def result_of(checked: Checked) -> ImportResult:
    return ImportResult(
        checked.table.file.name,
        checked.reader.name,
        lines=checked.lines,
        skipped=checked.skipped,
        errors=checked.errors,
        remarks=checked.remarks,
    )


def write(job: Import, checked: Checked, progress: Progress) -> ImportResult:
    wallet = locked_wallet(job, checked.reader)
    lines = lines_of(wallet, checked.reader.family, checked.keys())
    fresh = lines.fresh
    if job.expected and job.expected != fingerprint(fresh):
        raise LedgerChanged
    result = result_of(checked)
    result.imported = sum(fresh)
    result.duplicates = len(fresh) - result.imported
    if not result.lines:
        return result
    batch = new_batch(job, wallet, checked, result)
    batch.known_lines = zlib.compress(lines.known.tobytes(), 1) if lines.known else None
    batch.save(update_fields=["known_lines"])
    writer = Writer(batch, checked.reader.family)
    share = (1 - READ) / max(1, result.imported)
    built = checked.build(fresh)
    with coming_back(wallet, checked.reader.family, lines.back):
        result.transactions = writer.write(built, lambda done: progress(READ + share * done))
    if job.restore_deleted:
        rows = job.ledger.transactions.filter(pk__in=lines.deleted)
        result.restored = restore(rows, job.user)
    result.batch = batch.pk
    return result


def fingerprint(fresh: bytearray) -> str:
    """Of which rows are new."""
    return sha256(fresh).hexdigest()


def locked_wallet(job: Import, reader: Format[Any]) -> Wallet:
    """One import per ledger at a time, so that two of one file cannot both find it new, and none
    waits for an asset of another that waits for one of its own. Reading and editing go on."""
    Ledger.objects.select_for_update(no_key=True).get(pk=job.ledger.pk)
    try:
        return find_wallet(job.ledger, job.wallet)
    except ImportFailed:
        if not job.create_wallet:
            raise
    wallet = Wallet(ledger=job.ledger, name=job.wallet.strip(), kind=reader.wallet_kind)
    try:
        wallet.full_clean()
    except ValidationError as error:
        raise ImportFailed(" ".join(error.messages), Hint("wallet", {"NAME": ""})) from None
    wallet.save()
    return wallet


def find_wallet(ledger: Ledger, name: str) -> Wallet:
    wallet = ledger.wallets.select_related("ledger").filter(name__iexact=name.strip()).first()
    if wallet is None:
        message = _("There is no wallet “%(name)s” in “%(ledger)s”.")
        names = dict.fromkeys(ledger.wallets.values_list("name", flat=True), "")
        hints = [Hint("create_wallet"), *([Hint("wallet", names)] if names else [])]
        raise ImportFailed(message % {"name": name, "ledger": ledger.slug}, *hints)
    return wallet


def new_batch(job: Import, wallet: Wallet, checked: Checked, result: ImportResult) -> ImportBatch:
    table = checked.table
    return ImportBatch.objects.create(
        ledger=job.ledger,
        wallet=wallet,
        file_name=table.file.name,
        sha256=table.file.sha256,
        size=table.file.size,
        way=job.way,
        format=checked.reader.name,
        header=table.columns.header,
        imported_by=job.user,
        lines=result.lines,
        imported=result.imported,
        duplicates=result.duplicates,
        skipped=len(result.skipped),
        errors=len(result.errors),
        transactions=0,
    )
