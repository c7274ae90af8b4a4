"""One page, one snapshot."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg import IsolationLevel

WRITTEN = re.compile(r"(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)")


@dataclass(frozen=True)
class Snapshot:
    """What a transaction sees of others, by their ids, as pg_current_snapshot() writes it."""

    xmin: int  # all below have ended
    xmax: int  # none from here on has
    running: frozenset[int]  # of those between, when it was taken

    @classmethod
    def of(cls, text: str) -> "Snapshot | None":
        if not (found := WRITTEN.fullmatch(text)):
            return None
        xmin, xmax, running = found.groups()
        return cls(int(xmin), int(xmax), frozenset(map(int, running.split(",") if running else ())))

    def sees(self, writer: float) -> bool:
        """What it has committed, if it has."""
        return writer < self.xmin or (writer < self.xmax and writer not in self.running)


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
