"""Coinmate's transaction history, with or without balances, in English or in Czech.

The amount is without the fee, and the total with it, which is what a trade cost or brought.
"""

import re
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import (
    fee_part,
    kind_of,
    one_sided,
    only_done,
    part_of,
    total_without_fee,
    trade,
)
from formats.parsing.records import Entry, Part, Row
from formats.parsing.tables import Cells

# With a word before: QUICK_BUY, MARKET_SELL, INSTANT_BUY.
TRADES = {"buy": True, "sell": False}
KINDS = {
    "deposit": "deposit",
    "withdrawal": "withdrawal",
    "balance_move": "transfer",
    **dict.fromkeys(("affiliate", "referral", "new_user_reward"), "reward"),
}
TIMES = "%Y-%m-%d %H:%M:%S|%d.%m.%Y %H:%M"
# A commission for somebody who was referred has no kind, but says who that was.
REFERRED = re.compile(r"User: .+")
TX_HASH = re.compile(r"[A-Z]+: ([0-9a-f]{64})")


class Coinmate(LineFormat):
    name = "coinmate"
    title = gettext_lazy("Coinmate transaction history")
    family = "coinmate"
    site = "Coinmate"
    how = gettext_lazy("Export the transaction history as CSV. Choose the whole time.")
    documentation = "https://github.com/everytrade-io/everytrade-plugins"
    required = {
        "id": r"id",
        "time": r"date|datum",
        "type": r"type|typ",
        "amount": r"amount|částka",
        "asset": r"amount currency|částka měny",
        "fee": r"fee|poplatek",
        "fee_asset": r"fee currency|poplatek měny",
        "total": r"total|celkem",
        "total_asset": r"total currency|celkem měny",
        "description": r"description|popisek",
        "status": r"status",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        only_done(cells, "status", {"ok", "completed"})
        time = cells.time_as("time", TIMES, UTC)
        fee = fee_part(cells, cells.unsigned("fee"))
        side = cells.text("type").lower().rpartition("_")[2]
        if side in TRADES:
            entry = self._trade(cells, time, TRADES[side], fee)
        else:
            entry = self._one_sided(cells, time)
            entry.fee = fee
        entry.note = cells.note("description")
        return Row((cells.required("id"),), entry)

    def _trade(self, cells: Cells, time: datetime, buys: bool, fee: Part | None) -> Entry:
        base = part_of(cells, "amount", cells.required("asset"))
        total = part_of(cells, "total", cells.required("total_asset"))
        quote = total_without_fee(cells, total, fee, paid=buys)
        return trade(time, buys, base, quote, fee)

    def _one_sided(self, cells: Cells, time: datetime) -> Entry:
        commission = not cells.text("type") and REFERRED.fullmatch(cells.note("description"))
        kind = "reward" if commission else kind_of(cells, "type", KINDS)
        entry = one_sided(time, kind, cells.required_amount("amount"), cells.required("asset"))
        if told := TX_HASH.fullmatch(cells.note("description")):
            entry.tx_hash = told[1]
        return entry
