"""What a worker does with uploaded files and with imports. A job that is done twice does nothing
the second time: each step begins from the state that the database has."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import JobAborted

from formats.parsing.files import TextFile
from formats.parsing.records import ImportFailed
from imports.archive import fill
from imports.archive import opened as archived
from imports.models import ImportBatch, Upload
from imports.pipeline.confirmed import LedgerChanged, gone
from imports.pipeline.importer import import_file
from imports.pipeline.preview import preview_file
from imports.pipeline.result import ImportResult
from imports.pipeline.undo import redo, undo
from imports.uploads.archives import is_archive, unpacked
from imports.uploads.blocks import opened
from imports.uploads.options import import_of
from imports.uploads.queue import queue
from ledgers.models import Ledger, User
from live.jobs import AGAIN, Reporter
from live.writers import Way, writing

QUEUE = "imports"
State = Upload.State
logger = logging.getLogger(__name__)


class Superseded(Exception):
    """The upload was cancelled, or its options were changed, while it was worked on."""


@contextmanager
def working(upload: Upload, context: JobContext, of: State, during: State) -> Iterator[Reporter]:
    """Says that it is under way; afterwards, if it failed, why. The error itself goes on, to the
    log and to the queue, which knows whether to try again."""
    mine = Upload.objects.filter(pk=upload.pk, revision=upload.revision)
    began = {"state": during, "began_at": timezone.now(), "fraction": 0, "problem": ""}
    if not mine.filter(state__in=[of, during]).update(**began):
        raise Superseded
    report = Reporter(upload, context)
    try:
        yield report
    except (JobAborted, Superseded, OperationalError, InterfaceError):
        raise
    except Exception:
        text = _("This is a fault of the program, and is in its log. Nothing was imported.")
        mine.filter(state=during).update(state=State.FAILED, problem=text)
        raise
    finally:
        report.connection.close()


def step(work: Callable[[Upload, JobContext], None]) -> Any:
    """A task about one upload, of the revision that it was asked for."""

    def run(
        context: JobContext,
        upload: int,
        revision: int,
        by: int | None = None,
        language: str | None = None,
    ) -> None:
        row = Upload.objects.select_related("ledger", "uploaded_by").filter(pk=upload).first()
        if row is None or row.revision != revision:
            return
        try:
            with translation.override(language):
                work(row, context)
        except Superseded:
            logger.info("Upload %d was cancelled or changed meanwhile", upload)

    name = f"imports.{work.__name__}"
    return app.task(name=name, queue=QUEUE, pass_context=True, retry=AGAIN)(run)


def asked_by(context: JobContext) -> User | None:
    key: Any = context.job.task_kwargs.get("by")
    return User.objects.filter(pk=key).first()


@step
def check(upload: Upload, context: JobContext) -> None:
    with working(upload, context, State.WAITING, State.CHECKING) as report:
        checking = Upload.objects.filter(
            pk=upload.pk, revision=upload.revision, state=State.CHECKING
        )
        values: dict[str, Any]
        try:
            if is_archive(upload):
                unpack(upload, checking, report)
                return
            preview = preview_file(import_of(upload), opened(upload), upload.file_name, report)
            preview.found |= changed_since(upload, preview.found)
            values = {"state": State.CHECKED, "checked": preview.found, "rows": preview.rows}
        except ImportFailed as error:
            hints = [hint._asdict() for hint in error.hints]
            values = {"state": State.REFUSED, "problem": str(error), "checked": {"hints": hints}}
        checking.update(**values, fraction=1)


def changed_since(upload: Upload, found: dict[str, Any]) -> dict[str, Any]:
    """The counts that were shown before, if the same options find others now, and the wallets that
    have another name since."""
    last = upload.checked or {}
    same = last.get("options") == upload.options
    changed = same and last.get("fingerprint") != found["fingerprint"]
    before = {name: last[name] for name in ("new", "known")} if changed else None
    renamed = gone(last.get("wallet_keys", {}), found.get("wallet_keys", {})) if same else []
    return {"options": upload.options, "before": before, "gone": renamed}


def unpack(upload: Upload, checking: QuerySet[Upload], report: Reporter) -> None:
    """Each file of an archive becomes an upload of its own. Of the archive, its name is kept for a
    day, for whoever has its page open. Nothing, if it is not being checked any more."""
    with transaction.atomic():
        for member in unpacked(upload, report):
            queue(member, check)
        upload.blocks.all().delete()
        if not checking.update(state=State.UNPACKED):
            raise Superseded


@step
def write(upload: Upload, context: JobContext) -> None:
    with working(upload, context, State.QUEUED, State.IMPORTING) as report:
        importing = Upload.objects.filter(pk=upload.pk, state=State.IMPORTING)

        def done(result: ImportResult, _file: TextFile) -> None:
            over = {"state": State.IMPORTED, "batch": result.batch, "fraction": 1, "rows": None}
            if not importing.update(**over, expires_at=None):
                raise Superseded
            if not Ledger.objects.get(pk=upload.ledger_id).keeps_files:
                upload.blocks.all().delete()

        job = import_of(upload, confirmed=True, by=asked_by(context))
        try:
            result = import_file(job, opened(upload), upload.file_name, report, done)
            if result.errors and not job.skip_bad:
                raise LedgerChanged
        except ImportFailed as error:
            importing.update(state=State.REFUSED, problem=str(error))
        except LedgerChanged:  # what would be imported now has not been shown yet
            if not importing.exists():
                raise Superseded from None
            queue(upload, check)


@step
def restore_archive(upload: Upload, context: JobContext) -> None:
    """Into its ledger, which is empty until all of it is there."""
    with working(upload, context, State.QUEUED, State.IMPORTING) as report:
        importing = Upload.objects.filter(pk=upload.pk, state=State.IMPORTING)
        try:
            told = writing(Way.IMPORT)
            with archived(opened(upload), None) as archive, transaction.atomic(), told:
                fill(upload.ledger, archive, report)
                upload.blocks.all().delete()
                if not importing.update(state=State.UNPACKED, fraction=1):
                    raise Superseded
        except ImportFailed as error:
            importing.update(state=State.REFUSED, problem=str(error))


@app.task(name="imports.take_out", queue=QUEUE, pass_context=True, retry=AGAIN)
def take_out(context: JobContext, batch: int, by: int, keep: bool) -> None:
    """An import of so many rows that nobody would wait for the page."""
    for row, report in undoing(batch, context):
        undo(row, User.objects.filter(pk=by).first(), keep, report)


@app.task(name="imports.bring_back", queue=QUEUE, pass_context=True, retry=AGAIN)
def bring_back(context: JobContext, batch: int, by: int) -> None:
    for row, report in undoing(batch, context):
        redo(row, User.objects.filter(pk=by).first(), report)


def undoing(batch: int, context: JobContext) -> Iterator[tuple[ImportBatch, Reporter]]:
    """The import, if it is still there."""
    found = ImportBatch.objects.filter(pk=batch)
    found.update(fraction=0, began_at=timezone.now())
    for row in found:
        report = Reporter(row, context)
        try:
            yield row, report
        finally:
            report.connection.close()
