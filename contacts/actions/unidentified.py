"""What is done to all transactions with an address that nobody has named."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import ngettext

from contacts.models import Address
from ledgers.models import Ledger, User
from ledgers.undo import undoes
from transactions.models import Transaction


def hide_transactions(address: Address, by: User) -> dict[str, Any]:
    """Hide every transaction with an address. Returns what `unhide_transactions` takes."""
    now = timezone.now()
    rows = Transaction.objects.alive().filter(ledger=address.ledger_id, counterparty=address)
    shown = rows.filter(hidden=False)
    n = shown.update(hidden=True, edited_at=now, edited_by=by)
    return {"address": address.pk, "at": now.isoformat(), "n": n}


@undoes("hidden")
def unhide_transactions(ledger: Ledger, done: dict[str, Any], by: User) -> str:
    at = datetime.fromisoformat(done["at"])
    rows = ledger.transactions.filter(counterparty=done["address"], edited_at=at, hidden=True)
    n = rows.update(hidden=False, edited_at=timezone.now(), edited_by=by)
    text = ngettext("%(n)s transaction is shown again.", "%(n)s transactions are shown again.", n)
    return text % {"n": n}
