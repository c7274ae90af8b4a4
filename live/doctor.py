"""What, in a running deployment, could make a page old or keep it from following."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pgtrigger
import psycopg
from django.core.checks import run_checks
from django.db import DatabaseError, connection

from live.feed import listener_conninfo

# seconds
IDLE, LONG, TIMEOUT = 10, 300, 5
QUEUE_FULL = 0.25
SERVER = "SELECT current_database(), pg_postmaster_start_time()"


@dataclass
class Finding:
    """One result: what was looked at, whether it is right, what was seen, what to do."""

    what: str
    right: bool
    seen: str
    remedy: str = ""


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def settings(**_options: Any) -> Iterator[Finding]:
    messages = run_checks(tags=["freshness"])
    for message in messages:
        yield Finding("settings", False, f"{message.id}: {message.msg}", message.hint or "")
    if not messages:
        yield Finding("settings", True, "none of them brings old pages back")


def server(**_options: Any) -> Iterator[Finding]:
    ((standby, isolation),) = rows(
        "SELECT pg_is_in_recovery(), current_setting('default_transaction_isolation')"
    )
    yield Finding(
        "standby",
        not standby,
        "a standby, which is behind" if standby else "the server that is written to",
        "Let DATABASE_URL name the primary server." if standby else "",
    )
    yield Finding(
        "isolation",
        isolation == "read committed",
        isolation,
        "ALTER ROLE … RESET default_transaction_isolation; a page opens its own snapshot.",
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
        yield Finding(
            "session",
            False,
            f"process {pid} ({application or 'no name'}) is {state} for {age} s, after: {query}",
            "Whatever it has written is seen by nobody, and what it reads is as old. Find the"
            f" program; SELECT pg_terminate_backend({pid}) ends it.",
        )
    if not found:
        yield Finding("sessions", True, f"none idle in a transaction for more than {idle:g} s")


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
                "trigger",
                False,
                f"{trigger.name} of {table} is {fault}",
                "./dev manage pgtrigger install; until then changes of it are not followed.",
            )
    if not wrong:
        seen = f"all {len(pgtrigger.registered())} are there, enabled and of this version"
        yield Finding("triggers", True, seen)


def trigger_fault(wanted: Any, enabled: str, source: str, version: str) -> str:
    """`version` is the hash that pgtrigger leaves as a comment on what it installs."""
    if not enabled:
        return "missing"
    if enabled not in "OA":
        return "disabled"
    if version != wanted.hash:
        return "of another version of the site"
    return "" if source.strip() in str(wanted.install_sql) else "not what was installed"


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
        yield Finding(
            "listener", False, str(error).strip(), "LISTEN_DATABASE_URL names where to listen."
        )
        return
    if received:
        yield Finding("listener", True, f"hears after {took * 1000:.0f} ms")
        return
    yield Finding(
        "listener",
        False,
        f"heard nothing for {TIMEOUT} s",
        "Probably a pooler in transaction mode stands between: let LISTEN_DATABASE_URL name the"
        " server itself."
        if same
        else "LISTEN_DATABASE_URL names another database than DATABASE_URL.",
    )


def queue(**_options: Any) -> Iterator[Finding]:
    ((used,),) = rows("SELECT pg_notification_queue_usage()")
    yield Finding(
        "notification queue",
        used < QUEUE_FULL,
        f"{used:.0%} full",
        "A session that listens is in a transaction and keeps it from being emptied."
        if used >= QUEUE_FULL
        else "",
    )


def answers(url: str = "", **_options: Any) -> Iterator[Finding]:
    if not url:
        return
    url = url.rstrip("/")
    try:
        status, page = fetch(f"{url}/login/")
        stream_status, stream = fetch(f"{url}/live/doctor/")  # nobody is authorized for it
    except OSError as error:
        yield Finding("answers", False, f"{url}: {error}", "Nobody serves there.")
        return
    kept = cacheable(page) + cacheable(stream)
    if status != 200:
        yield Finding("answers", False, f"{url}: {status}", "The login page is not there.")
    yield Finding(
        "answers",
        not kept,
        f"{url}: {', '.join(kept)}" if kept else f"{url}: nobody may keep them",
        "Something between adds or removes these: a proxy's cache." if kept else "",
    )
    served = stream_status == 403
    yield Finding(
        "streams",
        served,
        f"{url}: served" if served else f"{url}: not served, the answer is {stream_status}",
        ""
        if served
        else "Serve txproject.asgi, as ./dev run does, and let a proxy pass /live/ on.",
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
    return ["no Cache-Control: no-store"] * stored + kept


PROBES: tuple[Callable[..., Iterator[Finding]], ...] = (
    settings,
    server,
    sessions,
    triggers,
    listener,
    queue,
    answers,
)


def diagnose(**options: Any) -> list[Finding]:
    return [finding for probe in PROBES for finding in probe(**options)]
