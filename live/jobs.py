"""What the jobs of all apps have in common: when they are tried again, and how they say how far
they are."""

from time import monotonic

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.models import Model
from procrastinate import JobContext, RetryStrategy
from procrastinate.exceptions import JobAborted

EVERY = 0.5  # seconds between two reports of progress
# A database that has gone away comes back; everything else would only happen again.
AGAIN = RetryStrategy(max_attempts=10, wait=2, retry_exceptions=[OperationalError, InterfaceError])

REPORT = """
    UPDATE "{0}" SET fraction = %s
    WHERE id = (SELECT id FROM "{0}" WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)
"""


class Reporter:
    """Writes how far a job is with a row, on a connection of its own: its transaction is not over
    yet. Where that has written the row already, nobody is told: it would wait for itself."""

    def __init__(self, row: Model, context: JobContext) -> None:
        self.statement = REPORT.format(row._meta.db_table)
        self.row, self.context = row, context
        self.last = 0.0
        self.connection = connections.create_connection(DEFAULT_DB_ALIAS)

    def __call__(self, fraction: float) -> None:
        if self.context.should_abort():
            raise JobAborted
        if monotonic() - self.last > EVERY:
            self.last = monotonic()
            with self.connection.cursor() as cursor:
                cursor.execute(self.statement, [min(1.0, fraction), self.row.pk])
