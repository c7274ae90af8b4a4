"""Bisq's trade history: bitcoin against another currency, with the miner's fee in bitcoin and the
trade's in bitcoin or in BSQ. Times are local."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import EntriesFormat
from formats.parsing.exchanges import SIDES, fee_part, only_done, part_of, totals, trade
from formats.parsing.records import Entry, Part, Row
from formats.parsing.tables import Cells
from formats.parsing.values import shown

TIME = "%d %b %Y %H:%M:%S"
FEES = {"miner": "BTC", "fee": "BTC", "fee_bsq": "BSQ"}


class Bisq(EntriesFormat):
    name = "bisq"
    title = gettext_lazy("Bisq trade history")
    family = "bisq"
    site = "Bisq"
    how = gettext_lazy("Portfolio → History → Export to CSV. Trades that failed are left out.")
    wallet_kind = "other"
    required = {
        "id": r"trade id",
        "time": r"date/time",
        "bitcoin": r"amount in btc",
        "amount": r"amount",
        "asset": r"currency",
        "miner": r"transaction fee",
        "fee": r"trade fee btc",
        "fee_bsq": r"trade fee bsq",
        "offer": r"offer type",
        "status": r"status",
    }

    def read(self, cells: Cells) -> Row[list[Entry]]:
        only_done(cells, "status", {"completed", "mediated"})
        bitcoin = part_of(cells, "bitcoin", "BTC")
        other = part_of(cells, "amount", cells.required("asset"))
        buys, asset = self._offer(cells)
        base, quote = (bitcoin, other) if asset == "BTC" else (other, bitcoin)
        entry = trade(cells.time_as("time", TIME, self.options.zone), buys, base, quote)
        entry.group, fees = cells.required("id"), self._fees(cells)
        entry.fee = fees[0] if fees else None
        others = [Entry(entry.occurred_at, "fee", fee=part, group=entry.group) for part in fees[1:]]
        return Row((entry.group,), [entry, *others])

    def _offer(self, cells: Cells) -> tuple[bool, str]:
        side, _space, asset = cells.required("offer").partition(" ")
        if side.lower() not in SIDES or asset not in ("BTC", cells.text("asset")):
            message = _("“%s” is neither to buy nor to sell one of the two")
            raise cells.bad("offer", message % shown(cells.text("offer")))
        return SIDES[side.lower()], asset

    def _fees(self, cells: Cells) -> list[Part]:
        """What the miners got and what Bisq got; together if both are in bitcoin."""
        return totals(
            fee_part(cells, cells.unsigned(name), symbol, asset="") for name, symbol in FEES.items()
        )
