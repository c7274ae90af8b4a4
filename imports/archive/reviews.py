"""What waits for a review in the archive of its ledger. Persons are those of their name among the
members of the ledger that is filled; nobody else can review in it."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from imports.archive.fields import Fields
from imports.archive.lines import CHUNK, lines_of, many, number_in, row_at
from ledgers.models import Ledger
from transactions.models import NewRow

ALL = ""  # one reviews for all
NAME = 150  # characters


def readers_of(ledger: Ledger) -> dict[int, str]:
    return {0: ALL, **dict(ledger.memberships.values_list("user", "user__username"))}


def new_rows(ledger: Ledger) -> Iterator[dict[str, Any]]:
    readers = readers_of(ledger)
    new = NewRow.objects.filter(ledger=ledger, reader__in=readers)
    if not new.exists():
        return
    lines = lines_of(ledger)
    found = new.order_by("transaction", "reader")
    told = found.values_list("transaction", "reader", "why", "since")
    for row, reader, why, since in told.iterator(CHUNK):
        if number := number_in(lines, row):
            person = readers[reader]
            yield {"transaction": number, "person": person, "why": why, "since": since}


def restore_new(ledger: Ledger, lines: Iterator[Fields]) -> int:
    """In the place of all that has just come in."""
    new = NewRow.objects.filter(ledger=ledger)
    new.delete()
    count = many(waiting(ledger, lines))
    unlisted = ledger.transactions.filter(Q(hidden=True) | Q(deleted_at__isnull=False))
    new.filter(transaction__in=unlisted).update(listed=False)
    return count


def waiting(ledger: Ledger, lines: Iterator[Fields]) -> Iterator[NewRow]:
    readers = {name: pk for pk, name in readers_of(ledger).items()}
    rows = lines_of(ledger)
    for line in lines:
        row, person = row_at(line, "transaction", rows), line.text("person", NAME)
        why, since = line.one_of("why", NewRow.Why.values), line.moment("since")
        if person in readers:
            of = {"ledger": ledger, "transaction_id": row, "reader": readers[person]}
            yield NewRow(**of, why=why, since=since)
