"""The doctor finds what is really there."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_django.live_server_helper import LiveServer

from live.doctor import Finding, diagnose
from live.feed import listener_conninfo
from tests.backups.helpers import django_in
from tests.server import served

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def worker(transactional_db: None) -> Iterator[None]:
    """The heartbeat of one; no model of ours clears its table."""
    sql("INSERT INTO procrastinate_workers DEFAULT VALUES")
    yield
    sql("DELETE FROM procrastinate_jobs")
    sql("DELETE FROM procrastinate_workers")


def wrong(**options: Any) -> list[Finding]:
    return [finding for finding in diagnose(**options) if not finding.right]


def sql(query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)


def test_nothing_is_found_where_all_is_well() -> None:
    with served() as server:
        assert wrong(url=server.url) == []


def test_session_idle_in_a_transaction_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(listener_conninfo(), application_name="forgetful") as forgotten:
        forgotten.execute("SELECT 'what it did last'")
        pid = forgotten.info.backend_pid

        with pytest.raises(SystemExit) as ended:
            call_command("doctor", idle=0)

    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert f"process {pid} (forgetful) is idle in transaction" in said
    assert "what it did last" in said


def test_session_with_an_old_snapshot_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.doctor.LONG", 0)
    with psycopg.connect(listener_conninfo(), application_name="hoarder") as hoarding:
        hoarding.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        hoarding.execute("SELECT 'what it saw'")
        pid = hoarding.info.backend_pid

        (finding,) = wrong(idle=60)

    assert finding.seen.startswith(f"process {pid} (hoarder) is idle in transaction")


def test_isolation_that_is_not_ours_is_found() -> None:
    sql("SET default_transaction_isolation = 'serializable'")
    try:
        (finding,) = wrong()
    finally:
        sql("RESET default_transaction_isolation")

    assert (finding.what, finding.seen) == ("isolation", "serializable")


def test_trigger_that_is_missing_or_disabled_is_found() -> None:
    name = "(SELECT tgname FROM pg_trigger WHERE tgname LIKE '%%announce_insert%%' LIMIT 1)"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass, tgname FROM pg_trigger"
            f" WHERE tgname = {name.replace('%%', '%')} OR tgname LIKE '%raise_version%'"
            " ORDER BY tgname DESC LIMIT 2"
        )
        (first, dropped), (second, disabled) = cursor.fetchall()
    try:
        sql(f"DROP TRIGGER {dropped} ON {first}")
        sql(f"ALTER TABLE {second} DISABLE TRIGGER {disabled}")
        seen = [finding.seen for finding in wrong()]
    finally:
        call_command("pgtrigger", "install")

    assert len(seen) == 2
    assert any(str(first) in each and "missing" in each for each in seen)
    assert any(str(second) in each and "disabled" in each for each in seen)
    assert wrong() == []


def test_trigger_that_is_not_what_was_installed_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass, tgname, tgfoid::regproc FROM pg_trigger"
            " WHERE tgname LIKE '%announce_update%' ORDER BY tgname LIMIT 2"
        )
        (table, _, replaced), (other, older, _) = cursor.fetchall()
    try:
        sql(
            f"CREATE OR REPLACE FUNCTION {replaced}() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NULL; END $$"
        )
        sql(f"COMMENT ON TRIGGER {older} ON {other} IS 'of long ago'")
        seen = [finding.seen for finding in wrong()]
    finally:
        call_command("pgtrigger", "install")

    assert sorted(seen) == sorted(
        [
            f"announce_update of {table} is not what was installed",
            f"announce_update of {other} is of another version of the site",
        ]
    )
    assert wrong() == []


def test_table_that_is_missing_is_found() -> None:
    sql("ALTER TABLE procrastinate_workers RENAME TO set_aside")
    try:
        found = wrong()
    finally:
        sql("ALTER TABLE set_aside RENAME TO procrastinate_workers")

    assert {finding.what for finding in found} == {"table"}
    assert {finding.seen for finding in found} == {
        'relation "procrastinate_workers" does not exist'
    }


def test_database_without_any_table_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    with django_in("postgres"), pytest.raises(SystemExit) as ended:
        call_command("doctor")

    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert "WRONG  migrations: not applied: " in said
    assert 'WRONG  table: relation "procrastinate_jobs" does not exist' in said


@pytest.fixture
def place() -> Iterator[Path]:
    """That another user can reach."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def pooler(place: Path) -> Iterator[str]:
    """A real PgBouncer in transaction mode before the database of the tests."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if not program:
        pytest.skip("there is no pgbouncer here")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    to = conninfo_to_dict(listener_conninfo())
    server = " ".join(
        f"{key}={to[key]}" for key in ("host", "port", "user", "password") if key in to
    )
    (place / "users").write_text(f'"{to.get("user", "postgres")}" ""\n')
    config = place / "pgbouncer.ini"
    config.write_text(
        f"[databases]\n{to['dbname']} = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nauth_type = any\nauth_file = {place}/users\n"
        "pool_mode = transaction\nunix_socket_dir =\n"
    )
    for path in (*place.parents, place, *place.iterdir()):
        if path.is_relative_to("/tmp/pytest-of-root") or path == place:
            path.chmod(0o755)
    process = subprocess.Popen(
        [program, str(config)], stderr=subprocess.PIPE, text=True, **other_user(str(to["host"]))
    )
    assert process.stderr is not None
    said = ""
    while "process up" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    yield f"postgresql://{to.get('user', 'postgres')}@127.0.0.1:{port}/{to['dbname']}"
    process.terminate()
    process.wait()


def other_user(host: str) -> dict[str, Any]:
    """PgBouncer does not run as root; who owns the server's socket reaches it."""
    if os.geteuid() != 0:
        return {}
    return {"user": Path(host).stat().st_uid if host.startswith("/") else "nobody"}


