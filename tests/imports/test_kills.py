"""Long imports by the pages, and kill -9 of everything that has a part in them.

Takes its time, so it is run where TXPROJECT_ROUNDS says how often each is killed, at another moment
each time; TXPROJECT_ROWS is how many rows are imported.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.freshness.driver import Unknown
from tests.freshness.ours.driver import Txproject, User, hidden
from tests.freshness.ours.outside import lines
from tests.freshness.ours.server import Place

ROUNDS = int(os.environ.get("TXPROJECT_ROUNDS", "0"))
ROWS = int(os.environ.get("TXPROJECT_ROWS", "6000"))
PATIENCE = 300  # seconds
WRITTEN = """
    SELECT count(*) FROM transactions_transaction WHERE batch_id IS NOT NULL
    UNION ALL SELECT count(*) FROM transactions_sourceline
"""
FROM_FILES = "SELECT id FROM transactions_transaction WHERE batch_id IS NOT NULL"
# Without triggers: it is the table as it was, and nobody looks at it meanwhile.
FORGET = (
    "SET session_replication_role = replica",
    f"DELETE FROM transactions_transactionlabel WHERE transaction_id IN ({FROM_FILES})",
    "DELETE FROM transactions_sourceline",
    "DELETE FROM transactions_transaction WHERE batch_id IS NOT NULL",
    "UPDATE imports_upload SET state = 'checked', batch_id = NULL, rows = (SELECT rows FROM shown)",
    "DELETE FROM transactions_importbatch",
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400 + 200 * ROUNDS),
    pytest.mark.skipif(not ROUNDS, reason="TXPROJECT_ROUNDS says how often"),
]


class Ledger:
    """A ledger with a file that has been checked, and may be imported again and again."""

    def __init__(self, place: Place) -> None:
        self.place, self.driver = place, Txproject(place)
        self.driver.start()
        self.user: User = self.driver.client()
        status, page = self.user.send(
            f"/{self.driver.slug}/imports/new/", "long.csv", lines(list(range(100, 100 + ROWS)))
        )
        assert status == 303, page
        self.page = self.user.where
        self.user.post(self.page, {"wallet": "Added"})
        self.wait_for(lambda: "confirmed/" in self.user.ask(self.page)[1])
        with psycopg.connect(place.conninfo) as connection:
            connection.execute("CREATE TABLE shown AS SELECT rows FROM imports_upload")

    def seen(self) -> str:
        """The page; once more where the server had closed the idle connection meanwhile."""
        with suppress(Unknown):
            return str(self.user.ask(self.page)[1])
        return str(self.user.ask(self.page)[1])

    def confirm(self) -> float:
        page = self.seen()
        self.user.post(f"{self.page}confirmed/", {"revision": hidden(page, "revision")})
        return time.monotonic()

    def over(self) -> bool:
        status, page = self.user.ask(self.page)
        return status == 303 or "data-progress" not in page

    def imported(self) -> bool:
        return self.user.ask(self.page)[0] == 303

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(Unknown):
                if condition():
                    return
            time.sleep(0.2)
        raise AssertionError(self.user.ask(self.page)[1])

    def written(self) -> set[int]:
        """Rows of either table; the few that were given came from no file."""
        return {n for (n,) in self.answered(WRITTEN)}

    def forget(self) -> None:
        """The file is as if it had been checked and not confirmed yet."""
        self.answered(*FORGET)

    def answered(self, *statements: str) -> list[Any]:
        """Rows of the last one. PostgreSQL may answer for a moment before it notices that one of
        its processes was killed, cuts everybody off and recovers."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with psycopg.connect(self.place.conninfo) as connection:
                    for statement in statements:
                        cursor = connection.execute(statement)
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    place = Place()
    ledger = Ledger(place)
    yield ledger
    ledger.driver.stop()
    place.remove()


@pytest.fixture(scope="module")
def usual(ledger: Ledger) -> float:
    """Seconds of an import during which nobody is killed."""
    ledger.forget()  # what the demo ledger has from files, too
    began = ledger.confirm()
    ledger.wait_for(ledger.imported)
    took = time.monotonic() - began
    assert ledger.written() == {ROWS}
    return took


def file_worker(place: Place) -> psutil.Process:
    """The one of our processes that has no pages to serve: it has no connection of a browser."""
    serving = {each.pid for each in place.workers() if connected(each, place.port)}
    others = [each for each in place.workers() if each.pid not in serving]
    return random.choice(others or place.workers())


def connected(process: psutil.Process, port: int) -> bool:
    with suppress(psutil.Error):
        return any(
            each.laddr and each.laddr.port == port and each.status == "ESTABLISHED"
            for each in process.net_connections("tcp")
        )
    return False


def postgres(place: Place) -> psutil.Process:
    """The server itself, or one of its processes, which it takes for a crash of all."""
    file = Path(place.data / "postgres").resolve() / "cluster" / "postmaster.pid"
    server = psutil.Process(int(file.read_text().split()[0]))
    return random.choice([server, *server.children()])


def web_process(place: Place) -> psutil.Process:
    return random.choice(place.workers())


VICTIMS = {"worker": file_worker, "web process": web_process, "PostgreSQL": postgres}


@pytest.mark.parametrize("round", range(ROUNDS))
@pytest.mark.parametrize("victim", VICTIMS)
def test_kill_leaves_all_or_nothing_and_the_job_ends(
    ledger: Ledger, usual: float, victim: str, round: int
) -> None:
    ledger.forget()
    assert ledger.written() == {0}
    began = ledger.confirm()
    moment = usual * random.Random(f"{victim} {round}").random()
    time.sleep(max(0, began + moment - time.monotonic()))

    with suppress(psutil.NoSuchProcess):
        VICTIMS[victim](ledger.place).send_signal(signal.SIGKILL)

    assert ledger.written() in ({0}, {ROWS})
    ledger.wait_for(ledger.over)
    if ledger.written() == {0}:
        ledger.confirm()
        ledger.wait_for(ledger.imported)
    assert ledger.written() == {ROWS}
