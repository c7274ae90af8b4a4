"""Databases beside that of the tests, and what they hold, read otherwise than a backup reads it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from live.feed import listener_conninfo

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
# Changed by a restore itself.
OWN = {"django_session", "ledgers_session"}


def server() -> "psycopg.Connection[Any]":
    return psycopg.connect(make_conninfo(listener_conninfo(), dbname="postgres"), autocommit=True)


def execute(statement: str, *names: str) -> None:
    with closing(server()) as connected:
        connected.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def databases(like: str) -> list[str]:
    """Those whose names begin so."""
    with closing(server()) as connected:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1"
        return [name for (name,) in connected.execute(query, [like])]


@contextmanager
def django_in(name: str, **also: Any) -> Iterator[None]:
    usual = connection.settings_dict.copy()
    connection.close()
    connection.settings_dict.update(also, NAME=name)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(usual)


def contents(name: str = "") -> dict[str, list[str]]:
    """Every row of every table."""
    where = make_conninfo(listener_conninfo(), **({"dbname": name} if name else {}))
    with closing(psycopg.connect(where)) as database:
        tables = [table for (table,) in database.execute(TABLES) if table not in OWN]
        return {table: rows(database, table) for table in tables}


def rows(database: "psycopg.Connection[Any]", table: str) -> list[str]:
    query = sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(sql.Identifier(table))
    return [row for (row,) in database.execute(query)]


def started(*command: str, **env: str) -> "subprocess.Popen[str]":
    also = {"SECRET_KEY": "test", "DJANGO_SETTINGS_MODULE": "txproject.settings", "LANGUAGE": "en"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": listener_conninfo(), **also, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
