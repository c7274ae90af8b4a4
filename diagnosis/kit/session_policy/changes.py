"""A change that is made past the application, by SQL, and put back afterwards."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    String,
    TextClause,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchTableError

UPDATE = re.compile(
    r"\s*UPDATE\s+(?P<table>\S+)\s+SET\s+(?P<values>.+?)\s+WHERE\s+(?P<rows>.+?)\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
ASSIGNED = re.compile(r"""(?:^|,)\s*["`]?(\w+)["`]?\s*=(?:[^,'(]|'[^']*'|\([^()]*\))*""")


POSTGRESQL, MYSQL = "SET lock_timeout = '5s'", "SET innodb_lock_wait_timeout = 5"
LIMITS = {"psycopg": POSTGRESQL, "psycopg2": POSTGRESQL, "pymysql": MYSQL, "MySQLdb": MYSQL}


class Refused(Exception):
    """One sentence that says what to do next."""


def is_text(value: object) -> bool:
    """Numbers and days may be shown otherwise than they are kept."""
    return isinstance(value, str) and bool(value.strip())


def token() -> str:
    """A text that stands nowhere else, and is not ASCII."""
    return f"probe§{secrets.token_hex(3)}"


def connected(dsn: str) -> Engine:
    try:
        engine = create_engine(dsn, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        event.listen(engine, "connect", limit_waiting)
        engine.connect().close()
    except (ArgumentError, DBAPIError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise Refused(f"The database cannot be reached, correct --dsn: {reason}") from error
    return engine


def limit_waiting(dbapi: Any, _record: Any) -> None:
    """A row may be locked by the very change that nobody has committed."""
    statement = LIMITS.get(type(dbapi).__module__.partition(".")[0])
    if statement:
        dbapi.cursor().execute(statement)
        dbapi.commit()


class Change:
    """An UPDATE with a WHERE; `:new` in it stands for the new value."""

    def __init__(self, engine: Engine, statement: str, restore: str = "") -> None:
        self.engine, self.statement, self.restore = engine, statement, restore
        self.open: Connection | None = None
        self.old: Sequence[Any] = ()
        self.table, self.columns, self.keys, self.chosen = "", [], [], ""
        parts = UPDATE.fullmatch(statement)
        if parts:
            self.read(parts["table"], ASSIGNED.findall(parts["values"]), parts["rows"])
        elif not restore:
            raise Refused("Write --change as UPDATE table SET … WHERE …, or say --restore.")

    def read(self, table: str, columns: list[str], rows: str) -> None:
        """What has to be put back."""
        self.table, self.columns, self.keys = table, columns, self.primary_key(table)
        self.chosen = rows
        named = ", ".join(dict.fromkeys([*self.keys, *columns]))
        self.old = self.ask(f"SELECT {named} FROM {table} WHERE {rows}")
        if not self.old:
            raise Refused(f"No row matches WHERE {rows}: choose one that the page shows.")
        if not self.keys and not self.restore:
            raise Refused(f"{table} has no primary key to put the values back by: say --restore.")

    def primary_key(self, table: str) -> list[str]:
        schema, _, name = table.replace('"', "").replace("`", "").rpartition(".")
        try:
            found = inspect(self.engine).get_pk_constraint(name, schema or None)
        except NoSuchTableError as error:
            raise Refused(f"There is no table {table}: correct --change.") from error
        return found["constrained_columns"]

    def ask(self, statement: str, **values: Any) -> Sequence[Any]:
        try:
            with self.connection() as connection:
                done = connection.execute(bound(statement, values), values)
                return [row._mapping for row in done] if done.returns_rows else []
        except DBAPIError as error:
            raise Refused(f"{statement}: {str(error.orig).splitlines()[0]}") from error

    def make(self, new: str) -> None:
        self.ask(self.statement, **({"new": new} if ":new" in self.statement else {}))

    def connection(self) -> AbstractContextManager[Connection]:
        """A new one each time, that no transaction of ours can make old; or the open one."""
        return nullcontext(self.open) if self.open else self.engine.connect()

    @contextmanager
    def watching(self) -> Iterator[Callable[[str], bool]]:
        if not self.table:
            raise Refused(
                "Write --change as UPDATE table SET … WHERE …: what --save-url saves is looked for"
                " in its row."
            )
        with self.engine.connect() as connection:
            self.open = connection
            self.rows()
            try:
                yield self.holds
            finally:
                self.open = None

    def holds(self, new: str) -> bool:
        """Whether a connection of its own sees that value in the row."""
        return any(new in map(str, row.values()) for row in self.rows())

    def rows(self) -> Sequence[Any]:
        """By their keys, as the change may be of what they were chosen by."""
        where = " AND ".join(f"{key} = :{key}" for key in self.keys) or self.chosen
        statement = f"SELECT {', '.join(self.columns)} FROM {self.table} WHERE {where}"
        keys = [{key: row[key] for key in self.keys} for row in self.old]
        return [dict(row) for each in keys for row in self.ask(statement, **each)]

    def copies(self) -> list[str]:
        """Columns of other tables in which the old values stand."""
        values = {str(row[name]) for row in self.old for name in self.columns}
        about = inspect(self.engine)
        return [
            f"{table}.{column['name']}"
            for table in about.get_table_names()
            if table != self.table
            for column in about.get_columns(table)
            if isinstance(column["type"], String) and self.stands(table, column["name"], values)
        ]

    def stands(self, table: str, column: str, values: set[str]) -> bool:
        return any(self.rows_with(self.quote(table), column, value) for value in values)

    def rows_with(self, table: str, column: str, value: str) -> int:
        """Two are several."""
        statement = f"SELECT 1 FROM {table} WHERE {self.quote(column)} = :value LIMIT 2"
        return len(self.ask(statement, value=value))

    def quote(self, name: str) -> str:
        return self.engine.dialect.identifier_preparer.quote(name)

    def check_row(self, says: Callable[[str], bool]) -> None:
        """When it is put back: a page that has none of its marks is not old, but another's."""
        rows = self.ask(f"SELECT * FROM {self.table} WHERE {self.chosen}") if self.table else ()
        if rows and not any(map(says, self.marks(rows))):
            raise Refused(
                f"Nothing on the page is of WHERE {self.chosen} alone: choose a row that it shows,"
                " with a value that no other row has."
            )
        values = [value for row in rows for name in self.columns if is_text(value := row.get(name))]
        if values and not any(map(says, values)):
            raise Refused(
                f"The page shows neither the new value nor {values[0]!r}: choose a column that it"
                " shows. If it shows one that is older still, it keeps a copy."
            )

    def marks(self, rows: Sequence[Any]) -> Iterator[str]:
        """Keys, and texts that no other row has."""
        for name, value in (pair for row in rows for pair in row.items()):
            if name in self.keys:
                yield str(value)
            elif value and isinstance(value, str) and self.rows_with(self.table, name, value) == 1:
                yield value

    def put_back(self) -> None:
        """Where it is there at all."""
        if self.restore:
            self.ask(self.restore)
        elif self.rows() != self.values():
            self.write_old()

    def values(self) -> Sequence[Any]:
        return [{name: row[name] for name in self.columns} for row in self.old]

    def write_old(self) -> None:
        assigned = ", ".join(f"{name} = :{name}" for name in self.columns)
        where = " AND ".join(f"{key} = :key_{key}" for key in self.keys)
        for row, values in zip(self.old, self.values(), strict=True):
            keys = {f"key_{key}": row[key] for key in self.keys}
            self.ask(f"UPDATE {self.table} SET {assigned} WHERE {where}", **keys, **values)


def bound(statement: str, values: Mapping[str, Any]) -> TextClause:
    """Any other colon is a colon."""
    names = "|".join(values) or "(?!)"
    return text(re.sub(rf":(?!(?:{names})\b)", r"\\:", statement))
