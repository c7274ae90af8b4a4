"""Privatefolio's export of transactions. Assets are `ethereum:0x…:USDC` or `binance:BTC`; a fee is
negative."""

import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from django.utils.translation import gettext_lazy

from formats.parsing.records import AssetRef, WalletRef
from formats.parsing.tables import Cells
from formats.readers.sided import Sided

TOKEN = re.compile(r"(?:chain\.)?([^:]+):(0x[0-9a-fA-F]{40}):(.+)")
COIN = f"0x{'0' * 40}"
TYPES = {
    **dict.fromkeys(("deposit", "withdraw", "unknown"), ""),
    **dict.fromkeys(("buy", "sell", "swap", "wrap", "unwrap", "mint"), ""),
    "reward": "reward",
    "loss": "loss",
    **dict.fromkeys(("stake", "unstake"), "transfer"),
    **dict.fromkeys(("borrow", "repay"), "other"),
    "approve": "fee",
}


class Privatefolio(Sided):
    name = "privatefolio"
    title = gettext_lazy("Privatefolio transactions")
    family = "privatefolio"
    site = "Privatefolio"
    how = gettext_lazy("Transactions → ⋮ → Export all transactions. Keep the CSV as it is.")
    documentation = "https://github.com/privatefolio/privatefolio"
    names_wallets = True
    types = TYPES
    required = {
        "time": r"timestamp",
        "platform": r"platform",
        "wallet": r"wallet",
        "type": r"type",
        "received": r"incoming",
        "received_asset": r"incoming asset",
        "sent": r"outgoing",
        "sent_asset": r"outgoing asset",
        "fee": r"fee",
        "fee_asset": r"fee asset",
    }
    optional = {"hash": r"blockchain tx", "note": r"notes"}

    def amount(self, cells: Cells, name: str) -> Decimal | None:
        amount = cells.amount(name)
        return amount if amount is None else amount.copy_abs()

    def asset(self, cells: Cells, symbol: str) -> AssetRef:
        match = TOKEN.fullmatch(symbol)
        if not match:
            return AssetRef(symbol.rpartition(":")[2])
        chain, contract, symbol = match[1], match[2].lower(), match[3]
        return AssetRef(symbol) if contract == COIN else AssetRef(symbol, "", chain, contract)

    def moment(self, cells: Cells, zone: tzinfo) -> datetime:
        return cells.time("time", UTC)

    def place(self, cells: Cells, name: str) -> WalletRef | None:
        """An account of an exchange, such as “Spot”, is named after it too."""
        place = super().place(cells, name)
        if not place or place.name.lower().startswith("0x"):
            return place and place._replace(kind="chain")
        return place._replace(name=f"{cells.text('platform')} {place.name}".strip())
