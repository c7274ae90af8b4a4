"""A request and its id: through the server, in the log, in its answer and on its page."""

import re

import psycopg
import pytest

from tests.imports.uploads import koinly
from tests.open_pages import OpenPages
from tests.watch.site import Site, wait_until
from tests.watch.test_health import stopped_database
from txproject.environ import BASE_DIR

pytestmark = pytest.mark.slow
LIST = "/demo/transactions/"
ID = re.compile(r"[0-9a-f]{32}")
WRITTEN = (BASE_DIR / "docs" / "operating.md").read_text()
FIELDS = set(re.findall(r"^\| `(\w+)` \| (?:all|errors|requests) \|", WRITTEN, re.MULTILINE))


@pytest.fixture(scope="module")
def cookie(site: Site) -> str:
    return site.log_in()


def test_each_request_has_a_line_with_what_it_was_and_took(site: Site, cookie: str) -> None:
    status, headers, _ = site.ask(f"{LIST}?asset=BTC&since=2024-01-01", Cookie=cookie)

    found = site.record_of(headers["x-request-id"])
    assert ID.fullmatch(found.pop("request_id"))
    assert 1 < found.pop("ms") < 60_000
    assert found.pop("statements") > 3
    assert found.pop("user") > 0
    del found["time"]
    assert status == 200
    assert set(found) | {"time", "request_id", "ms", "statements", "user", "error"} == FIELDS
    assert found == {
        "level": "INFO",
        "logger": "watch.asgi",
        "message": "request",
        "method": "GET",
        "route": "transaction_list",
        "status": 200,
    }


def test_stream_has_a_line_when_it_has_ended(site: Site, cookie: str) -> None:
    def ended() -> list[dict[str, object]]:
        return [
            each
            for each in site.records()
            if (each.get("route"), each.get("status")) == ("stream", 200)
        ]

    before = len(ended())
    pages = OpenPages(site.port, "demo", [cookie])
    pages.open(1)
    pages.close()

    wait_until(lambda: len(ended()) == before + 1)
    assert ended()[-1]["user"]


def test_answers_that_are_read_once_for_many_have_an_id_each(site: Site, cookie: str) -> None:
    part = {"HX_Request": "true", "HX_Request_Type": "partial", "Live": "all", "Cookie": cookie}

    ids = {site.ask(LIST, **part)[1]["x-request-id"] for _ in range(5)}

    assert len(ids) == 5
    assert {site.record_of(each)["route"] for each in ids} == {"transaction_list"}


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("01HZX-trace.7_a", True),
        ("a" * 64, True),
        ("short", False),
        ("a" * 65, False),
        ("with space in it", False),
        ('"},{"level":"ERROR', False),
        ("é" * 10, False),
    ],
)
def test_id_of_the_proxy_is_taken_if_it_is_well_formed(site: Site, given: str, taken: bool) -> None:
    answered = site.ask("/healthz", X_Request_ID=given)[1]["x-request-id"]

    assert (answered == given) is taken
    assert taken or ID.fullmatch(answered)


def test_nothing_that_was_sent_stands_in_the_log(site: Site, cookie: str) -> None:
    secrets = ["sekret-0x5290", "1234.5678", "sekret-form", "sekret-agent", "sekret-page"]
    site.ask(f"{LIST}?q={secrets[0]}&min={secrets[1]}", Cookie=cookie, User_Agent=secrets[3])
    site.ask(f"/demo/{secrets[0]}/", Cookie=cookie)
    site.ask("/login/", "POST", f"username={secrets[2]}", Referer=f"http://x/{secrets[4]}")
    last = site.ask("/healthz")[1]["x-request-id"]
    site.record_of(last)

    log = site.log.read_text()

    assert [each for each in secrets if each in log] == []
    assert cookie.partition("=")[2] not in log


def shown(text: str) -> str:
    """What is read on a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Something broke here"), ("ru", "Здесь что-то сломалось")]
)
def test_page_of_an_error_names_the_id_by_which_the_log_has_the_reason(
    site: Site, cookie: str, language: str, said: str
) -> None:
    with stopped_database(site):
        wait_until(lambda: site.ask(LIST, Cookie=cookie)[0] == 500)
        status, headers, text = site.ask(LIST, Cookie=cookie, Accept_Language=language)

    found = site.record_of(headers["x-request-id"], "django.request")
    assert status == 500
    assert said in text
    assert f"500 · {found['request_id']}" in shown(text)
    assert f'lang="{language}"' in text
    assert "psycopg.OperationalError" in found["error"]
    assert found["message"] == "500 no view"  # it was not found yet who asks
    wait_until(lambda: site.ask(LIST, Cookie=cookie)[0] == 200)


@pytest.mark.parametrize(("path", "status"), [("/demo/nothing/here/", 404), (f"{LIST}?q=%00", 400)])
def test_other_pages_of_refusal_name_it_too(
    site: Site, cookie: str, path: str, status: int
) -> None:
    answered, headers, text = site.ask(path, Cookie=cookie)

    assert answered == status
    assert headers["x-request-id"] in shown(text)


def test_statement_that_takes_too_long_is_ended(site: Site) -> None:
    """And the connection serves on. Without a pooler before it, as there the limit would be that
    of others too."""
    site.stop_serving()
    site.serve(STATEMENT_TIMEOUT="1", LISTEN_DATABASE_URL="")
    cookie = site.log_in()

    with psycopg.connect(site.conninfo) as holder:
        holder.execute("LOCK TABLE transactions_transaction")
        status, headers, _ = site.ask(LIST, Cookie=cookie)

    assert status == 500
    counted = site.metrics()
    assert counted["requests_total GET 500 transaction_list"] == 1
    assert counted["request_seconds_bucket 0.5 GET transaction_list"] == 0
    found = site.record_of(headers["x-request-id"], "django.request")
    assert "psycopg.errors.QueryCanceled 57014" in found["error"]
    assert site.ask(LIST, Cookie=cookie)[0] == 200


WAITS = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND now() - query_start > interval '1500 ms')
"""


def test_who_works_on_files_waits_for_longer(site: Site) -> None:
    """It is a process of the same program, and an import may take an hour."""
    cookie, worker = site.log_in(), site.file_worker()
    worker.suspend()
    assert site.upload(cookie, "koinly.csv", koinly(1)) == 303

    with psycopg.connect(site.conninfo) as holder:
        holder.execute("LOCK TABLE imports_upload")
        worker.resume()
        with psycopg.connect(site.conninfo, autocommit=True) as watching:
            wait_until(lambda: watching.execute(WAITS).fetchone() == (True,))
