"""A ledger to look around in: made up, plausible, the same every time."""

from collections.abc import Callable
from datetime import datetime
from random import Random

from django.db import connection

from contacts.models import Address, Contact
from demo.events import Events
from demo.parties import Parties, Size
from demo.schedule import Schedule
from demo.writing import Writer
from imports.models import SourceLine
from ledgers.models import Ledger, User
from transactions.models import Asset, NewRow, Transaction, TransactionLabel

SEED = 2026
# What nobody has reviewed yet.
NEW = 12


def fill(ledger: Ledger, by: User, count: int, now: datetime, done: Callable[[int], None]) -> None:
    """So many transactions until now into an empty ledger; `done` is told how many there are."""
    rng = Random(SEED)  # noqa: S311, nothing secret is made of it
    parties = Parties(ledger, Size.of(count), now.year, rng)
    schedule = Schedule(Events(parties, rng), count, now)
    Writer(parties, now, by).write(schedule.drafts(), done)
    review_all_but_the_last(ledger)


def review_all_but_the_last(ledger: Ledger) -> None:
    last = ledger.transactions.filter(hidden=False).latest_first()[:NEW]
    NewRow.objects.filter(ledger=ledger).exclude(transaction__in=list(last)).delete()


def analyse() -> None:
    """PostgreSQL plans by what it knows of the tables, which is nothing until it has looked."""
    models = (Address, Asset, Contact, SourceLine, Transaction, TransactionLabel)
    tables = ", ".join(f'"{model._meta.db_table}"' for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")
