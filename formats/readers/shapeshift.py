"""ShapeShift trades. What came out is less the miner's fee."""

from datetime import UTC

from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import counterparty, fee_part, only_done, part_of, with_fee
from formats.parsing.records import Entry, Row
from formats.parsing.tables import Cells


class ShapeShift(LineFormat):
    name = "shapeshift"
    title = gettext_lazy("ShapeShift trades")
    family = "shapeshift"
    site = "ShapeShift"
    how = gettext_lazy("Trade history → Export. Choose CSV as the format.")
    wallet_kind = "other"
    required = {
        "id": r"id",
        "status": r"status",
        "time": r"timestamp",
        "fee": r"minerfee",
        "given": r"inputamount",
        "given_asset": r"inputcurrency",
        "given_address": r"inputaddress",
        "got": r"outputamount",
        "got_asset": r"outputcurrency",
        "hash": r"outputtxid",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        only_done(cells, "status", {"complete"})
        given, got = (
            part_of(cells, name, cells.required(f"{name}_asset")) for name in ("given", "got")
        )
        fee = fee_part(cells, cells.fee("fee"), got.asset.symbol)
        entry = Entry(cells.time("time", UTC), "trade", given, with_fee(got, fee), fee)
        entry.tx_hash, entry.group = self.reference(cells.text("hash")), cells.required("id")
        entry.counterparty = counterparty(cells, "given_address", self.reference)
        return Row((entry.group,), entry)
