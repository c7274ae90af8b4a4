"""Merging and deleting labels."""

from django.db import connection, transaction

from live.versions import Conflict
from transactions.models import Label
from transactions.queries.labels import use

# Rows that had both keep one.
RELABEL = """
    INSERT INTO transactions_transactionlabel (ledger_id, transaction_id, label_id)
    SELECT ledger_id, transaction_id, %(into)s FROM transactions_transactionlabel
    WHERE ledger_id = %(ledger)s AND label_id = %(label)s
    ON CONFLICT DO NOTHING
"""


def merge(label: Label, seen: int, into: Label) -> int:
    """All transactions of the one carry the other; the first is no more. The number of them.

    Conflict if either is gone, or the first is no longer what was seen.
    """
    with transaction.atomic():
        lock(label, into)
        with connection.cursor() as cursor:
            ids = {"ledger": label.ledger_id, "label": label.pk, "into": into.pk}
            cursor.execute(RELABEL, ids)
        return remove(label, seen)


def lock(*labels: Label) -> None:
    """In one order, so that two who merge the same two never wait for each other."""
    keys = sorted(label.pk for label in labels)
    found = Label.objects.select_for_update().order_by("pk").filter(pk__in=keys)
    if [label.pk for label in found] != keys:
        raise Conflict


def remove(label: Label, seen: int) -> int:
    """The number of transactions that lost it; Conflict if it is no longer what was seen."""
    with transaction.atomic():
        lock(label)
        if label.current().version != seen:
            raise Conflict
        lost = use(label)
        label.delete()
    return lost
