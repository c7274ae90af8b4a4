"""What keeps a site going beside its pages: workers and their jobs, tables, mail, clocks, room."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any

from django.conf import settings
from django.core.mail import mailers
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from live.findings import Finding, rows
from watch.database import LONG, connected, is_fresh, longest, missing, silence, waiting

SKEW = 2  # seconds
ROOM = 2_000  # MB: an import of a large file, and what PostgreSQL writes for it
NEAR = {"", "localhost", "127.0.0.1", "::1"}

FAILED = """
    SELECT count(DISTINCT job.id) FROM procrastinate_jobs AS job
    JOIN procrastinate_events AS event ON job_id = job.id
    WHERE status = 'failed' AND type = 'failed' AND at > now() - interval '1 day'
"""
LEFT_ALONE = """
    SELECT count(*) FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = worker_id
    WHERE status = 'doing' AND coalesce(last_heartbeat < now() - interval '60 s', true)
"""


def worker(**_options: Any) -> Iterator[Finding]:
    with connection.wrap_database_errors, connected() as asked:
        seconds = silence(asked)
    seen = _("there is none") if seconds is None else _("its heart beat %d s ago") % seconds
    remedy = _("Uploaded files wait for one: ./dev run has one, ./dev manage run_worker is one.")
    yield Finding(_("worker"), is_fresh(seconds), seen, remedy)


def jobs(**_options: Any) -> Iterator[Finding]:
    with connection.wrap_database_errors, connected() as asked:
        waits, hours = waiting(asked), int(longest(asked) // LONG)
    ((failed,),), ((alone,),) = rows(FAILED), rows(LEFT_ALONE)
    kinds = (
        (
            failed,
            _("failed within a day: %d"),
            _("The worker’s log says why; the page of the upload or import says it to its user."),
        ),
        (
            waits,
            _("waiting for more than ten minutes: %d"),
            _("There is no worker, or it has long work: more of them may run at once."),
        ),
        (
            alone,
            _("with a worker that is gone: %d"),
            _("Any worker takes them over within seconds: start one."),
        ),
        (
            hours,
            _("the longest has been under way for hours: %d"),
            _("If its page shows no progress either, end its worker: another does the job again."),
        ),
    )
    wrong = [(seen % found, remedy) for found, seen, remedy in kinds if found]
    yield from (Finding(_("jobs"), False, seen, remedy) for seen, remedy in wrong)
    if not wrong:
        yield Finding(_("jobs"), True, _("none has failed, waits long or is left alone"))


def migrations(**_options: Any) -> Iterator[Finding]:
    with connected() as asked:
        lacking = [".".join(each) for each in missing(asked)]
    seen = _("not applied: %(count)d, the first is %(name)s")
    yield Finding(
        _("migrations"),
        not lacking,
        seen % {"count": len(lacking), "name": lacking[0]} if lacking else _("all are applied"),
        _("./dev run applies them, and so does ./dev manage migrate."),
    )


def mail(**_options: Any) -> Iterator[Finding]:
    for alias in mailers.settings:
        try:
            with mailers[alias]:
                yield Finding(_("mail"), True, _("%s takes mail") % alias)
        except OSError as error:
            seen = f"{alias}: {error.strerror or type(error).__name__}"
            yield Finding(_("mail"), False, seen, _("Nobody is sent anything; look at MAILERS."))
    if not mailers.settings:
        yield Finding(_("mail"), True, _("not configured"))


def clock(**_options: Any) -> Iterator[Finding]:
    before = time()
    ((told,),) = rows("SELECT extract(epoch FROM clock_timestamp())::float")
    skew = max(before - told, told - time(), 0)
    seen = _("that of the database differs by %.1f s") % skew
    remedy = _("Let both machines ask a time server: sessions and jobs go by both clocks.")
    yield Finding(_("clock"), skew < SKEW, seen, remedy)


def disk(room: float = ROOM, **_options: Any) -> Iterator[Finding]:
    folders = {_("disk of the data folder"): settings.DATA_DIR}
    if folder := folder_of_database():
        folders[_("disk of the database")] = folder
    for what, folder in folders.items():
        free = shutil.disk_usage(folder).free // 1_000_000
        remedy = _("PostgreSQL stops when it is full. Make room, or let the folder have more.")
        yield Finding(what, free >= room, _("%d MB free") % free, remedy)


def folder_of_database() -> Path | None:
    """If it is on this machine, and the database tells us where."""
    host = connection.settings_dict["HOST"]
    if host not in NEAR and not host.startswith("/"):
        return None
    try:
        ((folder,),) = rows("SELECT current_setting('data_directory')")
        return Path(folder) if Path(folder).exists() else None
    except (DatabaseError, OSError):  # it tells only those who may ask
        return None
