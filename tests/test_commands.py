"""What commands say of a database that they cannot use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from backups.server import our_name
from live.feed import listener_conninfo
from tests.backups.helpers import execute, started
from tests.launcher.conftest import launched

pytestmark = pytest.mark.slow

OF_TABLES = [
    ["createsuperuser", "--noinput", "--username=me", "--email=me@example.org"],
    ["changepassword", "me"],
    ["remove_factors", "me"],
    ["axes_reset"],
    ["demo"],
    ["export_transactions", "-", "--ledger=keller"],
    ["run_worker", "--once"],
]


@pytest.mark.django_db
@pytest.mark.parametrize("command", OF_TABLES, ids=lambda command: command[0])
def test_database_without_tables_is_3_and_says_what_makes_them(command: list[str]) -> None:
    url = make_conninfo(listener_conninfo(), options="-c search_path=nowhere")

    process = started(*command, DATABASE_URL=url)

    wrong = process.communicate()[1]
    assert process.returncode == 3
    assert wrong.startswith("The database lacks a table of this version. “./dev run” makes all")
    assert wrong.count("\n") == 1


@pytest.fixture
def guest(django_db_setup: None) -> Iterator[str]:
    """An empty database, and a user who may make nothing in it."""
    name = f"{our_name()}_guest"
    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    execute("DROP ROLE IF EXISTS {}", name)
    execute("CREATE DATABASE {} TEMPLATE template0", name)
    execute("CREATE ROLE {} LOGIN PASSWORD 'secret'", name)
    yield make_conninfo(listener_conninfo(), dbname=name, user=name, password="secret")
    execute("DROP DATABASE {} WITH (FORCE)", name)
    execute("DROP ROLE {}", name)


NOT_THE_OWNER = (
    "PostgreSQL refuses it: permission denied for schema public. Make the user of DATABASE_URL the"
    " owner of the database and of its tables; where there are none yet, GRANT CREATE ON SCHEMA"
    " public to it is enough.\n"
)


def test_migrate_says_what_a_user_lacks_who_may_make_no_tables(guest: str) -> None:
    process = started("migrate", "--verbosity=0", DATABASE_URL=guest)

    assert process.communicate() == ("", NOT_THE_OWNER)
    assert process.returncode == 3


def test_run_says_so_too(guest: str, tmp_path: Path) -> None:
    ended = launched("run", DATABASE_URL=guest, TXPROJECT_DATA=str(tmp_path), PORT="0")

    assert (ended.returncode, ended.stderr) == (3, NOT_THE_OWNER)
