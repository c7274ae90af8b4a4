"""Databases that a variant can be run on, and what can be seen in them from outside."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import Connection, Engine, NullPool, create_engine, select, text, update

from diagnosis.app.models import Transaction

TABLE = Transaction.__table__
COMMITTED = "SELECT label FROM transaction WHERE id = {key};"
# Who has a transaction open and does nothing; whether it has written, and what it asked last.
IDLE = {
    "postgresql": """
SELECT pid, backend_xid IS NOT NULL AS has_written, query
FROM pg_stat_activity
WHERE state = 'idle in transaction' AND application_name = :name""",
    "mysql": """
SELECT trx_mysql_thread_id, trx_rows_modified > 0 AS has_written, ''
FROM information_schema.innodb_trx JOIN information_schema.processlist
  ON id = trx_mysql_thread_id
WHERE command = 'Sleep' AND db = :name""",
}


def label(connection: Connection, key: int) -> str:
    return connection.scalar(select(TABLE.c.label).where(TABLE.c.id == key))


class Store:
    """Asks over a connection of its own each time, as psql does."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url
        self.engine: Engine = create_engine(url, poolclass=NullPool)
        self.kind = self.engine.dialect.name

    def committed(self, key: int) -> str:
        with self.engine.connect() as connection:
            return label(connection, key)

    @contextmanager
    def watching(self, key: int) -> Iterator[Callable[[], str]]:
        """A connection that is open already, to look before a later commit comes."""
        with self.engine.connect() as opened:
            connection = opened.execution_options(isolation_level="AUTOCOMMIT")
            yield lambda: label(connection, key)

    def write(self, key: int, value: str) -> None:
        """Past the application, as in psql."""
        with self.engine.begin() as connection:
            change = update(TABLE).where(TABLE.c.id == key).values(label=value)
            connection.execute(change)

    def idle(self) -> list[dict]:
        with self.engine.connect() as connection:
            found = connection.execute(text(IDLE[self.kind]), {"name": self.name})
            return [{"pid": pid, "wrote": bool(wrote), "last": last} for pid, wrote, last in found]


@contextmanager
def postgresql(name: str) -> Iterator[Store]:
    """A schema, in a database that is dropped as a whole. An application name tells whose session
    is whose."""
    options = {"options": f"-csearch_path={name}", "application_name": name}
    engine = create_engine("postgresql+psycopg://", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    yield Store(name, f"postgresql+psycopg://?{urlencode(options)}")


@contextmanager
def sqlite(name: str) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        yield Store(name, f"sqlite:///{Path(folder) / name}.db")


@contextmanager
def mariadb(name: str) -> Iterator[Store]:
    where = urlencode({"unix_socket": os.environ["DIAGNOSIS_MARIADB"]})
    engine = create_engine(f"mysql+pymysql://root@localhost/?{where}", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield Store(name, f"mysql+pymysql://root@localhost/{name}?{where}")


STORES = {"postgresql": postgresql, "sqlite": sqlite, "mariadb": mariadb}
