"""PostgreSQL crashes under a hundred open pages; pages are read from a standby."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from tests.open_pages import OpenPages
from txproject.environ import BASE_DIR

from .ours.driver import Txproject
from .ours.server import Place

PAGES = 100
PROMPT = 5  # seconds


@pytest.fixture
def driver(place: Place) -> Iterator[Txproject]:
    driver = Txproject(place)
    driver.start()
    yield driver
    driver.stop()


@pytest.fixture
def pages(driver: Txproject) -> Iterator[OpenPages]:
    cookies = [f"sessionid={session}" for session in driver.sessions]
    pages = OpenPages(driver.place.port, driver.slug, cookies)
    pages.open(PAGES, asking=PAGES)
    yield pages
    pages.close()


def write(driver: Txproject, note: str) -> None:
    with psycopg.connect(driver.place.conninfo, autocommit=True) as connection:
        connection.execute(
            "UPDATE transactions_transaction SET note = %s WHERE ledger_id = %s",
            [note, driver.known["ledger"]],
        )


def test_a_hundred_pages_are_current_soon_after_a_crash(
    driver: Txproject, pages: OpenPages
) -> None:
    write(driver, "before the crash")
    pages.wait(lambda: pages.showing("before the crash") == PAGES, 20)

    driver.place.restart_postgres(signal.SIGQUIT)
    write(driver, "while nobody listened")
    pages.wait(lambda: pages.showing("while nobody listened") == PAGES, PROMPT)

    pages.wait(lambda: len(pages.up) == PAGES, PROMPT)
    write(driver, "long after")
    pages.wait(lambda: pages.showing("long after") == PAGES, PROMPT)


def test_doctor_finds_a_standby(place: Place) -> None:
    place.start_standby()
    environment = place.environment | {"DATABASE_URL": place.standby_conninfo}
    command = [sys.executable, "-P", str(BASE_DIR / "manage.py"), "doctor", "--json"]

    examined = subprocess.run(command, env=environment, capture_output=True, text=True)
    place.stop_serving()

    found = {each["what"]: each for each in json.loads(examined.stdout)}
    assert examined.returncode == 1
    assert found["standby"]["right"] is False
    assert found["triggers"]["right"] is True
