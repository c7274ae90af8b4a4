"""What a look at the database says of the deployment, on a connection of its own that nobody is
kept waiting for."""

from functools import cache
from typing import Any

import psycopg
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

NAME = "txproject watch"  # as pg_stat_activity shows it
PATIENCE = 3  # seconds
# A worker's heart beats every three seconds; one that is silent for longer is taken for gone.
FRESH = 30  # seconds

HEARTBEAT = (
    "SELECT extract(epoch FROM now() - max(last_heartbeat))::float FROM procrastinate_workers"
)
type Connection = psycopg.Connection[Any]


def conninfo() -> str:
    """Of DATABASE_URL or the private server, without what only Django understands."""
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    params = connection.get_connection_params()
    return make_conninfo(**{name: value for name, value in params.items() if name in known})


def connected() -> Connection:
    return psycopg.connect(
        conninfo(), autocommit=True, connect_timeout=PATIENCE, application_name=NAME
    )


@cache
def written() -> frozenset[tuple[str, str]]:
    """The migrations of this version of the program."""
    return frozenset(MigrationLoader(None).graph.nodes)


def missing(asked: Connection) -> list[tuple[str, str]]:
    """Migrations that have not been applied."""
    try:
        applied = set(asked.execute("SELECT app, name FROM django_migrations").fetchall())
    except psycopg.errors.UndefinedTable:
        applied = set()
    return sorted(written() - applied)


def silence(asked: Connection) -> float | None:
    """Seconds since any worker's last heartbeat; None if there is no worker."""
    row = asked.execute(HEARTBEAT).fetchone()
    return row[0] if row else None


def is_fresh(seconds: float | None) -> bool:
    return seconds is not None and seconds < FRESH
