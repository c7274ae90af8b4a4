"""What, in a running deployment, could make a page old, keep it from following or stop all."""

import secrets
from collections.abc import Callable, Iterator
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from time import monotonic, time
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pgtrigger
import psycopg
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.db import DatabaseError, ProgrammingError, connection
from django.utils.translation import gettext as _

from live import upkeep
from live.feed import listener_conninfo
from live.findings import Finding, rows

# seconds
IDLE, LONG, TIMEOUT = 10, 300, 5
QUEUE_FULL = 0.25
HOURS = 25  # between two backups
SERVER = "SELECT current_database(), pg_postmaster_start_time()"


def settings(**_options: Any) -> Iterator[Finding]:
    messages = run_checks(tags=["freshness"])
    for message in messages:
        yield Finding(_("settings"), False, f"{message.id}: {message.msg}", message.hint or "")
    if not messages:
        yield Finding(_("settings"), True, _("none of them brings old pages back"))


def server(**_options: Any) -> Iterator[Finding]:
    ((standby, isolation),) = rows(
        "SELECT pg_is_in_recovery(), current_setting('default_transaction_isolation')"
    )
    yield Finding(
        _("standby"),
        not standby,
        _("a standby, which is behind") if standby else _("the server that is written to"),
        _("Let DATABASE_URL name the primary server.") if standby else "",
    )
    yield Finding(
        _("isolation"),
        isolation == "read committed",
        isolation,
        _("ALTER ROLE … RESET default_transaction_isolation; a page opens its own snapshot."),
    )


def sessions(idle: float = IDLE, **_options: Any) -> Iterator[Finding]:
    found = rows(
        "SELECT pid, state, extract(epoch FROM now() - xact_start)::int, application_name,"
        " left(query, 80) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND (state LIKE 'idle in transaction%%' AND now() - state_change > %s * interval '1 s'"
        " OR backend_xmin IS NOT NULL AND now() - xact_start > %s * interval '1 s')"
        " ORDER BY xact_start",
        idle,
        LONG,
    )
    for pid, state, age, application, query in found:
        seen = _("process %(pid)d (%(name)s) is %(state)s for %(age)d s, after: %(query)s")
        names = {"pid": pid, "name": application or _("no name"), "state": state, "age": age}
        remedy = _(
            "Whatever it has written is seen by nobody, and what it reads is as old. Find the"
            " program; SELECT pg_terminate_backend(%d) ends it."
        )
        yield Finding(_("session"), False, seen % {**names, "query": query}, remedy % pid)
    if not found:
        seen = _("none idle in a transaction for more than %g s") % idle
        yield Finding(_("sessions"), True, seen)


def triggers(**_options: Any) -> Iterator[Finding]:
    there = {
        name: found
        for name, *found in rows(
            "SELECT tgrelid::regclass::text || ' ' || tgname, tgenabled, prosrc,"
            " obj_description(pg_trigger.oid, 'pg_trigger')"
            " FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal"
        )
    }
    wrong = 0
    for model, trigger in pgtrigger.registered():
        table = model._meta.db_table
        found = there.get(f"{table} {trigger.get_pgid(model)}")
        if fault := trigger_fault(trigger.compile(model), *found or ("", "", "")):
            wrong += 1
            yield Finding(
                _("trigger"),
                False,
                _("%(trigger)s of %(table)s is %(fault)s")
                % {"trigger": trigger.name, "table": table, "fault": fault},
                _("./dev manage pgtrigger install; until then changes of it are not followed."),
            )
    if not wrong:
        seen = _("all %d are there, enabled and of this version") % len(pgtrigger.registered())
        yield Finding(_("triggers"), True, seen)


def trigger_fault(wanted: Any, enabled: str, source: str, version: str) -> str:
    """`version` is the hash that pgtrigger leaves as a comment on what it installs."""
    if not enabled:
        return _("missing")
    if enabled not in "OA":
        return _("disabled")
    if version != wanted.hash:
        return _("of another version of the site")
    return "" if source.strip() in str(wanted.install_sql) else _("not what was installed")


