"""Each metric is seen to move when what it counts does."""

import re
import socket
from collections.abc import Callable

import psutil
import psycopg
import pytest

from tests.imports.uploads import koinly
from tests.open_pages import OpenPages
from tests.watch.site import FORM, TOKEN, Site, wait_until
from tests.watch.test_health import deaf_listener, hanging_job, hanging_worker, stopped_database
from txproject.environ import BASE_DIR

pytestmark = pytest.mark.slow
LIST = "/demo/transactions/"
ROWS = "transactions_transaction"
NAME = re.compile(r"`(txproject_\w+)`")


@pytest.fixture(scope="module")
def cookie(site: Site) -> str:
    return site.log_in()


def grown(site: Site, name: str, by: float = 1) -> Callable[[], bool]:
    before = site.metrics().get(name, 0)
    return lambda: site.metrics().get(name, 0) >= before + by


def test_request_is_counted_by_whichever_process_it_reached(site: Site, cookie: str) -> None:
    requests = grown(site, "requests_total GET 200 transaction_list", 20)
    statements = grown(site, "statements_total transaction_list", 20 * 3)
    waited = grown(site, "request_seconds_count GET transaction_list", 20)
    fast = grown(site, "request_seconds_bucket 10.0 GET transaction_list", 20)

    for _ in range(20):
        assert site.ask(LIST, Cookie=cookie)[0] == 200

    wait_until(requests)
    wait_until(statements)
    wait_until(waited)
    wait_until(fast)


@pytest.mark.parametrize(
    ("method", "path", "counted"),
    [
        ("GET", "/nobody/here/", "GET 404 none"),
        ("GET", "/static/nothing.css", "GET 404 static"),
        ("GET", "/healthz", "GET 200 healthz"),
        ("GET", "/live/demo/", "GET 403 stream"),
        ("PROPFIND", "/", "other 403 home"),
        ("GET", "/0x52908400098527886E0F7030069857D2E4169EE7/?q=1.23", "GET 302 ledger_start"),
    ],
)
def test_labels_are_few_and_hold_nothing_of_people(
    site: Site, method: str, path: str, counted: str
) -> None:
    more = grown(site, f"requests_total {counted}")

    site.ask(path, method)

    wait_until(more)
    assert "0x5290" not in "".join(site.metrics())


def test_request_whose_sender_left_is_counted(site: Site) -> None:
    left = grown(site, "requests_total POST 499 none")

    head = f"POST /login/ HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 9\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port)) as sending:
        sending.sendall(f"{head}user".encode())

    wait_until(left)


def test_streams_events_and_notices_are_counted(site: Site, cookie: str) -> None:
    pages = OpenPages(site.port, "demo", [cookie])
    resyncs, changes = (grown(site, f"events_total {name}", 5) for name in ("resync", "change"))
    before = site.metrics()["last_notice_timestamp_seconds"]

    pages.open(5)
    wait_until(resyncs)
    assert site.metrics()["streams"] == 5
    site.sql(f"UPDATE {ROWS} SET note = 'heard' WHERE id = (SELECT max(id) FROM {ROWS})")
    wait_until(changes)
    pages.close()

    assert site.metrics()["last_notice_timestamp_seconds"] > before
    wait_until(lambda: site.metrics()["streams"] == 0)
    assert "request_seconds_count GET stream" not in site.metrics()


def test_listener_that_is_cut_off_is_counted_and_pages_are_told(site: Site, cookie: str) -> None:
    wait_until(lambda: site.metrics()["listening"] == site.metrics()["processes"] == 2)
    pages = OpenPages(site.port, "demo", [cookie])
    pages.open(1)
    away = grown(site, "events_total away")

    with deaf_listener(site):
        wait_until(lambda: site.metrics()["listening"] == 0)
        wait_until(away)
    pages.close()

    wait_until(lambda: site.metrics()["listening"] == 2)


def test_what_a_killed_process_has_counted_stays_and_what_it_had_open_goes(
    site: Site, cookie: str
) -> None:
    pages = OpenPages(site.port, "demo", [cookie])
    pages.open(6)
    site.ask(LIST, Cookie=cookie)
    counted = grown(site, "requests_total GET 200 transaction_list", 0)

    for each in site.servers():
        each.kill()
    pages.close()

    wait_until(lambda: site.metrics()["processes"] == site.metrics()["listening"] == 2)
    wait_until(counted)
    wait_until(lambda: site.metrics()["streams"] == 0)


