"""What the doctor says of all that is no page: each finding is seen to turn wrong."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from live import doctor, upkeep
from live.findings import Finding

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def cleared(transactional_db: None) -> Iterator[None]:
    clear = "TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_workers CASCADE"
    sql(clear)
    yield
    sql(clear)


def sql(query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)


def job(status: str, ago: str = "0 s", event: str = "deferred") -> None:
    sql(
        "WITH job AS (INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
        f" VALUES ('imports', 'imports.check', '{status}') RETURNING id)"
        " INSERT INTO procrastinate_events (job_id, type, at)"
        f" SELECT id, '{event}', now() - interval '{ago}' FROM job"
    )
    sql(f"UPDATE procrastinate_events SET at = now() - interval '{ago}'")


def beat(ago: str) -> None:
    sql(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '{ago}')")


def told(findings: Iterator[Finding]) -> list[tuple[bool, str]]:
    return [(each.right, each.seen) for each in findings]


@pytest.mark.parametrize(
    ("beats", "right", "seen"),
    [
        ([], False, "there is none"),
        (["40 s"], False, "its heart beat 40 s ago"),
        (["1 h", "2 s"], True, "its heart beat 2 s ago"),
    ],
)
def test_worker(beats: list[str], right: bool, seen: str) -> None:
    for ago in beats:
        beat(ago)

    assert told(upkeep.worker()) == [(right, seen)]


WELL = (True, "none has failed, waits long or is left alone")


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (("todo", "1 min"), WELL),
        (("todo", "11 min"), (False, "waiting for more than ten minutes: 1")),
        (("failed", "1 h", "failed"), (False, "failed within a day: 1")),
        (("failed", "25 h", "failed"), WELL),
        (("doing", "1 s"), (False, "with a worker that is gone: 1")),
        (("succeeded", "1 h"), WELL),
    ],
)
def test_jobs(of: tuple[str, ...], found: tuple[bool, str]) -> None:
    job(*of)

    assert told(upkeep.jobs()) == [found]


@pytest.mark.parametrize(("ago", "right"), [("5 s", True), ("2 min", False)])
def test_job_under_way_goes_by_its_workers_heart(ago: str, right: bool) -> None:
    beat(ago)
    job("doing")
    sql("UPDATE procrastinate_jobs SET worker_id = (SELECT id FROM procrastinate_workers)")

    assert [finding.right for finding in upkeep.jobs()] == [right]


def test_job_that_takes_hours_is_named_though_a_heart_beats() -> None:
    beat("2 s")
    job("doing", "130 min", "started")
    sql("UPDATE procrastinate_jobs SET worker_id = (SELECT id FROM procrastinate_workers)")

    assert told(upkeep.jobs()) == [(False, "the longest has been under way for hours: 2")]


def test_job_for_later_does_not_wait() -> None:
    job("todo", "1 h")
    sql("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 min'")

    assert told(upkeep.jobs()) == [WELL]


def test_migrations() -> None:
    assert told(upkeep.migrations()) == [(True, "all are applied")]

    sql("UPDATE django_migrations SET name = 'x' || name WHERE app = 'axes' AND name ~ '^000[12]'")
    try:
        ((right, seen),) = told(upkeep.migrations())
    finally:
        sql("UPDATE django_migrations SET name = substr(name, 2) WHERE name ~ '^x000'")

    assert not right
    assert seen.startswith("not applied: 2, the first is axes.0001")


@contextmanager
def instead(function: str, returns: str, value: str) -> Iterator[None]:
    """Ours is found before PostgreSQL's own."""
    sql("CREATE SCHEMA ours")
    sql(f"CREATE FUNCTION ours.{function}() RETURNS {returns} LANGUAGE sql AS $$ SELECT {value} $$")
    sql("SET search_path = ours, pg_catalog, public")
    try:
        yield
    finally:
        sql("RESET search_path")
        sql("DROP SCHEMA ours CASCADE")


@pytest.mark.parametrize(("offset", "right"), [("0 s", True), ("5 s", False), ("-1 h", False)])
def test_clock(offset: str, right: bool) -> None:
    told_late = f"pg_catalog.clock_timestamp() + interval '{offset}'"
    with instead("clock_timestamp", "timestamptz", told_late):
        (finding,) = upkeep.clock()

    assert finding.right is right
    assert "differs by " in finding.seen


@pytest.mark.parametrize(
    ("used", "found"), [("0.24", (True, "24% full")), ("0.3", (False, "30% full"))]
)
def test_notification_queue(used: str, found: tuple[bool, str]) -> None:
    with instead("pg_notification_queue_usage", "float8", used):
        assert told(doctor.queue()) == [found]


def test_disk() -> None:
    well, full = list(upkeep.disk(room=1)), list(upkeep.disk(room=10**12))

    assert {each.what for each in well} == {"disk of the data folder", "disk of the database"}
    assert {each.right for each in well} == {True}
    assert {each.right for each in full} == {False}


def test_disk_of_a_database_elsewhere_is_not_ours_to_look_at(monkeypatch: Any) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "db.example.org")

    assert [each.what for each in upkeep.disk(room=1)] == ["disk of the data folder"]


@contextmanager
def mail_server() -> Iterator[int]:
    """As much of one as somebody needs who connects and leaves."""

    def serve() -> None:
        with listener.accept()[0] as client, client.makefile("rw", newline="\r\n") as wire:
            print("220 here", file=wire, flush=True)
            for line in wire:
                print("221 bye" if line.startswith("quit") else "250 yes", file=wire, flush=True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def mailer(port: int) -> dict[str, Any]:
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    options = {"host": "127.0.0.1", "port": port, "timeout": 5}
    return {"default": {"BACKEND": smtp, "OPTIONS": options}}


def test_mail() -> None:
    with override_settings(MAILERS={}):
        assert told(upkeep.mail()) == [(True, "not configured")]

    with mail_server() as port, override_settings(MAILERS=mailer(port)):
        assert told(upkeep.mail()) == [(True, "default takes mail")]

    with override_settings(MAILERS=mailer(port)):
        assert told(upkeep.mail()) == [(False, "default: Connection refused")]
