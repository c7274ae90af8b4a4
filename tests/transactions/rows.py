"""Rows that most filters take some of."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ledgers.models import Ledger
from tests.factories import (
    NOON,
    make_address,
    make_contact,
    make_label,
    make_transaction,
    make_wallet,
)


def make_rows(
    ledger: Ledger,
    number: int,
    when: Callable[[int], timedelta],
    hidden: Callable[[int], bool],
) -> dict[str, Any]:
    """Rows after noon; the labels, the contact and the wallets that they have."""
    label, other = make_label(ledger, "rent"), make_label(ledger, "Zoe's")
    contact, wallet = make_contact(ledger, "Zoe"), make_wallet(ledger, "Main")
    cold = make_wallet(ledger, "Cold")
    hers = make_address(ledger, f"0x{'fee':0<40}", contact=contact)
    for n in range(number):
        make_transaction(
            ledger,
            occurred_at=NOON + when(n),
            received=(str(n + 1), "BTC" if n % 3 else "EUR"),
            labels=[each for each, every in ((label, 2), (other, 3)) if n % every == 0],
            contact=contact if n % 4 == 1 else None,
            counterparty=hers if n % 5 < 3 else None,
            wallet=wallet if n % 7 else cold,
            note="for Zoe" if n % 6 == 5 else "",
            group_key="0xabcd" if n % 3 else "",
            hidden=hidden(n),
        )
    return {"label": label, "other": other, "contact": contact, "wallet": wallet, "cold": cold}
