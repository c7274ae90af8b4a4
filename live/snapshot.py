"""One page, one snapshot."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import IsolationLevel


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read inside comes from one moment, not earlier than the call.

    A READ ONLY REPEATABLE READ transaction for two extra round trips: psycopg opens it with the
    first statement. Inside a test's own transaction it is a plain atomic block.
    """
    connection.ensure_connection()
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    raw = connection.connection
    raw.isolation_level, raw.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with transaction.atomic(durable=True):
            yield
    finally:
        if not raw.closed:
            raw.isolation_level, raw.read_only = None, None
