"""Deleting a transaction that was written by hand, and undoing it."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ledgers.models import Ledger, Role, User
from ledgers.undo import CannotUndo, undoes
from transactions.models import Transaction


def delete(row: Transaction, by: User) -> dict[str, Any]:
    """It stays in the database, so that it can come back. Returns what `undelete` takes."""
    now = timezone.now()
    alive = Transaction.objects.alive().filter(pk=row.pk)
    alive.update(deleted_at=now, edited_at=now, edited_by=by)
    return {"pk": row.pk}


def restore(rows: "QuerySet[Transaction]", by: User | None) -> int:
    """How many of them were deleted, and are back."""
    now = timezone.now()
    return (
        rows.order_by()
        .filter(deleted_at__isnull=False)
        .update(deleted_at=None, undone_import=None, edited_at=now, edited_by=by)
    )


@undoes("deleted", Role.EDITOR)
def undelete(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    if not restore(ledger.transactions.filter(pk=done["pk"]), by):
        raise CannotUndo(_("The transaction is not there any more."))
    return _("The transaction is back.")
