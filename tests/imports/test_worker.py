"""Workers as processes of their own: killed, cut off from the database, two at one queue.

TXPROJECT_ROUNDS says how often each is tried, at another moment each time.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.db import connection

from imports.models import ImportBatch, SourceLine, Upload
from imports.pipeline.stream import CHUNK
from imports.tasks import write
from imports.uploads.queue import cancel, queue
from ledgers.models import Ledger
from tests.imports.test_import_process import NAME, ROOT, allocated, ask, database
from tests.imports.uploads import checked, koinly, upload
from transactions.models import Transaction

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = int(os.environ.get("TXPROJECT_ROUNDS", "1"))
MANY = 3 * CHUNK
PATIENCE = 90  # seconds
State = Upload.State


class Worker:
    """`manage.py run_worker`, started anew whenever it has ended, as a supervisor does."""

    def __init__(self) -> None:
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        env = os.environ | {"DATABASE_URL": database(), "PGAPPNAME": NAME, "SECRET_KEY": "test"}
        return subprocess.Popen(
            [sys.executable, "manage.py", "run_worker", "--concurrency=1"],
            cwd=ROOT,
            env=env | {"DJANGO_SETTINGS_MODULE": "txproject.settings"},
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        with connection.cursor() as cursor:
            # As if the time had passed after which it is taken for gone.
            cursor.execute(
                "UPDATE procrastinate_workers SET last_heartbeat = now() - '1 h'::interval"
            )

    def restart_if_ended(self) -> None:
        if self.process.poll() is not None:
            self.process = self.start()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.end()


def lines(count: int) -> str:
    header, line = koinly(1).splitlines()
    return "\n".join([header, *(line.replace(",1,", f",{n + 1},") for n in range(count))])


def wait_for(condition: object, worker: Worker) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        worker.restart_if_ended()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def state(of: Upload) -> str:
    return Upload.objects.values_list("state", flat=True).get(pk=of.pk)


def written() -> tuple[int, int, int]:
    return Transaction.objects.count(), SourceLine.objects.count(), ImportBatch.objects.count()


ALL, NOTHING = (MANY, MANY, 1), (0, 0, 0)


@pytest.fixture
def confirmed(ledger: Ledger) -> Upload:
    made = checked(ledger, lines(MANY), wallet="Main")
    assert made.checked["new"] == MANY
    queue(made, write, State.QUEUED)
    return made


@pytest.mark.parametrize("round", range(ROUNDS))
def test_worker_that_is_killed_leaves_all_or_nothing_and_another_goes_on(
    confirmed: Upload, round: int
) -> None:
    before = allocated()
    worker = Worker()
    wait_for(lambda: allocated() > before or state(confirmed) == State.IMPORTED, worker)
    time.sleep(random.Random(round).random())

    worker.kill()

    assert written() in (ALL, NOTHING)
    another = Worker()
    wait_for(lambda: state(confirmed) == State.IMPORTED, another)
    another.end()
    assert written() == ALL


@pytest.mark.parametrize("round", range(ROUNDS))
def test_connections_that_are_cut_leave_all_or_nothing_and_it_goes_on(
    confirmed: Upload, worker: Worker, round: int
) -> None:
    before = allocated()
    wait_for(lambda: allocated() > before or state(confirmed) == State.IMPORTED, worker)
    time.sleep(random.Random(round).random())

    ask(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = %(name)s"
    )

    assert written() in (ALL, NOTHING)
    wait_for(lambda: state(confirmed) == State.IMPORTED, worker)
    assert written() == ALL


def test_two_workers_do_no_job_twice(ledger: Ledger, worker: Worker) -> None:
    made = [upload(ledger, koinly(*range(1, 6), day=day), wallet="Main") for day in range(1, 7)]
    another = Worker()
    for each in made:
        wait_for(lambda each=each: state(each) == State.CHECKED, worker)
        each.refresh_from_db()
        queue(each, write, State.QUEUED)

    for each in made:
        wait_for(lambda each=each: state(each) in (State.IMPORTED, State.CHECKED), worker)
    another.end()

    assert written() == (30, 30, 6)


def test_cancelled_import_ends_at_once_and_leaves_nothing(
    confirmed: Upload, worker: Worker
) -> None:
    before = allocated()
    wait_for(lambda: allocated() > before, worker)

    assert cancel(confirmed)

    assert state(confirmed) == State.CANCELLED
    wait_for(
        lambda: not ask("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"), worker
    )
    assert written() == NOTHING
    assert state(confirmed) == State.CANCELLED


def test_progress_is_told_while_it_is_imported(confirmed: Upload, worker: Worker) -> None:
    seen: set[float] = set()

    def over() -> bool:
        row = Upload.objects.get(pk=confirmed.pk)
        seen.add(row.fraction)
        return row.state == State.IMPORTED

    wait_for(over, worker)

    assert max(seen) == 1
    assert [fraction for fraction in seen if 0 < fraction < 1]
