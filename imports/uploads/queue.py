"""Work for the workers: what is asked for commits together with what it is about."""

from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from procrastinate.contrib.django import app

from imports.models import ImportBatch, Upload
from ledgers.models import User

State = Upload.State


def queue(upload: Upload, task: Any, state: State = State.WAITING, by: User | None = None) -> bool:
    """The job of a new revision, which `by` has asked for; what an older one is at ends without a
    result. False, and nothing is done, if somebody else has made another revision meanwhile.

    What it has to say is in the language that is spoken now.
    """
    with transaction.atomic():
        seen = Upload.objects.select_for_update().filter(pk=upload.pk, revision=upload.revision)
        if seen.first() is None:
            return False
        abort(upload)
        upload.revision += 1
        upload.state, upload.fraction, upload.began_at = state, 0, None
        who = by.pk if by else None
        of = {"upload": upload.pk, "revision": upload.revision}
        upload.job = task.defer(**of, by=who, language=get_language())
        upload.save(update_fields=["options", "revision", "state", "fraction", "began_at", "job"])
    return True


def queue_undo(batch: ImportBatch, task: Any, by: User, **options: Any) -> None:
    """The job that takes its rows out or brings them back, unless there is one already."""
    with transaction.atomic():
        row = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if row.job is None:
            job = task.defer(batch=batch.pk, by=by.pk, **options)
            ImportBatch.objects.filter(pk=batch.pk).update(job=job, problem="", fraction=0)


def cancel(upload: Upload) -> bool:
    """Whether there was something to cancel. Nothing of it is written then."""
    with transaction.atomic():
        active = Upload.objects.filter(pk=upload.pk, state__in=Upload.ACTIVE)
        cancelled = bool(active.update(state=State.CANCELLED))
        if cancelled:
            abort(upload)
    return cancelled


def abort(upload: Upload) -> None:
    if upload.job:
        app.job_manager.cancel_job_by_id(upload.job, abort=True)
