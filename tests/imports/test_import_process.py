"""The command as a process of its own: killed, interrupted, twice at once, without a database.

What it is waited for is an event of the database, never a while.
"""

import json
import os
import pty
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

from contacts.models import Wallet
from imports.models import ImportBatch, SourceLine
from imports.pipeline.stream import CHUNK
from ledgers.models import Ledger
from tests.factories import make_ledger
from tests.imports.helpers import koinly, run
from transactions.models import Asset, Transaction

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
NAME = "import under test"
FEW, MANY = 20, 3 * CHUNK  # lines
ROUNDS = 8


@pytest.fixture
def ledger(transactional_db) -> Ledger:
    return make_ledger(slug="keller")


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "few.csv"
    path.write_text(koinly(FEW))
    return path


@pytest.fixture
def long(tmp_path) -> Path:
    path = tmp_path / "many.csv"
    path.write_text(koinly(MANY))
    return path


def database() -> str:
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
    names["PORT"] = "port"
    settings = connection.settings_dict
    return make_conninfo(**{name: settings[key] for key, name in names.items() if settings[key]})


def start(path: Path, wallet: str = "Main", **kw) -> subprocess.Popen:
    command = [sys.executable, "manage.py", "import_transactions", str(path), "--ledger=keller"]
    env = os.environ | {"DATABASE_URL": kw.pop("url", None) or database(), "PGAPPNAME": NAME}
    env |= {"SECRET_KEY": "test", "DJANGO_SETTINGS_MODULE": "txproject.settings"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | kw
    return subprocess.Popen(
        [*command, f"--wallet={wallet}", "--create-wallet", "--report=-"],
        cwd=ROOT,
        env=env,
        # What runs in the background of a script ignores it, and so would what it starts.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        **pipes,
    )


def ask(query: str) -> int:
    with connection.cursor() as cursor:
        # Inside a transaction the activity is shown as it was when first asked for.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(query, {"name": NAME} if "%(" in query else None)
        return cursor.fetchone()[0] or 0


def allocated() -> int:
    """Ids that were drawn; a sequence tells it even of transactions that are not committed."""
    return ask(
        "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM transactions_transaction_id_seq"
    )


def copied() -> int:
    return ask("SELECT max(tuples_processed) FROM pg_stat_progress_copy")


def sessions(waiting: bool = False) -> int:
    lock = " AND wait_event_type = 'Lock'" if waiting else ""
    return ask(f"SELECT count(*) FROM pg_stat_activity WHERE application_name = %(name)s{lock}")


def wait_for(process: subprocess.Popen, moment) -> None:
    while process.poll() is None and not moment():
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.01)


@contextmanager
def ledger_locked(ledger: Ledger) -> Iterator[None]:
    """Imports get as far as their transaction, and wait there."""
    with transaction.atomic():
        Ledger.objects.select_for_update(no_key=True).get(pk=ledger.pk)
        yield


def written(wallet: str) -> tuple[int, int, int, int]:
    rows = Transaction.objects.filter(wallet__name=wallet).count()
    lines = SourceLine.objects.filter(wallet__name=wallet).count()
    batches = ImportBatch.objects.filter(wallet__name=wallet).count()
    return rows, lines, batches, Wallet.objects.filter(name=wallet).count()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_kill_leaves_all_or_nothing(ledger, long, seed):
    # Spread over the file: while it is read, at the first row, …, at the last one.
    place = MANY * seed // (ROUNDS - 1) + random.Random(seed).randrange(CHUNK)
    before = allocated()
    process = start(long)

    wait_for(process, sessions)
    wait_for(process, lambda: allocated() - before - CHUNK + copied() >= place - CHUNK)
    process.kill()
    _out, err = process.communicate()
    while sessions():
        pass

    nothing, everything = (0, 0, 0, 0), (MANY, MANY, 1, 1)
    assert written("Main") in (nothing, everything)
    assert Asset.objects.count() in (0, 7)
    if seed < ROUNDS // 2:
        assert (process.returncode, written("Main")) == (-signal.SIGKILL, nothing), err
    assert run(ledger, long.read_bytes()).lines == MANY
    assert written("Main") == everything


def test_interrupt_leaves_nothing_and_says_so(ledger, path):
    with ledger_locked(ledger):
        process = start(path)
        wait_for(process, lambda: sessions(waiting=True))
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate()

    assert process.returncode == 130
    assert f"Interrupted: nothing of {path} was written." in err
    assert "Traceback" not in err
    assert written("Main") == (0, 0, 0, 0)


def test_two_imports_of_one_file_at_once_are_one(ledger, path):
    with ledger_locked(ledger):
        processes = [start(path), start(path)]
        wait_for(processes[0], lambda: sessions(waiting=True) == 2)
        assert sessions(waiting=True) == 2

    results = [json.loads(process.communicate()[0])[0] for process in processes]

    assert sorted(result["imported"] for result in results) == [0, FEW]
    assert sorted(result["duplicates"] for result in results) == [0, FEW]
    assert written("Main") == (FEW, FEW, 2, 1)


def test_two_wallets_at_once_share_assets_and_do_not_block_each_other_for_ever(ledger, path):
    with ledger_locked(ledger):
        processes = [start(path, "One"), start(path, "Two")]
        wait_for(processes[0], lambda: sessions(waiting=True) == 2)
        assert sessions(waiting=True) == 2

    assert [process.wait() for process in processes] == [0, 0]
    assert written("One") == written("Two") == (FEW, FEW, 1, 1)
    assert Asset.objects.count() == 7
    for process in processes:
        process.communicate()


def test_reading_and_editing_go_on_while_a_file_is_written(ledger, long):
    before = allocated()
    process = start(long)

    wait_for(process, lambda: allocated() > before)
    seen = Transaction.objects.count()
    Wallet.objects.create(ledger=ledger, name="Meanwhile")
    running = process.poll() is None
    process.communicate()

    assert (running, seen) == (True, 0)
    assert Transaction.objects.count() == MANY


def test_database_that_is_not_there_is_3(ledger, path, tmp_path):
    process = start(path, url=f"postgresql://nobody@/nothing?host={tmp_path}")

    out, err = process.communicate()

    assert process.returncode == 3
    assert "The database cannot be reached: " in err
    assert (out, err.count("\n")) == ("", 1)


def test_database_without_tables_is_3(ledger, path):
    process = start(path, url=f"{database()} options='-c search_path=nowhere'")

    out, err = process.communicate()

    assert process.returncode == 3
    assert "“./dev run” makes all of them" in err
    assert (out, err.count("\n")) == ("", 1)


def test_database_that_goes_away_is_3(ledger, path):
    with ledger_locked(ledger):
        process = start(path)
        wait_for(process, lambda: sessions(waiting=True))
        ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = %(name)s"
        )
        _out, err = process.communicate()

    assert process.returncode == 3
    assert "The database cannot be reached: " in err
    assert "Traceback" not in err


def test_progress_is_shown_on_a_terminal(ledger, path):
    ours, theirs = pty.openpty()
    process = start(path, stderr=theirs)
    os.close(theirs)

    shown = b""
    while chunk := read_from(ours):
        shown += chunk
    process.communicate()

    bar, _clear, rest = shown.decode().rpartition("\r\x1b[K")
    assert "100%" in bar
    assert f"{FEW} imported" in rest


def read_from(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says that the other end is closed
        return b""


def test_progress_is_not_shown_in_a_pipe(ledger, path):
    _out, err = start(path).communicate()

    assert f"{FEW} imported" in err
    assert "\r" not in err
    assert "%" not in err
