"""Balances that people have stated, in the archive of their ledger."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from balances.models import StatedBalance
from imports.archive.fields import Fields
from ledgers.models import Ledger
from txproject.text import visible

CHUNK = 1000  # rows
LONGEST = 200  # characters of an amount
ASSET = ("symbol", "chain", "contract")


def stated_balances(ledger: Ledger) -> Iterator[dict[str, Any]]:
    rows = ledger.stated_balances.select_related("wallet", "asset").order_by("pk")
    for row in rows.iterator(CHUNK):
        yield {
            "wallet": row.wallet.name,
            **{name: getattr(row.asset, name) for name in ASSET},
            "at": row.at,
            "amount": f"{row.amount:f}",
            "note": row.note,
            "created_at": row.created_at,
        }


def restore_balances(ledger: Ledger, lines: Iterator[Fields]) -> int:
    wallets = dict(ledger.wallets.values_list("name", "pk"))
    assets = {tuple(of): pk for pk, *of in ledger.assets.values_list("pk", *ASSET)}
    return len([restored(ledger, line, wallets, assets) for line in lines])


def restored(
    ledger: Ledger, line: Fields, wallets: dict[str, int], assets: dict[Any, int]
) -> StatedBalance:
    row = StatedBalance(
        ledger=ledger,
        wallet_id=known(line, "wallet", line.text("wallet"), wallets),
        asset_id=known(line, "symbol", tuple(line.text(name) for name in ASSET), assets),
        at=line.moment("at"),
        amount=amount(line),
        note=line.text("note"),
        created_at=line.moment("created_at"),
    )
    row.save_base(raw=True, force_insert=True)  # its time is not now, as of every new row
    return row


def known(line: Fields, name: str, wanted: Any, keys: dict[Any, int]) -> int:
    if wanted not in keys:
        line.refuse(name, _("there is no “%s” in the archive") % visible(line.text(name)))
    return keys[wanted]


def amount(line: Fields) -> Decimal:
    """The database says what is too large or too fine."""
    try:
        found = Decimal(line.text("amount", LONGEST))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        line.refuse("amount", _("this is no number"))
    return found
