"""The conventional way: one process, started by uvicorn itself, which would log whole addresses."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.freshness.ours.server import free_port
from tests.watch.site import Site, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def alone(place: Site) -> Iterator[Site]:
    place.port, place.more = free_port(), {}
    place.log.write_text("")
    command = [sys.executable, "-m", "uvicorn", "txproject.asgi:application"]
    with place.log.open("ab") as log:
        process = subprocess.Popen(
            [*command, f"--port={place.port}"],
            env=place.environment | {"WEB_CONCURRENCY": "1"},
            stdout=log,
            stderr=log,
        )
    wait_until(lambda: "Uvicorn running" in place.log.read_text())
    yield place
    process.send_signal(signal.SIGTERM)
    process.wait()


def test_process_alone_is_healthy_counted_and_says_nothing_twice(alone: Site) -> None:
    before = alone.metrics()
    request_id = alone.ask("/demo/transactions/?q=sekret")[1]["x-request-id"]

    after = alone.metrics()
    found = alone.record_of(request_id)
    assert after["processes"] == 1
    name = "requests_total GET 302 transaction_list"
    assert after[name] == before.get(name, 0) + 1
    assert (found["route"], found["status"]) == ("transaction_list", 302)
    assert alone.ask("/healthz")[0] == 200
    log = alone.log.read_text()
    assert "sekret" not in log
    assert {each["logger"] for each in alone.records()} >= {"uvicorn.error", "watch.asgi"}
    assert log.count("transaction_list") == 1