def listener(**_options: Any) -> Iterator[Finding]:
    channel = f"doctor_{secrets.token_hex(8)}"
    try:
        with psycopg.connect(listener_conninfo(), autocommit=True, connect_timeout=5) as listening:
            listening.execute(f"LISTEN {channel}")
            same = listening.execute(SERVER).fetchall() == rows(SERVER)
            began = monotonic()
            rows("SELECT 1 FROM pg_notify(%s, '')", channel)
            if not connection.get_autocommit():
                connection.commit()
            received = list(listening.notifies(timeout=TIMEOUT, stop_after=1))
            took = monotonic() - began
    except (psycopg.Error, DatabaseError) as error:
        remedy = _("LISTEN_DATABASE_URL names where to listen.")
        yield Finding(_("listener"), False, str(error).strip(), remedy)
        return
    if received:
        yield Finding(_("listener"), True, _("hears after %d ms") % round(took * 1000))
        return
    remedy = _(
        "Probably a pooler in transaction mode stands between: let LISTEN_DATABASE_URL name the"
        " server itself."
    )
    if not same:
        remedy = _("LISTEN_DATABASE_URL names another database than DATABASE_URL.")
    yield Finding(_("listener"), False, _("heard nothing for %d s") % TIMEOUT, remedy)


def queue(**_options: Any) -> Iterator[Finding]:
    ((used,),) = rows("SELECT pg_notification_queue_usage()")
    yield Finding(
        _("notification queue"),
        used < QUEUE_FULL,
        _("%s full") % f"{used:.0%}",
        _("A session that listens is in a transaction and keeps it from being emptied.")
        if used >= QUEUE_FULL
        else "",
    )


def backups(**_options: Any) -> Iterator[Finding]:
    if not django_settings.BACKUP_DIR:
        return
    made = [path.stat().st_mtime for path in Path(django_settings.BACKUP_DIR).glob("*.backup")]
    hours = (time() - max(made)) / 3600 if made else None
    right = hours is not None and hours < HOURS
    yield Finding(
        _("last backup"),
        right,
        _("none") if hours is None else _("%.1f hours old") % hours,
        "" if right else _("Workers make them (run_worker), and their log says why one failed."),
    )


def answers(url: str = "", **_options: Any) -> Iterator[Finding]:
    if not url:
        return
    url = url.rstrip("/")
    try:
        status, page = fetch(f"{url}/login/")
        stream_status, stream = fetch(f"{url}/live/doctor/")  # nobody is authorized for it
    except (OSError, ValueError, HTTPException) as error:
        remedy = _("Nobody serves there.")
        if not url.startswith(("http://", "https://")):
            remedy = _("An address begins with http:// or https://.")
        yield Finding(_("answers"), False, f"{url}: {error}", remedy)
        return
    kept = cacheable(page) + cacheable(stream)
    if status != 200:
        yield Finding(_("answers"), False, f"{url}: {status}", _("The login page is not there."))
    yield Finding(
        _("answers"),
        not kept,
        f"{url}: {', '.join(kept) or _('nobody may keep them')}",
        _("Something between adds or removes these: a proxy's cache.") if kept else "",
    )
    served = stream_status == 403
    yield Finding(
        _("streams"),
        served,
        f"{url}: {_('served') if served else _('not served, the answer is %d') % stream_status}",
        ""
        if served
        else _("Serve txproject.asgi, as ./dev run does, and let a proxy pass /live/ on."),
    )


def fetch(url: str) -> tuple[int, Message]:
    try:
        with urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310
            return answer.status, answer.headers
    except HTTPError as error:
        return error.code, error.headers


def cacheable(headers: Message) -> list[str]:
    """What in them lets somebody keep the answer, or says that somebody has."""
    kept = [name for name in ("ETag", "Last-Modified", "Age", "X-Cache") if name in headers]
    stored = "no-store" not in headers.get("Cache-Control", "")
    return [_("no Cache-Control: no-store")] * stored + kept


PROBES: tuple[Callable[..., Iterator[Finding]], ...] = (
    settings,
    server,
    sessions,
    triggers,
    listener,
    queue,
    upkeep.migrations,
    upkeep.worker,
    upkeep.jobs,
    upkeep.mail,
    upkeep.clock,
    upkeep.disk,
    backups,
    answers,
)


def diagnose(**options: Any) -> list[Finding]:
    return [finding for probe in PROBES for finding in found_by(probe, **options)]


def found_by(probe: Callable[..., Iterator[Finding]], **options: Any) -> Iterator[Finding]:
    """A table that it asks and that is not there is a finding too."""
    try:
        yield from probe(**options)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, psycopg.errors.UndefinedTable):
            raise
        seen = str(error).partition("\n")[0]
        remedy = _("./dev run and ./dev manage migrate make it; one that was dropped they do not.")
        yield Finding(_("table"), False, seen, remedy)
