"""The keys of a few rows, or of the first of a few thousand, put in the order of a list.

Python takes longer for thousands of rows than PostgreSQL.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Func, QuerySet

from transactions.models import Transaction
from transactions.queries.by_month import Row
from transactions.search import KeysSQL, keys_sql

FIRST = "SELECT array(SELECT pk FROM ({rows}) AS found ORDER BY {order} LIMIT {most})"
# With one of the labels; with several as often. MATERIALIZED, as starting other processes for it
# takes longer.
JOINED = """
    WITH few AS MATERIALIZED ({rows}) SELECT few.* FROM few
    JOIN transactions_transactionlabel ON transaction_id = few.pk WHERE label_id = ANY(%s)
"""
# Put in order, and then tried one by one, for as long as more are wanted; and the number of what
# was put in order.
LOOKED_UP = """
    WITH few AS MATERIALIZED (
        SELECT occurred_at, pk FROM ({rows}) AS found ORDER BY {order} LIMIT {among}
    )
    (SELECT occurred_at, pk FROM few WHERE (
        SELECT true FROM transactions_transactionlabel
        WHERE transaction_id = few.pk AND label_id = ANY(%s) LIMIT 1
    ) AND ({fitting}) IS NOT NULL LIMIT {most})
    UNION ALL SELECT NULL, count(*) FROM few
"""
OF_FEW = Func(template="few.pk", output_field=BigIntegerField())

# Nothing of too many.
KEYS = """
    SELECT CASE WHEN count(*) <= {most} THEN coalesce(array_agg(pk), '{{}}') END
    FROM ({rows} LIMIT {most} + 1) AS found (pk)
"""


def first_keys(
    rows: QuerySet[Any, Any], latest_first: bool, labels: list[int], most: int
) -> tuple[list[int], bool]:
    """Of rows with `occurred_at` and `pk`, the latest first or the oldest; and whether these
    are all. With one of the labels, if there are any."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return [], True
    if labels:
        sql, params = JOINED.format(rows=sql), (*params, labels)
    with connection.cursor() as cursor:
        cursor.execute(FIRST.format(rows=sql, order=order(latest_first), most=most), params)
        [keys] = cursor.fetchone()
    return list(dict.fromkeys(keys)), len(keys) < most


def looked_up(
    rows: QuerySet[Any, Any],
    latest_first: bool,
    labels: list[int],
    fitting: KeysSQL,
    most: int,
    among: int | None = None,
) -> tuple[list[Row], int]:
    """Of such rows, or so many of the first, those with one of the labels that fit as well (see
    `on_few`); and how many there are."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return [], 0
    tried, values = fitting
    with connection.cursor() as cursor:
        statement = LOOKED_UP.format(
            rows=sql,
            order=order(latest_first),
            fitting=tried,
            most=most,
            among="ALL" if among is None else among,
        )
        cursor.execute(statement, [*params, labels, *values])
        *found, (_none, number) = cursor.fetchall()
    return list(dict.fromkeys(found)), number


def on_few(fitting: QuerySet[Transaction]) -> KeysSQL:
    """What is tried on each of the rows that were put in order."""
    return keys_sql(fitting.filter(pk=OF_FEW).order_by())


def order(latest_first: bool) -> str:
    direction = "DESC" if latest_first else "ASC"
    return f"occurred_at {direction}, pk {direction}"


def few_keys(parts: list[QuerySet[Any, int]], most: int) -> list[int] | None:
    """Of rows in any of the parts; those in several are counted and given as often. None where
    there are more, of which no more is read than that."""
    first, *others = (part.order_by() for part in parts)
    rows = first.union(*others, all=True) if others else first
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(KEYS.format(rows=sql, most=most), params)
        found: list[int] | None = cursor.fetchone()[0]
    return found
