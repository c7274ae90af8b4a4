"""Gate.io billing details: a line per change of a balance. The lines of one order have its number
in common; those that place it and give back what was not used are in the sum."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LegsFormat
from formats.parsing.exchanges import KINDS, Leg, kind_of
from formats.parsing.records import AssetRef, Part, Row, SkipRow
from formats.parsing.tables import Cells
from formats.parsing.values import plain

TRADES = {"order ": "trade", "dust swap": "trade"}
FEES = ("trading fee", "trade fee")


class GateIo(LegsFormat):
    name = "gate_io"
    title = gettext_lazy("Gate.io billing details")
    family = "gate_io"
    site = "Gate.io"
    how = gettext_lazy("Wallet → Billing details → Export. Choose all kinds and the whole time.")
    documentation = (
        "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/gateio.py"
    )
    required = {
        "time": r"time",
        "type": r"action_desc",
        "reference": r"action_data",
        "asset": r"type",
        "change": r"change_amount",
        "amount": r"amount",
    }

    def read(self, cells: Cells) -> Row[Leg]:
        change, symbol = cells.required_amount("change"), cells.required("asset")
        if not change:
            raise SkipRow(_("it changed no balance"))
        leg, reference = self._leg(cells, change, symbol), self.reference(cells.text("reference"))
        leg.group = reference if leg.type in ("trade", "fee") else ""
        identity = (self.stamp(cells), cells.text("type"), reference, symbol, plain(change))
        return Row(identity, leg, unit=leg.group)

    def _leg(self, cells: Cells, change: Decimal, symbol: str) -> Leg:
        time, kind = cells.time("time", self.options.zone), cells.required("type").lower()
        if any(word in kind for word in FEES) and change < 0:
            return Leg(time, "fee", Decimal(0), symbol, Part(-change, AssetRef(symbol)))
        return Leg(time, kind_of(cells, "type", TRADES, KINDS), change, symbol)
