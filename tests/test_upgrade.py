"""A database that an earlier version made keeps its tables and all that is in them."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pgtrigger
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# pg_dump of a database with the demo ledger, made when the imports' tables were still of the app
# `transactions`, with somebody who may see them in the admin and an entry in the admin's log.
DUMP = settings.BASE_DIR / "tests" / "fixtures" / "upgrade" / "before-imports-app.sql.gz"
MOVED = ("importbatch", "sourceline")
# Of the schema: everything that has a definition.
SCHEMA = """
    SELECT format('%s %s %s', conrelid::regclass, conname, CASE contype
        WHEN 'c' THEN '' ELSE pg_get_constraintdef(oid, true) END) -- a dump spells checks anew
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT format('%s %s %s', proname, prosrc, pg_get_function_result(oid))
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable,
        column_default) FROM information_schema.columns WHERE table_schema = 'public'
"""
COLUMNS = """
    SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position)
    FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1
"""

type Columns = dict[str, list[str]]


def place(name: str) -> str:
    given = connection.settings_dict
    keys = {"USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return make_conninfo(dbname=name, **{to: given[key] for key, to in keys.items() if given[key]})


@pytest.fixture(scope="module")
def upgraded(django_db_setup: None) -> Iterator[tuple[Any, ...]]:
    """What the dump had, columns and rows by table, and a connection to it after `migrate`."""
    name = f"{connection.settings_dict['NAME']}_upgrade"
    with closing(psycopg.connect(place("postgres"), autocommit=True)) as server:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with closing(psycopg.connect(place(name), autocommit=True)) as database:
            database.execute(gzip.decompress(DUMP.read_bytes()))
            database.execute("SET search_path TO public")
            columns: Columns = dict(database.execute(COLUMNS).fetchall())
            before = contents(database, columns)
            migrate(place(name))
            yield columns, before, database
        server.execute(drop)


def migrate(url: str) -> None:
    env = os.environ | {"DATABASE_URL": url, "SECRET_KEY": "test"}
    env["DJANGO_SETTINGS_MODULE"] = "txproject.settings"
    command = [sys.executable, "manage.py", "migrate", "-v", "0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=env, check=True)


def contents(database: psycopg.Connection, columns: Columns) -> dict[str, list[str]]:
    return {table: rows(database, table, names) for table, names in columns.items()}


def rows(database: psycopg.Connection, table: str, columns: list[str]) -> list[str]:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL("SELECT ROW({})::text FROM {} ORDER BY 1").format(names, sql.Identifier(table))
    return [row for (row,) in database.execute(query)]


def schema(database: Any) -> list[str]:
    return sorted(text for (text,) in database.execute(SCHEMA).fetchall())


def test_upgrade_keeps_every_table_with_every_row(upgraded: Any) -> None:
    """In the columns that it had: others may have come."""
    columns, before, database = upgraded
    after = contents(database, columns)
    # What the migrations have said of themselves, and the names of apps, are tested below.
    own = {"django_migrations", "django_content_type", "auth_permission"}

    assert len(before["transactions_transaction"]) == 2000
    assert len(before["transactions_importbatch"]) == 4
    assert {table for table in before if after[table] != before[table]} <= own
    assert set(before["django_migrations"]) < set(after["django_migrations"])


def test_upgrade_keeps_permissions_and_the_admins_log_of_what_has_moved(upgraded: Any) -> None:
    *_before, database = upgraded
    models = "SELECT app_label, model FROM django_content_type WHERE model = ANY(%s) ORDER BY 2"
    granted = """
        SELECT codename FROM ledgers_user_user_permissions
        JOIN ledgers_user ON ledgers_user.id = user_id AND username = 'clerk'
        JOIN auth_permission ON auth_permission.id = permission_id
        JOIN django_content_type ON django_content_type.id = content_type_id
        WHERE app_label = 'imports'
    """
    logged = """
        SELECT app_label, model FROM django_admin_log
        JOIN django_content_type ON django_content_type.id = content_type_id
    """

    assert database.execute(models, [list(MOVED)]).fetchall() == [
        ("imports", "importbatch"),
        ("imports", "sourceline"),
    ]
    assert {name for (name,) in database.execute(granted)} == {
        f"{act}_{model}" for act in ("add", "change", "delete", "view") for model in MOVED
    }
    assert database.execute(logged).fetchall() == [("imports", "importbatch")]


def test_upgraded_database_has_counted_the_rows_of_each_month(upgraded: Any) -> None:
    *_before, database = upgraded
    counted = "SELECT ledger_id, month, n FROM transactions_monthcount ORDER BY 1, 2"
    there = """
        SELECT ledger_id, date_trunc('month', occurred_at, 'UTC'), count(*)
        FROM transactions_transaction WHERE deleted_at IS NULL AND NOT hidden
        GROUP BY 1, 2 ORDER BY 1, 2
    """

    found = database.execute(counted).fetchall()
    assert len(found) > 12
    assert found == database.execute(there).fetchall()


def test_upgraded_database_knows_the_words_of_its_notes(upgraded: Any) -> None:
    *_before, database = upgraded
    known = "SELECT ledger_id, word FROM transactions_noteword ORDER BY 1, 2"
    there = """
        SELECT DISTINCT ledger_id, word COLLATE "C" FROM transactions_transaction,
            unnest(tsvector_to_array(to_tsvector('simple', note))) AS word ORDER BY 1, 2
    """

    found = database.execute(known).fetchall()
    assert len(found) > 12
    assert found == database.execute(there).fetchall()


def test_upgraded_database_is_the_one_that_is_made_today(upgraded: Any) -> None:
    *_before, database = upgraded
    with closing(psycopg.connect(place(connection.settings_dict["NAME"]))) as today:
        today.execute("SET search_path TO public")

        assert schema(database) == schema(today)


def test_upgraded_database_has_the_triggers_of_the_models_and_no_others(upgraded: Any) -> None:
    *_before, database = upgraded
    there = "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_%' ORDER BY 1"

    assert [name for (name,) in database.execute(there)] == sorted(
        trigger.get_pgid(model) for model, trigger in pgtrigger.registered()
    )
