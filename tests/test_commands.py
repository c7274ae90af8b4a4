"""What commands say of a database that they cannot use."""

import pytest
from psycopg.conninfo import make_conninfo

from live.feed import listener_conninfo
from tests.backups.helpers import started

pytestmark = pytest.mark.slow

OF_TABLES = [
    ["createsuperuser", "--noinput", "--username=me", "--email=me@example.org"],
    ["changepassword", "me"],
    ["remove_factors", "me"],
    ["axes_reset"],
    ["demo"],
    ["export_transactions", "-", "--ledger=keller"],
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
