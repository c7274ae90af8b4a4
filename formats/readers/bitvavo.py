"""Bitvavo transactions. Amounts are what the balance changed by, the fee in it; each line names
the zone of its time."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import (
    counterparty,
    fee_part,
    one_sided,
    only_done,
    part_of,
    total_without_fee,
    trade,
    with_fee,
    without_fee,
)
from formats.parsing.records import AssetRef, Entry, Part, Row
from formats.parsing.tables import Cells
from formats.parsing.values import shown

TYPES = {
    "deposit": "deposit",
    "withdrawal": "withdrawal",
    "internal_transfer": "transfer",
    **dict.fromkeys(("staking", "fixed_staking", "rebate", "affiliate", "cashback"), "reward"),
}


class Bitvavo(LineFormat):
    name = "bitvavo"
    title = gettext_lazy("Bitvavo transactions")
    family = "bitvavo"
    site = "Bitvavo"
    how = gettext_lazy("Account → Transaction history → Export. Choose CSV and the whole time.")
    required = {
        "zone": r"timezone",
        "date": r"date",
        "time": r"time",
        "type": r"type",
        "asset": r"currency",
        "amount": r"amount",
        "paid_asset": r"received / paid currency",
        "paid": r"received / paid amount",
        "fee_asset": r"fee currency",
        "fee": r"fee amount",
        "status": r"status",
        "id": r"transaction id",
    }
    optional = {"address": r"address"}

    def read(self, cells: Cells) -> Row[Entry]:
        only_done(cells, "status", {"completed", "distributed"})
        kind, time = cells.required("type").lower(), time_of(cells)
        fee = fee_part(cells, cells.unsigned("fee"))
        if kind in ("buy", "sell"):
            entry = self._trade(cells, time, kind == "buy", fee)
        else:
            entry = self._one_sided(cells, time, kind, fee)
        return Row((cells.required("id"),), entry)

    def _trade(self, cells: Cells, time: datetime, buys: bool, fee: Part | None) -> Entry:
        base = part_of(cells, "amount", cells.required("asset"))
        paid = part_of(cells, "paid", cells.required("paid_asset"))
        quote = total_without_fee(cells, paid, fee, paid=buys)
        return trade(time, buys, base, quote, fee)

    def _one_sided(self, cells: Cells, time: datetime, kind: str, fee: Part | None) -> Entry:
        if kind not in TYPES:
            cells.unknown_type("type")
        change, symbol = cells.required_amount("amount"), cells.required("asset")
        entry = one_sided(time, TYPES.get(kind, "other"), change, symbol)
        entry.fee = fee
        if entry.sent:
            entry.sent = without_fee(cells, entry.sent, fee)
            entry.counterparty = counterparty(cells, "address", self.reference)
        else:
            entry.received = with_fee(Part(change, AssetRef(symbol)), fee)
        return entry


def time_of(cells: Cells) -> datetime:
    try:
        zone = ZoneInfo(cells.required("zone"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = _("“%s” is not the name of a time zone") % shown(cells.text("zone"))
        raise cells.bad("zone", message) from None
    return cells.time("time", zone, f"{cells.required('date')} {cells.required('time')}")
