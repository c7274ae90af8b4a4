"""BitBoxApp: one line per address that a transaction went to, without its fee, which the first
line has. Coins are in whole numbers of the smallest unit, tokens as they are."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.records import AssetRef, Entry, Part, Row, SkipRow, Value
from formats.parsing.tables import CURRENCY, Cells
from formats.readers.wallet_programs import set_received, side, unknown_direction

# Its smallest units, with the coin and how many decimals that has.
UNITS = {"satoshi": ("BTC", 8), "litoshi": ("LTC", 8), "wei": ("ETH", 18)}
TYPES = {"sent": "withdrawal", "sent_to_yourself": "transfer"}


class BitBox(LineFormat):
    name = "bitbox"
    title = gettext_lazy("BitBoxApp transactions")
    family = "bitbox"
    site = "BitBox"
    how = gettext_lazy(
        "Open the account, and choose “See all transactions”. The arrow above them exports a file."
    )
    documentation = (
        "https://github.com/BitBoxSwiss/bitbox-wallet-app/blob/master/backend/accounts/"
        "baseaccount.go"
    )
    wallet_kind = "chain"
    required = {
        "time": r"time",
        "type": r"type",
        "amount": r"amount",
        "amount_unit": r"unit",
        "fee": r"fee",
        "fee_unit": r"fee unit",
        "address": r"address",
        "hash": r"transaction id",
        "note": r"note",
    }
    optional = {"value": r"historical value", "currency": r"historical value currency"}

    def read(self, cells: Cells) -> Row[Entry]:
        if not cells.text("time"):
            raise SkipRow(_("the transaction is not confirmed yet"))
        kind, tx_hash = cells.required("type").lower(), cells.required("hash").lower()
        entry = Entry(cells.time("time", self.options.zone), "other", note=cells.note("note"))
        entry.tx_hash = entry.group = tx_hash
        entry.value = self._value(cells)
        part = self._part(cells, "amount")
        if part is None:
            raise cells.bad("amount", _("the cell is empty"))
        self._fill(cells, entry, kind, part)
        return Row((tx_hash, kind, cells.text("address"), side(part)), entry)

    def _part(self, cells: Cells, name: str) -> Part | None:
        unit = cells.text(f"{name}_unit")
        symbol, decimals = UNITS.get(unit.lower(), (unit, 0))
        amount = cells.unsigned(name, decimals)
        if amount is None:
            return None
        cells.required(f"{name}_unit")
        return Part(amount, AssetRef(symbol))

    def _fill(self, cells: Cells, entry: Entry, kind: str, part: Part) -> None:
        fee = self._part(cells, "fee")
        if kind == "received":
            set_received(cells, entry, part, fee and fee.amount)
            return
        if kind not in TYPES:
            raise unknown_direction(cells)
        entry.fee = fee if fee and fee.amount else None
        entry.type = TYPES[kind]
        if entry.fee and not part.amount:
            entry.type = "fee"
            return
        entry.sent = part
        entry.received = part if entry.type == "transfer" else None
        entry.counterparty = cells.text("address") if entry.type == "withdrawal" else ""

    def _value(self, cells: Cells) -> Value | None:
        amount, currency = cells.money("value"), cells.text("currency", CURRENCY)
        return Value(amount.copy_abs(), currency) if amount is not None and currency else None
