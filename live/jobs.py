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


class Reporter:
    """Writes how far a job is with a row, on a connection of its own: its transaction is not over
    yet."""

    def __init__(self, row: Model, context: JobContext) -> None:
        self.statement = f'UPDATE "{row._meta.db_table}" SET fraction = %s WHERE id = %s'  # noqa: S608
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
