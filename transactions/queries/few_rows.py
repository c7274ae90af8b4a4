"""The keys of a few rows, or of the first of a few thousand, put in the order of a list.

As one value of SQL: Python takes longer for thousands of rows than PostgreSQL.
"""

from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# Rows that are sorted before labels are looked for, one by one.
MOST_LOOKED_UP = 6_000
# What is read once sooner than it is looked for row by row: so many labelled rows.
FEW_LABELLED = 40_000

FIRST = "SELECT array(SELECT pk FROM ({rows}) AS found ORDER BY {order} LIMIT {most})"
# With one of the labels; with several as often. MATERIALIZED, as starting other processes for it
# takes longer.
JOINED = """
    WITH few AS MATERIALIZED ({rows}) SELECT few.* FROM few
    JOIN transactions_transactionlabel ON transaction_id = few.pk WHERE label_id = ANY(%s)
"""
# Likewise, each looked for as long as more are wanted. OFFSET, so that they are looked for once.
LOOKED_UP = """
    WITH few AS MATERIALIZED (
        SELECT pk FROM ({rows}) AS found ORDER BY {order} LIMIT {most_looked_up}
    )
    SELECT keys, cardinality(keys) = {most} OR (SELECT count(*) FROM few) < {most_looked_up}
    FROM (SELECT array(SELECT pk FROM few WHERE (
        SELECT true FROM transactions_transactionlabel
        WHERE transaction_id = few.pk AND label_id = ANY(%s) LIMIT 1
    ) LIMIT {most}) AS keys OFFSET 0) AS first
"""

# Nothing of too many.
KEYS = """
    SELECT CASE WHEN count(*) <= {most} THEN coalesce(array_agg(pk), '{{}}') END
    FROM ({rows} LIMIT {most} + 1) AS found (pk)
"""


class Labels(NamedTuple):
    """Of which rows have one, and the number of all rows that do."""

    pks: list[int]
    number: float


def first_keys(
    rows: QuerySet[Any, Any], latest_first: bool, labels: Labels | None, most: int
) -> tuple[list[int], bool]:
    """Of rows with `occurred_at` and `pk`, the latest first or the oldest; and whether these
    are all."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return [], True
    statement = FIRST
    if labels:
        params = (*params, labels.pks)
        if labels.number > FEW_LABELLED:
            statement = LOOKED_UP
        else:
            sql = JOINED.format(rows=sql)
    direction = "DESC" if latest_first else "ASC"
    order = f"occurred_at {direction}, pk {direction}"
    with connection.cursor() as cursor:
        cursor.execute(
            statement.format(rows=sql, order=order, most=most, most_looked_up=MOST_LOOKED_UP),
            params,
        )
        keys, *are_all = cursor.fetchone()
    return list(dict.fromkeys(keys)), len(keys) < most and all(are_all)


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
