"""Queries of which only values change: Django makes their SQL once in a process, PostgreSQL plans
it once on a connection of a server (database.py says so), five times on others. Both take longer
than to run them.

For queries that find their rows by keys, and for short ones. Where the best plan depends on the
values, as with the filters of a list, PostgreSQL has to see them.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, partial
from itertools import islice
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
from django.db.models import BigIntegerField, BooleanField, Expression, Field, Func, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from psycopg import sql

PLACEHOLDER = re.compile("%s|%%")


class Parameter(Expression):
    """A value that is given when the query is run."""

    def __init__(self, name: str, output_field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field or BigIntegerField())
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        return f"%s::{self.output_field.db_type(connection)}", [self]


def keys(name: str) -> Parameter:
    """A list of keys."""
    return Parameter(name, ArrayField(BigIntegerField()))


class IsAnyOf(Func):
    """Whether a column has one of the values of a list: `IsAnyOf("pk", keys("ids"))`."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()
    conditional = True


class PreparedCursor(psycopg.Cursor[Any]):
    """Sends values beside the statement, as Django's own cursor does not, and prepares it."""

    def execute(self, query: Any, params: Any = None, **_options: Any) -> "PreparedCursor":
        if not settings.PREPARED_STATEMENTS:
            return super().execute(query, params, prepare=False)
        # Without a number psycopg prepares nothing at all; nothing by itself, with this.
        self.connection.prepare_threshold = sys.maxsize
        return super().execute(query, params, prepare=True)


class Prepared:
    """`build` makes the query, with Parameters in it, when it is first run."""

    def __init__(self, build: "Callable[[], QuerySet[Any, Any]]") -> None:
        self.build = build

    @cached_property
    def compiled(self) -> tuple[Callable[[Any], Iterator[Any]], str, list[str]]:
        """How to read its rows, its SQL with constants in their places, the Parameters' names."""
        connection.ensure_connection()
        compiler = self.build().query.get_compiler(connection=connection)
        text, params = compiler.as_sql()
        left = iter(params)
        names: list[str] = []

        def placed(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%%"
            if isinstance(value := next(left), Parameter):
                names.append(value.name)
                return "%s"
            return sql.Literal(value).as_string(connection.connection).replace("%", "%%")

        return reader(compiler), PLACEHOLDER.sub(placed, text), names

    def __call__(self, **values: Any) -> Iterator[Any]:
        """Its rows, as values_list() has them; of a query of models, all their columns."""
        converted, text, names = self.compiled
        return converted(read(text, [values[name] for name in names]))


def reader(compiler: SQLCompiler) -> Callable[[Any], Iterator[Any]]:
    """As the compiler reads rows, which looks for the converters of each column each time."""
    found = compiler.get_converters([column for column, *_sql in compiler.select or ()])
    return partial(compiler.apply_converters, converters=found) if found else iter


@cache
def columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def instances[Kind: Model](model: type[Kind], rows: Iterable[Sequence[Any]]) -> Iterator[Kind]:
    """Of rows that are its columns."""
    names = columns(model)
    return (model.from_db(DEFAULT_DB_ALIAS, names, row) for row in rows)


def joined(models: Iterable[type[Model]], row: Iterable[Any]) -> list[Any]:
    """Of a row that is the columns of each of these, one model after the other; None of one that an
    outer join has not found."""
    values = iter(row)
    parts = ((model, list(islice(values, len(columns(model))))) for model in models)
    return [
        next(instances(model, [part])) if part[0] is not None else None for model, part in parts
    ]


def read(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """Rows of a query. It needs no ping before it (CONN_HEALTH_CHECKS), which is a round trip of
    every request: if the connection has been lost since the last one, it is asked again."""
    made: Any = connections[DEFAULT_DB_ALIAS]
    if made.connection is None or made.health_check_done:
        return prepared_rows(statement, values)
    made.health_check_done = True
    try:
        return prepared_rows(statement, values)
    except (InterfaceError, OperationalError):
        if made.is_usable():
            raise
        made.close()
        return prepared_rows(statement, values)


def prepared_rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    """Of SQL that Django has no words for."""
    made: Any = connections[DEFAULT_DB_ALIAS]
    made.close_if_health_check_failed()
    made.ensure_connection()
    # With what Django puts around each of its own cursors.
    make = made.make_debug_cursor if made.queries_logged else made.make_cursor
    prepared: Any = PreparedCursor(made.connection)
    with make(prepared) as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