def test_worker_and_its_jobs_are_counted(site: Site) -> None:
    wait_until(lambda: site.metrics()["worker_up"] == 1)
    failed = grown(site, "jobs imports failed")
    waiting = grown(site, "jobs elsewhere todo")

    job = "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) VALUES"
    site.sql(f"{job} ('imports', 'imports.check', 'failed', NULL)")
    site.sql(f"{job} ('elsewhere', 'x', 'todo', now() + interval '1 d')")  # no worker takes it
    site.sql("UPDATE procrastinate_events SET at = now() - interval '2 h'")

    wait_until(failed)
    wait_until(waiting)
    assert site.metrics()["oldest_job_seconds"] >= 7200
    with hanging_worker(site):
        assert site.metrics()["worker_up"] == 0
    site.sql("DELETE FROM procrastinate_jobs")
    assert site.metrics()["oldest_job_seconds"] == 0


def test_job_that_hangs_is_seen_by_its_age(site: Site) -> None:
    with hanging_job(site):
        assert site.metrics()["longest_job_seconds"] >= 7200
        wait_until(lambda: site.metrics()["worker_up"] == 1)

    wait_until(lambda: site.metrics()["longest_job_seconds"] == 0)


@pytest.mark.parametrize(("name", "number"), [("workers", 1), ("processes", 2)])
def test_process_that_ends_is_counted_until_there_is_another(
    site: Site, name: str, number: int
) -> None:
    wait_until(lambda: site.metrics()[name] == number)
    process = site.counting(f"txproject_{name}")[0]
    keeper = process.parent()
    keeper.suspend()

    process.kill()

    wait_until(lambda: site.metrics()[name] == number - 1)
    keeper.resume()
    wait_until(lambda: site.metrics()[name] == number)


def test_imports_are_counted(site: Site) -> None:
    imports, refused = grown(site, "imports"), grown(site, "uploads refused")
    file = site.folder / "koinly.csv"
    file.write_text(koinly(1))

    options = ["--ledger=demo", "--wallet=Counted", "--create-wallet"]
    site.manage("import_transactions", str(file), *options)
    site.sql(
        "INSERT INTO imports_upload (ledger_id, file_name, size, sha256, state, revision, options,"
        " problem, fraction, lines_read, uploaded_at)"
        " SELECT id, 'x', 1, '', 'refused', 1, '{}', '', 0, 0, now() FROM ledgers_ledger LIMIT 1"
    )

    wait_until(imports)
    wait_until(refused)


def test_memory_is_that_of_the_processes(site: Site) -> None:
    text = site.ask("/metrics", Authorization=f"Bearer {TOKEN}")[2]

    for each in [*site.servers(), site.file_worker()]:
        (line,) = [x for x in text.splitlines() if f'memory_bytes{{pid="{each.pid}"}}' in x]
        assert float(line.split()[1]) == pytest.approx(
            psutil.Process(each.pid).memory_info().rss, rel=0.2
        )


def test_database_that_is_gone_is_said(site: Site) -> None:
    assert site.metrics()["database_up"] == 1

    with stopped_database(site):
        wait_until(lambda: site.metrics()["database_up"] == 0)
        assert "jobs" not in " ".join(site.metrics())

    wait_until(lambda: site.metrics()["database_up"] == 1)


def test_table_that_is_locked_keeps_no_scrape_waiting(site: Site) -> None:
    with psycopg.connect(site.conninfo) as holder:
        holder.execute("LOCK TABLE imports_upload")
        assert site.metrics()["database_up"] == 0

    assert site.metrics()["database_up"] == 1


def test_database_without_the_tables_of_this_version_answers_and_is_asked_nothing(
    site: Site,
) -> None:
    site.sql("ALTER TABLE transactions_importbatch RENAME TO away")
    try:
        metrics = site.metrics()
    finally:
        site.sql("ALTER TABLE away RENAME TO transactions_importbatch")

    assert metrics["database_up"] == 1
    assert "jobs" not in " ".join(metrics)


def test_nobody_is_told_without_the_token(site: Site) -> None:
    for header in ({}, {"Authorization": TOKEN}, {"Authorization": f"Bearer {TOKEN}x"}):
        status, _, text = site.ask("/metrics", **header)
        assert (status, text) == (401, "")


def test_what_is_written_of_metrics_is_what_there_is(site: Site) -> None:
    site.ask("/healthz")
    text = site.ask("/metrics", Authorization=f"Bearer {TOKEN}")[2]
    written = (BASE_DIR / "docs" / "operating.md").read_text()

    there = set(re.findall(r"^# HELP (txproject_\w+)", text, re.MULTILINE))
    table = {
        name
        for line in written.splitlines()
        if line.startswith("| `tx")
        for name in NAME.findall(line)
    }
    assert there == table


def test_without_a_token_there_are_no_metrics(place: Site) -> None:
    place.stop_serving()
    place.serve(METRICS_TOKEN="", HTTPS="1")

    assert place.ask("/metrics", Authorization="Bearer ")[0] == 404
    assert place.ask("/readyz")[0] in (200, 503)  # no redirect to HTTPS
    assert place.ask("/login/")[0] == 301
    place.stop_serving()
