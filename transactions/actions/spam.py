"""Addresses and tokens are marked as spam, and the mark is taken back. What they send is hidden by
the database (transactions/triggers/spam.py)."""

from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Address
from ledgers.models import Ledger, Role, User
from ledgers.undo import undoes
from transactions.models import Asset, SpamMark


def mark(ledger: Ledger, what: Address | Asset, by: User) -> SpamMark:
    """Two who mark the same agree."""
    of: dict[str, Any] = {"address" if isinstance(what, Address) else "asset": what}
    marks = SpamMark.objects
    marks.bulk_create([SpamMark(ledger=ledger, marked_by=by, **of)], ignore_conflicts=True)
    return marks.get(ledger=ledger, **of)


def unmark(ledger: Ledger, pk: int) -> None:
    """Exactly what the mark has hidden is shown again."""
    ledger.spam.filter(pk=pk).delete()


@undoes("spam", Role.EDITOR)
def unmark_again(ledger: Ledger, done: dict[str, Any], _by: User) -> str:
    unmark(ledger, done["mark"])
    return _("It is no spam, and its transactions are shown again.")


@undoes("no spam", Role.EDITOR)
def mark_again(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    rows: Any = ledger.addresses if done["of"] == "address" else ledger.assets
    if what := rows.filter(pk=done["key"]).first():
        mark(ledger, what, by)
    return _("It is marked as spam again.")
