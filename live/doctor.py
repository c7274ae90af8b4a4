"""What, in a running deployment, could make a page old or keep it from following."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.request import urlopen

import pgtrigger
import psycopg
from django.core.checks import run_checks
from django.db import DatabaseError, connection

from live.feed import listener_conninfo

# seconds
IDLE, LONG, PATIENCE = 10, 300, 5
QUEUE_FULL = 0.25


@dataclass
class Finding:
    """One line: what was looked at, whether it is right, what was seen, what to do."""

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
    there = dict(
        rows(
            "SELECT tgrelid::regclass::text || ' ' || tgname, tgenabled FROM pg_trigger"
            " WHERE NOT tgisinternal"
        )
    )
    wrong = 0
    for model, trigger in pgtrigger.registered():
        table = model._meta.db_table
        enabled = there.get(f"{table} {trigger.get_pgid(model)}")
        if enabled in ("O", "A"):
            continue
        wrong += 1
        name = trigger.name or ""
        yield Finding(
            "trigger",
            False,
            f"{name} of {table} is {'missing' if enabled is None else 'disabled'}",
            "./dev manage pgtrigger install; until then changes of it are not followed.",
        )
    if not wrong:
        yield Finding("triggers", True, f"all {len(pgtrigger.registered())} are there and enabled")


def feed(**_options: Any) -> Iterator[Finding]:
    channel = f"doctor_{secrets.token_hex(8)}"
    try:
        with psycopg.connect(listener_conninfo(), autocommit=True, connect_timeout=5) as listening:
            listening.execute(f"LISTEN {channel}")
            began = monotonic()
            rows("SELECT 1 FROM pg_notify(%s, '')", channel)
            heard = list(listening.notifies(timeout=PATIENCE, stop_after=1))
            took = monotonic() - began
    except (psycopg.Error, DatabaseError) as error:
        yield Finding(
            "listener", False, str(error).strip(), "LISTEN_DATABASE_URL names where to listen."
        )
        return
    yield Finding(
        "listener",
        bool(heard),
        f"hears after {took * 1000:.0f} ms" if heard else f"heard nothing for {PATIENCE} s",
        ""
        if heard
        else "Probably a pooler in transaction mode stands between: let LISTEN_DATABASE_URL name"
        " the server itself.",
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
    try:
        with urlopen(f"{url.rstrip('/')}/login/", timeout=PATIENCE) as answer:  # noqa: S310
            headers = answer.headers
    except OSError as error:
        yield Finding("answers", False, f"{url}: {error}", "Nobody serves there.")
        return
    kept = [name for name in ("ETag", "Last-Modified", "Age", "X-Cache") if name in headers]
    stored = "no-store" not in headers.get("Cache-Control", "")
    if stored:
        kept.insert(0, "no Cache-Control: no-store")
    yield Finding(
        "answers",
        not kept,
        f"{url}: {', '.join(kept)}" if kept else f"{url}: nobody may keep them",
        "Something between adds or removes these: a proxy's cache." if kept else "",
    )


LOOKS: tuple[Callable[..., Iterator[Finding]], ...] = (
    settings,
    server,
    sessions,
    triggers,
    feed,
    queue,
    answers,
)


def examine(**options: Any) -> list[Finding]:
    return [finding for look in LOOKS for finding in look(**options)]
