"""Addresses and tokens are marked as spam, and the mark is taken back. What they send is hidden by
the database (transactions/triggers/spam.py)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Address
from ledgers.models import Ledger, Role, User
from ledgers.undo import undoes
from transactions.models import Asset, SpamMark


def mark(ledger: Ledger, what: Address | Asset, by: User | None, **was: Any) -> SpamMark:
    """Two who mark the same agree. One that comes back is what it was, with its exceptions."""
    of: dict[str, Any] = {"address" if isinstance(what, Address) else "asset": what}
    marks = SpamMark.objects.filter(ledger=ledger, **of)
    while True:
        new = SpamMark(ledger=ledger, marked_by=by, **was, **of)
        marks.bulk_create([new], ignore_conflicts=True)
        if there := marks.first():  # else somebody took it back in between
            return there


def unmark(ledger: Ledger, pk: int) -> None:
    """Exactly what the mark has hidden is shown again."""
    ledger.spam.filter(pk=pk).delete()


def told_of(row: SpamMark) -> dict[str, Any]:
    """What `mark_again` needs."""
    of = "address" if row.address_id else "asset"
    was = {"mark": row.pk, "at": row.created_at.isoformat(), "by": row.marked_by_id}
    return {"of": of, "key": row.address_id or row.asset_id, **was}


@undoes("spam", Role.EDITOR)
def unmark_again(ledger: Ledger, done: dict[str, Any], _by: User) -> str:
    unmark(ledger, done["mark"])
    return _("It is no spam, and its transactions are shown again.")


@undoes("no spam", Role.EDITOR)
def mark_again(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    rows: Any = ledger.addresses if done["of"] == "address" else ledger.assets
    if what := rows.filter(pk=done["key"]).first():
        mark(ledger, what, **as_it_was(done, by))
    return _("It is marked as spam again.")


def as_it_was(done: dict[str, Any], by: User) -> dict[str, Any]:
    """An undo that was offered before the upgrade says what was marked, and no more."""
    if "mark" not in done:
        return {"by": by}
    first = User.objects.filter(pk=done["by"]).first()
    return {"by": first, "pk": done["mark"], "created_at": datetime.fromisoformat(done["at"])}
