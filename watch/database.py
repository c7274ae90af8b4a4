"""What a look at the database says of the deployment, on a connection of its own that nobody is
kept waiting for."""

from collections.abc import Iterator
from contextlib import contextmanager
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
# Seconds after which a job is taken for stuck: before any worker, and with one that lives.
WAITED, LONG = 600, 3600

HEARTBEAT = (
    "SELECT extract(epoch FROM now() - max(last_heartbeat))::float FROM procrastinate_workers"
)
WAITING = """
    SELECT count(*) FROM procrastinate_jobs AS job
    WHERE status = 'todo' AND coalesce(scheduled_at < now() - %s * interval '1 s', true)
    AND NOT EXISTS (SELECT FROM procrastinate_events
        WHERE job_id = job.id AND at > now() - %s * interval '1 s')
"""
LONGEST = """
    SELECT coalesce(extract(epoch FROM now() - min(began)), 0)::float
    FROM (SELECT max(at) AS began FROM procrastinate_jobs AS job
        JOIN procrastinate_events ON job_id = job.id
        WHERE status = 'doing' AND type = 'started' GROUP BY job.id) AS under_way
"""
type Connection = psycopg.Connection[Any]


def conninfo() -> str:
    """Of DATABASE_URL or the private server, without what only Django understands."""
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    params = connection.get_connection_params()
    return make_conninfo(**{name: value for name, value in params.items() if name in known})


@contextmanager
def connected() -> Iterator[Connection]:
    """For as long as a transaction: a limit on the connection would be others' behind a pooler."""
    with psycopg.connect(conninfo(), connect_timeout=PATIENCE, application_name=NAME) as made:
        made.execute(f"SET LOCAL statement_timeout = {PATIENCE * 1000}")
        yield made


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


def waiting(asked: Connection) -> int:
    """Jobs that no worker has begun for so long that something is wrong."""
    ((found,),) = asked.execute(WAITING, [WAITED, WAITED]).fetchall()
    return int(found)


def longest(asked: Connection) -> float:
    """Seconds that the job which is under way longest has been."""
    ((found,),) = asked.execute(LONGEST).fetchall()
    return float(found)


def is_fresh(seconds: float | None) -> bool:
    return seconds is not None and seconds < FRESH
