"""A file into a wallet: the one way for the command, the web page and the tests."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from heapq import merge
from operator import attrgetter
from time import monotonic
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Wallet
from formats import Format
from formats.mapping import Mapping
from formats.parsing.files import TextFile, copy_of
from formats.parsing.records import Hint, ImportFailed, Options, Remark, Skipped
from imports.models import ImportBatch
from imports.pipeline.again import is_known, reading
from imports.pipeline.background import Background
from imports.pipeline.checking import BadRows, Checked, Progress, no_progress
from imports.pipeline.confirmed import Keys, LedgerChanged, ShownWallets
from imports.pipeline.deflated import Deflated
from imports.pipeline.kinds import detected
from imports.pipeline.known import KnownLines, packed
from imports.pipeline.own import KnownRows, OneOf, OwnTargets, Wallets
from imports.pipeline.report import by_line
from imports.pipeline.result import ImportResult
from imports.pipeline.stream import fresh_transactions
from imports.pipeline.targets import Targets
from imports.pipeline.undo import ComingBack
from imports.pipeline.writer import Writer
from ledgers.models import Ledger, User
from live.writers import Way, writing
from rules.actions import apply_to_import
from transactions.actions.deleting import restore

BY_LINE = attrgetter("line")
COUNTS = ("lines", "imported", "duplicates", "skipped", "errors", "transactions")


@dataclass(frozen=True, slots=True)
class Import:
    """Where files go, and how they are read."""

    ledger: Ledger
    wallet: str  # "" for a file whose rows name their wallets
    create_wallet: bool = False
    format: str = "auto"
    # In place of a format: how this very file is read.
    mapping: Mapping | None = None
    options: Options = field(default_factory=Options)
    skip_bad: bool = False
    # Rows that a person has deleted come back with their lines.
    restore_deleted: bool = False
    dry_run: bool = False
    user: User | None = None
    way: ImportBatch.Way = ImportBatch.Way.COMMAND
    # What a check has shown: which rows are new, and the wallets that they name. Import these or
    # none.
    expected: str = ""
    wallets: Keys | None = None


# Told at the end of the transaction what came of the file, and the copy that was read.
type Done = Callable[[ImportResult, TextFile], None]


def nothing_more(result: ImportResult, file: TextFile) -> None:
    pass


def import_file(
    job: Import,
    source: IO[bytes],
    name: str,
    progress: Progress = no_progress,
    done: Done = nothing_more,
) -> ImportResult:
    """All of the file or nothing. ImportFailed if it cannot be used; a file with bad rows that
    may not be left out is refused, and the result says why."""
    began = monotonic()
    with closing(copy_of(name, source)) as file:
        kind, table = detected(file, job.ledger, job.format, job.mapping)
        reader: Format[Any] = kind(table, replace(job.options, file_name=name))
        checked = Checked(reader, table, progress, job.skip_bad)
        try:
            with transaction.atomic(), writing(Way.IMPORT, job.user):
                result = write(job, checked)
                finish(result, monotonic() - began)
                done(result, file)
                transaction.set_rollback(job.dry_run)
        except BadRows:
            return refused(checked)
    progress(1)
    if job.dry_run:
        result.batch = None
    return result


def finish(result: ImportResult, seconds: float) -> None:
    if result.batch:
        report, remarks = by_line(result.said()), len(result.remarks)
        of_batch = ImportBatch.objects.filter(pk=result.batch)
        of_batch.update(seconds=seconds, report=report, remarks=remarks)


def refused(checked: Checked) -> ImportResult:
    """All that is wrong with the file, of which nothing has been written."""
    checked.read_on()
    result = result_of(checked)
    reason = _("not imported, because the file has bad rows")
    left = (Skipped(line, reason) for line in checked.understood)
    result.skipped = Deflated(Skipped, merge(checked.skipped, left, key=BY_LINE))
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


def write(job: Import, checked: Checked) -> ImportResult:
    """What is read is written at once, and rolled back by whatever shows that it may not stay."""
    returning = ComingBack()
    wallet, lines, targets = destination(job, checked.reader, returning)
    batch = new_batch(job, wallet, checked)
    again = isinstance(lines, KnownLines) and is_known(checked, lines, batch)
    transactions = 0 if again else read_and_write(checked, batch, lines, targets)
    if job.expected and job.expected != fingerprint(lines.fresh):
        raise LedgerChanged
    returning.hand_over(batch, lines.known)
    result = result_of(checked)
    if targets.remarks:
        said = merge(checked.remarks, sorted(targets.remarks, key=BY_LINE), key=BY_LINE)
        result.remarks = Deflated(Remark, said)
        batch.reading = ""  # what was said of new rows
    result.imported = sum(lines.fresh)
    result.duplicates = len(lines.fresh) - result.imported
    result.transactions = transactions
    if not result.lines:
        batch.delete()
        return result
    if wallet is None and len(lines.used) == 1:
        batch.wallet_id = min(lines.used)
    count(batch, result, lines)
    if job.restore_deleted:
        rows = job.ledger.transactions.filter(pk__in=lines.deleted)
        result.restored = restore(rows, job.user)
    if transactions:
        apply_to_import(job.ledger, batch, job.user)
    result.batch = batch.pk
    return result


def read_and_write(
    checked: Checked, batch: ImportBatch, lines: KnownLines | KnownRows, targets: Targets
) -> int:
    """The number of transactions."""
    with Background() as database:
        writer = Writer(batch, checked.reader.family, targets, database)
        return writer.write(fresh_transactions(checked, partial(database.ask, lines.look_up)))


def destination(
    job: Import, reader: Format[Any], returning: ComingBack
) -> tuple[Wallet | None, KnownLines | KnownRows, Targets]:
    """The wallet, or none for rows that name theirs, with what it has and what they point at.

    One import per ledger at a time, so that two of one file cannot both find it new, and none
    waits for an asset of another that waits for one of its own. Reading and editing go on."""
    Ledger.objects.select_for_update(no_key=True).get(pk=job.ledger.pk)
    if reader.names_wallets:
        refuse_wallet(job)
        wallets = wallets_for(job)
        known = KnownRows(job.ledger, reader.family, wallets, returning.make_room)
        return None, known, OwnTargets(job.ledger, wallets)
    wallet = wallet_for(job, reader)
    if reader.shares_lines:
        known = KnownRows(job.ledger, reader.family, OneOf(wallet), returning.make_room)
        return wallet, known, Targets(job.ledger, wallet)
    lines = KnownLines(wallet, reader.family, returning.make_room)
    return wallet, lines, Targets(job.ledger, wallet)


def wallets_for(job: Import) -> Wallets:
    if job.wallets is None:
        return Wallets(job.ledger, make=True)
    return ShownWallets(job.ledger, job.wallets)


def refuse_wallet(job: Import) -> None:
    if job.wallet.strip():
        text = _("The rows of this file name their wallets: leave out the wallet “%(name)s”.")
        raise ImportFailed(text % {"name": job.wallet.strip()})


def count(batch: ImportBatch, result: ImportResult, lines: KnownLines | KnownRows) -> None:
    batch.known_lines = packed(lines.known)
    batch.lines = result.lines
    batch.imported, batch.duplicates = result.imported, result.duplicates
    batch.skipped, batch.errors = len(result.skipped), len(result.errors)
    batch.transactions = result.transactions
    batch.save(update_fields=["wallet", "known_lines", "reading", *COUNTS])


def fingerprint(fresh: bytearray) -> str:
    """Of which rows are new."""
    return sha256(fresh).hexdigest()


def wallet_for(job: Import, reader: Format[Any]) -> Wallet:
    if not job.wallet.strip():
        names = dict.fromkeys(job.ledger.wallets.values_list("name", flat=True), "")
        text = _("This file does not say which wallet it is of.")
        raise ImportFailed(text, Hint("wallet", names or {"NAME": ""}))
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


def new_batch(job: Import, wallet: Wallet | None, checked: Checked) -> ImportBatch:
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
        reading=reading(checked),
        imported_by=job.user,
        **dict.fromkeys(COUNTS, 0),
    )
