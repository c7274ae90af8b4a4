"""Each check of /readyz is seen to turn bad, and well again, when what it looks at does."""

import http.client
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.imports.uploads import koinly
from tests.watch.site import Site, wait_until

pytestmark = pytest.mark.slow

WELL = {"database": "ok", "migrations": "ok", "worker": "ok", "listener": "ok"}


@pytest.fixture(scope="module")
def site(place: Site) -> Iterator[Site]:
    """Of one process: two would be asked in turns."""
    place.serve(WEB_CONCURRENCY="1")
    yield place
    place.stop_serving()


@contextmanager
def stopped_database(site: Site) -> Iterator[None]:
    keeper = site.keeper()
    keeper.suspend()
    site.postmaster().send_signal(signal.SIGINT)
    try:
        yield
    finally:
        keeper.resume()
        site.wait_for(site.conninfo)


@contextmanager
def silent_database(site: Site) -> Iterator[None]:
    """It takes connections, and answers none of them."""
    postmaster = site.postmaster()
    postmaster.suspend()
    yield
    postmaster.resume()


@contextmanager
def older_database(site: Site) -> Iterator[None]:
    site.sql("CREATE TABLE set_aside AS SELECT * FROM django_migrations WHERE app = 'contacts'")
    site.sql("DELETE FROM django_migrations WHERE app = 'contacts'")
    yield
    site.sql("INSERT INTO django_migrations OVERRIDING SYSTEM VALUE SELECT * FROM set_aside")
    site.sql("DROP TABLE set_aside")


@contextmanager
def no_tables(site: Site) -> Iterator[None]:
    site.sql("ALTER TABLE django_migrations RENAME TO set_aside")
    yield
    site.sql("ALTER TABLE set_aside RENAME TO django_migrations")


@contextmanager
def table_that_was_dropped(site: Site) -> Iterator[None]:
    """Though all migrations were applied."""
    site.sql("ALTER TABLE procrastinate_workers RENAME TO set_aside")
    yield
    site.sql("ALTER TABLE set_aside RENAME TO procrastinate_workers")


@contextmanager
def deaf_listener(site: Site) -> Iterator[None]:
    """What was connected stays silent for good, and with it the worker."""
    site.wire.cut(lost=True)
    yield
    site.wire.mend()
    site.file_worker().kill()


@contextmanager
def hanging_worker(site: Site) -> Iterator[None]:
    worker = site.file_worker()
    worker.suspend()
    site.sql("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 h'")
    yield
    worker.resume()


HANGS = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"
LATER = "UPDATE procrastinate_events SET at = at - interval '2 h'"


@contextmanager
def hanging_job(site: Site) -> Iterator[None]:
    """Its worker waits for what never comes, and its heart beats on."""
    worker = site.file_worker()
    worker.suspend()
    assert site.upload(site.log_in(), "koinly.csv", koinly(1)) == 303
    with psycopg.connect(site.conninfo) as holder:
        holder.execute("LOCK TABLE imports_upload IN SHARE MODE")
        worker.resume()
        with psycopg.connect(site.conninfo, autocommit=True) as watching:
            wait_until(lambda: watching.execute(HANGS).fetchone() == (1,))
        site.sql(LATER)
        yield


@contextmanager
def jobs_that_nobody_takes(site: Site) -> Iterator[None]:
    """Its heart beats, and it does not ask for any."""
    worker = site.file_worker()
    worker.suspend()
    site.sql("UPDATE procrastinate_workers SET last_heartbeat = now() + interval '1 h'")
    site.sql("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('elsewhere', 'x')")
    site.sql(LATER)
    yield
    site.sql("DELETE FROM procrastinate_jobs WHERE queue_name = 'elsewhere'")
    worker.resume()


@pytest.mark.parametrize(
    ("broken", "status", "wrong"),
    [
        (stopped_database, 503, {"database": "does not answer"}),
        (silent_database, 503, {"database": "does not answer"}),
        (older_database, 503, {"migrations": r"\d+ not applied"}),
        (no_tables, 503, {"migrations": r"\d+ not applied"}),
        (table_that_was_dropped, 503, {"migrations": "a table is missing"}),
        (deaf_listener, 503, {"listener": "does not listen"}),
        (hanging_worker, 200, {"worker": "degraded: no heartbeat"}),
        (hanging_job, 200, {"worker": "degraded: a job has been under way .*"}),
        (jobs_that_nobody_takes, 200, {"worker": "degraded: jobs wait .*"}),
    ],
)
def test_each_check_turns_bad_and_well_again(
    site: Site, broken: Callable[..., Any], status: int, wrong: dict[str, str]
) -> None:
    wait_until(lambda: site.ready() == (200, WELL))
    ((name, said),) = wrong.items()

    def turned() -> bool:
        answer = site.ready()
        return answer[0] == status and bool(re.fullmatch(said, answer[1][name]))

    with broken(site):
        wait_until(turned)
        assert site.ask("/healthz")[0] == 200
    wait_until(lambda: site.ready() == (200, WELL))


def test_process_that_hangs_does_not_answer(site: Site) -> None:
    wait_until(lambda: site.ready() == (200, WELL))
    (server,) = site.servers()
    server.suspend()
    asking = http.client.HTTPConnection("127.0.0.1", site.port, timeout=1)
    asking.request("GET", "/healthz")
    with pytest.raises(TimeoutError):
        asking.getresponse()
    server.resume()

    assert site.ask("/healthz")[0] == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nothing_is_kept_told_or_refused_for_a_host(site: Site, path: str) -> None:
    status, headers, text = site.ask(path, Host="10.0.0.7", X_Forwarded_Proto="http")

    assert status == 200
    assert headers["cache-control"] == "no-store"
    assert site.conninfo.partition("password=")[2].split()[0] not in text
    assert site.ask(path, "POST")[0] == 405


def test_one_check_stands_on_each_line(site: Site) -> None:
    wait_until(lambda: site.ready() == (200, WELL))

    lines = site.ask("/readyz")[2].splitlines()

    assert [line.rstrip(",") for line in lines[1:-1]] == [f'"{name}": "ok"' for name in WELL]


def test_database_is_asked_once_a_second_however_often_it_is_asked_for(site: Site) -> None:
    def answers() -> int:
        return len([None for _ in range(40) if site.ready()[0] == 200])

    before = sessions(site)

    assert answers() == 40
    assert sessions(site) - before < 20


def sessions(site: Site) -> int:
    """Statistics of a session are there when it has ended."""
    with psycopg.connect(site.conninfo) as connection:
        return connection.execute(
            "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()[0]
