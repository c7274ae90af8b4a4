"""A change that is made past the application, by SQL, and put back afterwards."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, NullPool, TextClause, create_engine, inspect, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchTableError

UPDATE = re.compile(
    r"\s*UPDATE\s+(?P<table>\S+)\s+SET\s+(?P<values>.+?)\s+WHERE\s+(?P<rows>.+?)\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
ASSIGNED = re.compile(r"""(?:^|,)\s*["`]?(\w+)["`]?\s*=(?:[^,'(]|'[^']*'|\([^()]*\))*""")


class Refused(Exception):
    """One sentence that says what to do next."""


def token() -> str:
    """A text that stands nowhere else, and is not ASCII."""
    return f"проба-{secrets.token_hex(3)}"


def connected(dsn: str) -> Engine:
    try:
        engine = create_engine(dsn, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        engine.connect().close()
    except (ArgumentError, DBAPIError, ImportError) as error:
        reason = str(error).splitlines()[0]
        raise Refused(f"The database cannot be reached, correct --dsn: {reason}") from error
    return engine


class Change:
    """An UPDATE with a WHERE; `:new` in it stands for the new value."""

    def __init__(self, engine: Engine, statement: str, restore: str = "") -> None:
        self.engine, self.statement, self.restore = engine, statement, restore
        self.old: Sequence[Any] = ()
        self.table, self.columns, self.keys = "", [], []
        parts = UPDATE.fullmatch(statement)
        if parts:
            self.read(parts["table"], ASSIGNED.findall(parts["values"]), parts["rows"])
        elif not restore:
            raise Refused("Write --change as UPDATE table SET … WHERE …, or say --restore.")

    def read(self, table: str, columns: list[str], rows: str) -> None:
        """What has to be put back."""
        self.table, self.columns, self.keys = table, columns, self.primary_key(table)
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
            with self.engine.connect() as connection:
                done = connection.execute(bound(statement, values), values)
                return [row._mapping for row in done] if done.returns_rows else []
        except DBAPIError as error:
            raise Refused(f"{statement}: {str(error.orig).splitlines()[0]}") from error

    def make(self, new: str) -> None:
        self.ask(self.statement, **({"new": new} if ":new" in self.statement else {}))

    def holds(self, new: str) -> bool:
        """Whether a connection of its own sees that value in the row."""
        return any(new in map(str, row.values()) for row in self.rows())

    def rows(self) -> Sequence[Any]:
        where = " AND ".join(f"{key} = :{key}" for key in self.keys)
        named = ", ".join(self.columns)
        values = [{key: row[key] for key in self.keys} for row in self.old]
        return [
            row
            for each in values
            for row in self.ask(f"SELECT {named} FROM {self.table} WHERE {where}", **each)
        ]

    def put_back(self) -> None:
        if self.restore:
            self.ask(self.restore)
            return
        assigned = ", ".join(f"{name} = :{name}" for name in self.columns)
        where = " AND ".join(f"{key} = :key_{key}" for key in self.keys)
        for row in self.old:
            keys = {f"key_{key}": row[key] for key in self.keys}
            values = {name: row[name] for name in self.columns}
            self.ask(f"UPDATE {self.table} SET {assigned} WHERE {where}", **keys, **values)


def bound(statement: str, values: Mapping[str, Any]) -> TextClause:
    """Any other colon is a colon."""
    names = "|".join(values) or "(?!)"
    return text(re.sub(rf":(?!(?:{names})\b)", r"\\:", statement))
