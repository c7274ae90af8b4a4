"""Sparrow: one line per transaction, with what it changed, the fee included.

Amounts are whole satoshi or bitcoin with eight decimals, as the program is set: the newest files
say it in their titles. The labels of its outputs stand in one cell.
"""

from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.records import Entry, Row, SkipRow, Value
from formats.parsing.tables import Cells
from formats.readers.wallet_programs import BTC, SATOSHI, set_change, set_labels

UNIT = r"(?: \((btc|sats)\))?"


class Sparrow(LineFormat):
    name = "sparrow"
    title = gettext_lazy("Sparrow transactions")
    family = "sparrow"
    site = "Sparrow"
    how = gettext_lazy(
        "Open the wallet, and choose “File → Export Wallet”."
        " Take “Transactions”, the one that is a CSV file."
    )
    wallet_kind = "chain"
    required = {
        "time": r"date \(utc\)",
        "label": r"label",
        "change": rf"value{UNIT}",
        "balance": rf"balance{UNIT}",
        "fee": rf"fee{UNIT}",
        "hash": r"txid",
    }
    optional = {"value": r"value \(((?!btc)[a-z]{3})\)"}

    @classmethod
    def aside(cls, cells: Sequence[str]) -> str:
        remark = cells[0].startswith("#")
        return _("a remark of Sparrow, not a transaction") if remark else ""

    def read(self, cells: Cells) -> Row[Entry]:
        if reason := self.aside([cells.note("time")]):
            raise SkipRow(reason)
        if cells.note("time").lower() == "unconfirmed":
            raise SkipRow(_("the transaction is not confirmed yet"))
        entry = Entry(cells.time("time", UTC), "other", value=self._value(cells))
        entry.tx_hash = entry.group = cells.required("hash").lower()
        set_labels(entry, cells.note("label").split(", "))
        change = self._amount(cells, "change")
        if change is None:
            raise cells.bad("change", _("the cell is empty"))
        set_change(cells, entry, BTC, change, self._fee(cells))
        return Row((entry.tx_hash,), entry)

    def _amount(self, cells: Cells, name: str) -> Decimal | None:
        return cells.amount(name, self._decimals(cells, name))

    def _fee(self, cells: Cells) -> Decimal | None:
        return cells.unsigned("fee", self._decimals(cells, "fee"))

    def _decimals(self, cells: Cells, name: str) -> int:
        """Those that the amount is written without: bitcoin always have theirs."""
        mark = "," if self.options.decimal_comma else "."
        unit = self.columns.part(name).lower() or ("btc" if mark in cells.text(name) else "sats")
        return SATOSHI if unit == "sats" else 0

    def _value(self, cells: Cells) -> Value | None:
        amount = cells.money("value")
        currency = self.columns.part("value").upper()
        return Value(amount.copy_abs(), currency) if amount is not None else None
