"""A backup brings back exactly what was there, or says why there is none."""

import json
import resource
import stat
import subprocess
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Event

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from backups.figures import differences
from backups.file import fresh, opened
from backups.making import compare, dumped
from backups.server import Refused, connected, our_name, program
from ledgers.models import Ledger
from live.feed import listener_conninfo
from tests.backups.helpers import contents, databases, django_in, execute, started
from transactions.models import Transaction

pytestmark = [pytest.mark.django_db(transaction=True)]

PATIENCE = 60  # seconds


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def back_up(path: Path, *options: str) -> None:
    call_command("backup", str(path), *options, verbosity=0)


def test_backup_is_restored_elsewhere_with_every_row(
    books: Ledger, tmp_path: Path, elsewhere: str
) -> None:
    here = elsewhere.removesuffix("_elsewhere")
    with django_in(here):
        back_up(tmp_path / "a.backup")

    call_command("restore", str(tmp_path / "a.backup"))

    restored = contents()
    assert len(restored["transactions_transaction"]) == 5
    assert restored == contents(here)
    assert databases(elsewhere) == [elsewhere]


def test_backup_says_what_it_holds(
    books: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.backup"

    back_up(path)

    said = capsys.readouterr().out
    figures = opened(path)[1]["figures"]
    assert "5 transactions. Restored on trial: every row is the same." in said
    assert figures["ledgers"] == {"keller": 5}
    assert sorted(row[2:] for row in figures["amounts"]) == [
        ["BTC", "received", "15"],
        ["ETH", "fee", f"0.{'0' * 35}5"],
        ["ETH", "sent", "617283945061728390.000000000000000015"],
    ]
    assert {app for app, _name in figures["migrations"]} >= {"ledgers", "transactions"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert databases(f"{our_name()}_") == []


def test_file_opens_without_this_program(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        assert archive.read("database.dump").startswith(b"PGDMP")
        assert json.loads(archive.read("manifest.json"))["figures"]["ledgers"] == {"keller": 5}


def test_file_that_exists_is_not_written_over(file: Path) -> None:
    before = file.read_bytes()

    with pytest.raises(CommandError, match="exists already") as refused:
        back_up(file)

    assert refused.value.returncode == 2
    assert file.read_bytes() == before


def test_file_that_is_put_there_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.backup"

    def made() -> None:
        with fresh(path) as part:
            part.write_text("ours")
            path.write_text("somebody's")

    with pytest.raises(Refused, match="exists already"):
        made()
    assert [each.name for each in tmp_path.iterdir()] == ["a.backup"]
    assert path.read_text() == "somebody's"


def test_others_read_no_file_whose_beginning_was_there(books: Ledger, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("untouched")
    (tmp_path / "a.backup.part").touch(0o644)
    (tmp_path / "b.backup.part").symlink_to(tmp_path / "theirs")

    for name in ("a.backup", "b.backup"):
        back_up(tmp_path / name, "--no-check")

        made = (tmp_path / name).lstat()
        assert stat.S_ISREG(made.st_mode)
        assert stat.S_IMODE(made.st_mode) == 0o600
    assert (tmp_path / "theirs").read_text() == "untouched"


def test_folder_that_is_missing_is_named(books: Ledger, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no folder .*/missing: .* BACKUP_DIR\.") as refused:
        back_up(tmp_path / "missing" / "a.backup")

    assert refused.value.returncode == 2


def test_file_that_cannot_be_written_to_its_end_is_named(books: Ledger, tmp_path: Path) -> None:
    """Which the system says without its name, as that the disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(CommandError, match=r"a\.backup cannot be written: File too") as refused:
            back_up(tmp_path / "a.backup")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert refused.value.returncode == 2
    assert list(tmp_path.iterdir()) == []


CHANGES = {
    "an amount": "UPDATE transactions_transaction SET fee_amount = 2e-36 WHERE id = {}",
    "a letter": "UPDATE transactions_transaction SET note = 'привет' WHERE id = {}",
    "a row": "DELETE FROM transactions_transactionlabel WHERE transaction_id = {}",
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_differs_is_found(books: Ledger, tmp_path: Path, change: str) -> None:
    before = dumped(tmp_path / "a")["figures"]
    first = Transaction.objects.earliest("pk").pk

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE transactions_transaction DISABLE TRIGGER USER")
        cursor.execute(CHANGES[change].format(first))
        cursor.execute("ALTER TABLE transactions_transaction ENABLE TRIGGER USER")

    with pytest.raises(Refused) as refused:
        compare(our_name(), before)
    named = str(refused.value)
    assert ("transactions_transactionlabel" in named) == (change == "a row")
    assert ("amounts" in named) == (change == "an amount")


def test_figures_do_not_depend_on_the_order_of_rows(books: Ledger, tmp_path: Path) -> None:
    before = dumped(tmp_path / "a")["figures"]
    with connected(our_name()) as database:
        database.execute(
            "CREATE TABLE turned AS SELECT * FROM transactions_transaction ORDER BY id DESC"
        )
        database.execute("SET session_replication_role = replica")
        database.execute("DELETE FROM transactions_transaction")
        database.execute("INSERT INTO transactions_transaction SELECT * FROM turned")
        database.execute("DROP TABLE turned")

    assert differences(before, dumped(tmp_path / "b")["figures"]) == []


def test_write_meanwhile_is_wholly_in_or_not(books: Ledger, tmp_path: Path, elsewhere: str) -> None:
    over = Event()
    with django_in(elsewhere.removesuffix("_elsewhere")), ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_twins, listener_conninfo(), books.pk, over)
        try:
            for n in range(3):
                back_up(tmp_path / f"{n}.backup")
        finally:
            over.set()

    call_command("restore", str(tmp_path / "2.backup"))
    twins = [row for row in contents()["contacts_contact"] if "twin" in row]
    assert len(twins) % 2 == 0
    assert 10 < len(twins) <= 2 * writing.result()


def write_twins(where: str, ledger: int, over: Event) -> int:
    """Two rows in each transaction, one after the other; how many transactions."""
    one = (
        "INSERT INTO contacts_contact (ledger_id, name, note, created_at)"
        " VALUES (%s, %s, '', now())"
    )
    with closing(psycopg.connect(where)) as database:
        for n in count():
            if over.is_set():
                return n
            for twin in ("a", "b"):
                database.execute(one, [ledger, f"twin {n} {twin}"])
            database.commit()
    raise AssertionError


@pytest.mark.slow
def test_backup_that_is_killed_leaves_no_file_of_that_name(books: Ledger, tmp_path: Path) -> None:
    """While pg_dump waits for a table, and while the copy is being filled."""
    path = tmp_path / "a.backup"
    with closing(psycopg.connect(listener_conninfo())) as holder:
        holder.execute("LOCK TABLE transactions_transaction")
        killed = started("backup", str(path))
        wait_for(lambda: path.with_name("a.backup.part").exists())
        killed.kill()
        killed.wait()
    assert not path.exists()

    killed = started("backup", str(path))
    wait_for(lambda: databases(f"{our_name()}_backup"))
    killed.kill()
    killed.wait()
    assert not path.exists()

    done = started("backup", str(path))
    said, wrong = done.communicate()
    assert (done.returncode, wrong) == (0, "")
    assert "every row is the same" in said
    assert list(tmp_path.iterdir()) == [path]
    assert databases(f"{our_name()}_") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.backup", "b.backup"])
@pytest.mark.parametrize("options", [[], ["--no-check"]])
def test_second_backup_at_the_same_time_is_refused(
    books: Ledger, tmp_path: Path, name: str, options: list[str]
) -> None:
    """And leaves the first one alone."""
    with closing(psycopg.connect(listener_conninfo())) as holder:
        holder.execute("LOCK TABLE transactions_transaction")
        first = started("backup", str(tmp_path / "a.backup"), *options)
        wait_for((tmp_path / "a.backup.part").exists)
        with pytest.raises(CommandError, match="under way"):
            back_up(tmp_path / name, *options)
        holder.rollback()

    assert first.communicate()[1] == ""
    assert [path.name for path in tmp_path.iterdir()] == ["a.backup"]


@pytest.mark.slow
def test_database_out_of_reach_is_said() -> None:
    nowhere = started("backup", "a.backup", DATABASE_URL="postgres://127.0.0.1:1/none")

    wrong = nowhere.communicate()[1]

    assert nowhere.returncode == 3
    assert wrong.startswith("CommandError: The database cannot be reached")


def test_database_without_ledgers_is_said(tmp_path: Path, elsewhere: str) -> None:
    with pytest.raises(CommandError, match="has no ledgers"):
        back_up(tmp_path / "a.backup")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_role_that_makes_no_databases_leaves_the_check_out(
    books: Ledger, file: Path, tmp_path: Path, elsewhere: str
) -> None:
    """As managed servers have it. It restores into a database that is empty."""
    role = f"{elsewhere}_role"
    execute("DROP ROLE IF EXISTS {}", role)
    execute("CREATE ROLE {} LOGIN PASSWORD 'secret'", role)
    execute("ALTER DATABASE {} OWNER TO {}", elsewhere, role)
    try:
        with django_in(elsewhere, USER=role, PASSWORD="secret"):
            call_command("restore", str(file))
            assert len(contents()["transactions_transaction"]) == 5
            with pytest.raises(CommandError, match=r"leave the check out: --no-check"):
                back_up(tmp_path / "b.backup")
            back_up(tmp_path / "c.backup", "--no-check")
            with pytest.raises(CommandError, match=r"name a database without tables"):
                call_command("restore", str(file), "--replace")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.backup", "c.backup"]
    finally:
        execute("DROP DATABASE {} WITH (FORCE)", elsewhere)
        execute("DROP ROLE {}", role)


def test_programs_of_another_version_are_not_taken() -> None:
    with pytest.raises(Refused, match="postgresql-client-12"):
        program("pg_dump", 12)
    said = subprocess.run(
        [program("pg_dump", connection.pg_version // 10_000), "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"(PostgreSQL) {connection.pg_version // 10_000}" in said.stdout
