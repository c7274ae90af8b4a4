"""A restore puts all of a backup in the place of what was there, or changes nothing."""

import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from psycopg import errors

from backups import restoring
from backups.restoring import holds_data
from backups.server import beside, our_name
from imports.archive import written
from ledgers.models import Ledger, Session, User
from live.feed import listener_conninfo
from live.listener import NAME as LISTENER
from tests.backups.helpers import contents, databases, django_in, execute
from tests.backups.test_backup import wait_for
from tests.factories import make_contact
from tests.server import served
from transactions.models import Transaction

pytestmark = [pytest.mark.django_db(transaction=True)]


def flipped(at: float) -> Callable[[Path], None]:
    """One bit of the file, so far into it."""

    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[round(at * (len(data) - 1))] ^= 1
        path.write_bytes(data)

    return damage


def cut(at: float) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(path.read_bytes()[: round(at * path.stat().st_size)])  # type: ignore[func-returns-value]


def without_dump(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        manifest = archive.read("manifest.json")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", manifest)


def of_a_list(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", "[]")


def of_a_ledger(path: Path) -> None:
    path.write_bytes(b"".join(written(Ledger.objects.get())))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no byte": cut(0),
    "half": cut(0.5),
    "all but the end": cut(0.9999),
    "a bit of the dump": flipped(0.4),
    "a bit of the last row": flipped(0.9),
    "a text": lambda path: path.write_text("-- PostgreSQL database dump\n"),
    "no dump": without_dump,
    "another manifest": of_a_list,
    "archive of a ledger": of_a_ledger,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_file_that_is_damaged_or_foreign_is_refused(file: Path, damage: str) -> None:
    DAMAGES[damage](file)
    before = contents()

    with pytest.raises(CommandError, match="is no backup, or is damaged") as refused:
        call_command("restore", str(file), "--replace")

    assert refused.value.returncode == 2
    assert contents() == before
    assert databases(f"{our_name()}_") == []


def test_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none.backup: No such file"):
        call_command("restore", str(tmp_path / "none.backup"))


def changed(path: Path, change: Callable[[dict], None]) -> None:
    """Its manifest."""
    with zipfile.ZipFile(path) as archive:
        dump, manifest = archive.read("database.dump"), json.loads(archive.read("manifest.json"))
    change(manifest)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("database.dump", dump)
        archive.writestr("manifest.json", json.dumps(manifest))


NEWER: dict[str, tuple[Callable[[dict], object], str]] = {
    "file": (lambda manifest: manifest.update(version=2), "a newer version of txproject"),
    "PostgreSQL": (lambda manifest: manifest.update(postgresql=99), "of PostgreSQL 99"),
    "tables": (
        lambda manifest: manifest["figures"]["migrations"].append(["ledgers", "9999_moons"]),
        "which has ledgers.9999_moons: install that version",
    ),
}


@pytest.mark.parametrize("what", NEWER)
def test_what_is_newer_is_refused(file: Path, what: str) -> None:
    change, said = NEWER[what]
    changed(file, change)
    before = contents()

    with pytest.raises(CommandError, match=said):
        call_command("restore", str(file), "--replace")

    assert contents() == before


def test_copy_that_is_not_what_was_backed_up_is_not_taken(file: Path) -> None:
    changed(file, lambda manifest: manifest["figures"]["ledgers"].update(keller=6))
    before = contents()

    with pytest.raises(CommandError, match="not what was backed up: ledgers"):
        call_command("restore", str(file), "--replace")

    assert contents() == before
    assert databases(f"{our_name()}_") == []


def test_database_with_data_is_left_as_it_is(books: Ledger, file: Path) -> None:
    make_contact(books, "Later")
    before = contents()

    with pytest.raises(CommandError, match="holds data already") as refused:
        call_command("restore", str(file))

    assert refused.value.returncode == 2
    assert contents() == before


def test_database_that_was_only_migrated_is_taken(
    books: Ledger, file: Path, elsewhere: str
) -> None:
    call_command("restore", str(file))
    call_command("flush", interactive=False)
    with connection.cursor() as cursor:  # as a worker that has run already
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert not holds_data(our_name())

    call_command("restore", str(file))

    assert Transaction.objects.count() == 5
    assert databases(elsewhere) == [elsewhere]


def test_replaced_data_is_kept_beside_it(
    books: Ledger, file: Path, elsewhere: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("restore", str(file))
    make_contact(Ledger.objects.get(), "Later")

    call_command("restore", str(file), "--replace")

    (old,) = databases(f"{elsewhere}_before")
    assert f'DROP DATABASE "{old}"' in capsys.readouterr().out
    assert any("Later" in row for row in contents(old)["contacts_contact"])
    assert not any("Later" in row for row in contents()["contacts_contact"])


def test_replaced_data_is_dropped_when_told(books: Ledger, file: Path, elsewhere: str) -> None:
    call_command("restore", str(file))

    call_command("restore", str(file), "--replace", "--drop-old")

    assert databases(elsewhere) == [elsewhere]


def test_data_in_another_schema_is_data(books: Ledger, file: Path, elsewhere: str) -> None:
    """It would go with the database."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA theirs")
        cursor.execute("CREATE TABLE theirs.kept AS SELECT 1 AS n")

    with pytest.raises(CommandError, match="holds data already"):
        call_command("restore", str(file))

    call_command("restore", str(file), "--replace")
    assert len(databases(f"{elsewhere}_before")) == 1


def test_what_is_written_meanwhile_is_kept(
    books: Ledger, file: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Into a database that was empty when the restore began."""

    def filled_meanwhile(*args: Any) -> None:
        with psycopg.connect(listener_conninfo()) as somebody:
            somebody.execute("CREATE TABLE later AS SELECT 1 AS n")
        filled(*args)

    filled = restoring.filled
    monkeypatch.setattr(restoring, "filled", filled_meanwhile)

    call_command("restore", str(file))

    (old,) = databases(f"{elsewhere}_before")
    assert contents(old) == {"later": ["(1)"]}


LOCALES = {
    "libc": ("LOCALE_PROVIDER libc LOCALE 'C'", "c"),
    "builtin": ("LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C' LOCALE 'C'", "b"),
    "ICU": ("LOCALE_PROVIDER icu ICU_LOCALE 'de' LOCALE 'C'", "i"),
}
LOCALE = """
    SELECT to_jsonb(d) - '{oid,datname,datfrozenxid,datminmxid}'::text[] FROM pg_database AS d
    WHERE datname = current_database()
"""


def locale() -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute(LOCALE)
        found: dict[str, object] = json.loads(cursor.fetchone()[0])
    return found


@pytest.mark.parametrize("provider", LOCALES)
def test_order_of_letters_stays(books: Ledger, file: Path, elsewhere: str, provider: str) -> None:
    """Though the server makes databases with another one."""
    options, name = LOCALES[provider]
    connection.close()
    execute("DROP DATABASE {} WITH (FORCE)", elsewhere)
    try:
        execute(f"CREATE DATABASE {{}} TEMPLATE template0 ENCODING 'UTF8' {options}", elsewhere)
    except (errors.FeatureNotSupported, errors.SyntaxError):
        pytest.skip("This PostgreSQL has none.")
    before = locale()

    call_command("restore", str(file))

    assert before["datlocprovider"] == name
    assert locale() == before


@pytest.fixture
def long_name(transactional_db: None) -> Iterator[str]:
    """An empty database of a name as long as PostgreSQL takes, ours meanwhile."""
    name = "к" * 31
    execute("CREATE DATABASE {} TEMPLATE template0", name)
    with django_in(name):
        yield name
    for each in databases(name[:10]):
        execute("DROP DATABASE {} WITH (FORCE)", each)


def test_replaced_data_of_a_long_name_is_kept_each_time(
    books: Ledger, file: Path, long_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("restore", str(file))
    for _n in range(2):
        call_command("restore", str(file), "--replace")
        time.sleep(1)  # the name has the second

    told = re.findall(r"DROP DATABASE \"(.+)\"", capsys.readouterr().out)
    assert len(set(told)) == 2
    assert databases(long_name[:10]) == sorted([long_name, *told])


def test_databases_of_long_names_are_told_apart(db: None) -> None:
    names = ["a" * 62 + end for end in "bc"]
    found = set()
    for name in names:
        with django_in(name):
            found |= {beside("restored"), beside("before_restore_20261128_081337")}

    assert len(found) == 4
    assert all(len(name.encode()) <= 63 for name in found)


def test_nobody_is_logged_in_afterwards(books: Ledger, tmp_path: Path, elsewhere: str) -> None:
    with django_in(our_name().removesuffix("_elsewhere")):
        Client().force_login(User.objects.get())
        assert Session.objects.count() == 1
        call_command("backup", str(tmp_path / "a.backup"))

    call_command("restore", str(tmp_path / "a.backup"))

    assert Session.objects.count() == 0
    assert User.objects.get().username == "ana"


LISTENERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = %s"
)


def listeners() -> int:
    with connection.cursor() as cursor:
        cursor.execute(LISTENERS, [LISTENER])
        return int(cursor.fetchone()[0])


@pytest.mark.slow
def test_servers_and_sessions_are_cut_off_and_find_the_restored_one(
    books: Ledger, file: Path, elsewhere: str
) -> None:
    call_command("restore", str(file))
    with served() as server, psycopg.connect(listener_conninfo()) as session:
        assert urlopen(f"{server.url}/login/").status == 200
        wait_for(listeners)

        call_command("restore", str(file), "--replace")

        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
        assert urlopen(f"{server.url}/login/").status == 200
        wait_for(listeners)