@pytest.mark.slow
def test_pooler_in_transaction_mode_before_the_listener_is_found(
    pooler: str, settings: Any
) -> None:
    settings.LISTEN_DATABASE_URL = pooler

    (finding,) = wrong()

    assert finding.what == "listener"
    assert "pooler in transaction mode" in finding.remedy


def test_autocommit_that_is_off_is_found(settings: Any) -> None:
    connection.settings_dict["AUTOCOMMIT"] = False
    connection.set_autocommit(False)
    try:
        found = wrong()
    finally:
        connection.settings_dict["AUTOCOMMIT"] = True
        connection.rollback()
        connection.set_autocommit(True)

    assert {finding.what for finding in found} == {"settings"}
    assert any("AUTOCOMMIT" in finding.seen for finding in found)


@pytest.mark.slow
def test_listener_of_another_database_is_found(settings: Any) -> None:
    settings.LISTEN_DATABASE_URL = make_conninfo(listener_conninfo(), dbname="postgres")

    (finding,) = wrong()

    assert finding.what == "listener"
    assert "another database" in finding.remedy


def test_listener_that_nobody_lets_in_is_found(settings: Any) -> None:
    settings.LISTEN_DATABASE_URL = "postgresql://127.0.0.1:9/x"

    (finding,) = wrong()

    assert finding.what == "listener"
    assert "refused" in finding.seen


@contextmanager
def proxied(status: int, **headers: str) -> Iterator[str]:
    """What somebody between sends in the place of any page."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(403 if self.path.startswith("/live/") else status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "headers", "seen"),
    [
        (200, {}, "no Cache-Control: no-store"),
        (200, {"Cache_Control": "no-store", "Age": "9"}, "Age"),
        (502, {"Cache_Control": "no-store"}, "502"),
    ],
)
def test_answers_that_somebody_keeps_or_lacks_are_found(
    status: int, headers: dict[str, str], seen: str
) -> None:
    with proxied(status, **headers) as url:
        (finding,) = wrong(url=url)

    assert finding.what == "answers"
    assert seen in finding.seen.removeprefix(url)


def test_address_where_nobody_serves_is_found() -> None:
    (finding,) = wrong(url="http://127.0.0.1:9")

    assert (finding.what, finding.remedy) == ("answers", "Nobody serves there.")


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("ledger.example.org", "An address begins with http:// or https://."),
        ("localhost:8000", "An address begins with http:// or https://."),
        ("http://localhost:port", "Nobody serves there."),
    ],
)
def test_address_that_is_none_is_found(url: str, remedy: str) -> None:
    (finding,) = wrong(url=url)

    assert (finding.what, finding.remedy) == ("answers", remedy)
    assert finding.seen.startswith(f"{url}: ")


def test_server_without_streams_is_found(live_server: LiveServer) -> None:
    (finding,) = wrong(url=live_server.url)

    assert finding.what == "streams"
