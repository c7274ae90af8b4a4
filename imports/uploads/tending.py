"""What no job does by itself: jobs of workers that are gone, files that nobody confirmed, sessions
that are over."""

from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_noop as _  # translated where it is shown
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from imports.models import ImportBatch, Upload
from imports.pipeline.undo import forget
from ledgers.models import Session
from rules.models import Run

SILENT = 15.0  # seconds without a heartbeat after which a worker is taken for gone
SESSIONS = 100  # at a time: of more, all open pages would be told that theirs may be over
TENDED = 7_461  # the advisory lock of whoever tends
State = Upload.State


def tend() -> None:
    """By any worker, by one at a time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TENDED])
        if cursor.fetchone() == (True,):
            resume()
            give_up()
            forget()
            # Not what waits for a worker, or is with one: see give_up().
            expired = Upload.objects.filter(expires_at__lt=timezone.now())
            expired.exclude(state__in=Upload.ACTIVE).delete()
            over = Session.objects.filter(expire_date__lt=timezone.now())[:SESSIONS]
            Session.objects.filter(pk__in=over.values("pk")).delete()


def resume() -> None:
    """Jobs of workers that are gone are to be done again."""
    stalled = async_to_sync(app.job_manager.get_stalled_jobs)(seconds_since_heartbeat=SILENT)
    for job in stalled:
        assert job.id
        app.job_manager.retry_job_by_id(job.id, retry_at=timezone.now())


def give_up() -> None:
    """A job that is over and has not said what became of its upload or import has failed."""
    to_come = ProcrastinateJob.objects.filter(status__in=["todo", "doing"], pk=OuterRef("job"))
    text = _("The work on this file ended without a result; the program’s log may say why.")
    active = Upload.objects.filter(state__in=Upload.ACTIVE, job__isnull=False)
    active.filter(~Exists(to_come)).update(state=State.FAILED, problem=text)
    text = _(
        "The undoing ended without a result, and nothing was changed;"
        " the program’s log may say why."
    )
    undone = ImportBatch.objects.filter(job__isnull=False)
    undone.filter(~Exists(to_come)).update(job=None, problem=text)
    text = _(
        "The work ended without a result, and nothing was changed; the program’s log may say why."
    )
    runs = Run.objects.filter(state__in=Run.ACTIVE, job__isnull=False)
    runs.filter(~Exists(to_come)).update(state=Run.State.FAILED, problem=text)
