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
# Who has a transaction open and does nothing; whether it has written, and what it asked last.
# As docs/diagnosis/questions.md has it: in the application's own database, whatever it is called.
IDLE = {
    "postgresql": """
SELECT pid, now() - xact_start AS open_for, backend_xid IS NOT NULL AS has_written,
       left(query, 60) AS last
FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%'
ORDER BY xact_start;
""",
    "mysql": """
SELECT trx_mysql_thread_id AS pid, now() - trx_started AS open_for,
       trx_rows_modified > 0 AS has_written, '' AS last
FROM information_schema.innodb_trx
JOIN information_schema.processlist ON id = trx_mysql_thread_id
WHERE db = database() AND command = 'Sleep'
ORDER BY trx_started;
""",
}


def label(connection: Connection, key: int) -> str:
    return connection.scalar(select(TABLE.c.label).where(TABLE.c.id == key))


class Store:
    """Asks over a connection of its own each time, as psql does."""

    def __init__(self, url: str) -> None:
        self.url = url
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
            found = connection.execute(text(IDLE[self.kind])).mappings()
            return [{"wrote": bool(each["has_written"]), "last": each["last"]} for each in found]


@contextmanager
def postgresql(name: str) -> Iterator[Store]:
    """A database of its own."""
    database = f"diagnosis_{os.getpid()}_{name}"
    create = "CREATE DATABASE {}", "DROP DATABASE {} WITH (FORCE)"
    with outside("postgresql+psycopg://", *(each.format(database) for each in create)):
        yield Store(f"postgresql+psycopg:///{database}")


@contextmanager
def outside(url: str, before: str, after: str) -> Iterator[None]:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    execute(engine, before)
    try:
        yield
    finally:
        execute(engine, after)


def execute(engine: Engine, statement: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(statement))


@contextmanager
def sqlite(name: str) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        yield Store(f"sqlite:///{Path(folder) / name}.db")


@contextmanager
def mariadb(name: str) -> Iterator[Store]:
    where = urlencode({"unix_socket": os.environ["DIAGNOSIS_MARIADB"]})
    root = "mysql+pymysql://root@localhost/"
    create = f"CREATE DATABASE {name} CHARACTER SET utf8mb4"
    with outside(f"{root}?{where}", create, f"DROP DATABASE {name}"):
        yield Store(f"{root}{name}?{where}")


STORES = {"postgresql": postgresql, "sqlite": sqlite, "mariadb": mariadb}
