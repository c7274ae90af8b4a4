"""Trezor's old wallet, before the Suite: one line per output of a transaction.

What the transaction changed, its fee included, stands beside each of its outputs or the first of
them. Times are those of the computer that wrote the file; the coin is in the name of the file only.
"""

from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.records import BadRow, Entry, Part, Row
from formats.parsing.tables import Cells, Table
from formats.parsing.values import plus
from formats.readers.wallet_programs import coin_in_name, set_labels, side, unknown_direction

TYPES = {"in": "deposit", "out": "withdrawal", "self": "transfer"}


@dataclass(slots=True)
class Spent:
    """What left in one transaction: where it begins, its outputs, and what is told as its total."""

    line: int
    sent: Decimal = Decimal(0)
    totals: set[Decimal] = field(default_factory=set)


class TrezorOld(LineFormat):
    name = "trezor_old"
    title = gettext_lazy("Trezor wallet, before the Suite")
    family = "trezor_old"
    site = "Trezor"
    how = gettext_lazy(
        "Such files are from before 2021: the Suite writes others."
        " Leave the file its name, which ends with the coin: …_btc.csv."
    )
    documentation = (
        "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/trezor.py"
    )
    wallet_kind = "chain"
    required = {
        "date": r"date",
        "time": r"time",
        "hash": r"tx id",
        "address": r"address",
        "type": r"tx type",
        "value": r"value",
        "total": r"tx total",
    }
    optional = {"label": r"address label", "balance": r"balance"}

    def prepare(self, table: Table) -> None:
        self.coin = coin_in_name(self, r".*_([a-z]{3,4})\.csv", "…_btc.csv")
        self.spent: dict[str, Spent] = {}
        for record in table.records():
            if not record.problem:
                self._add(Cells(record.cells, table.columns, record.line, options=self.options))

    def _add(self, cells: Cells) -> None:
        try:
            value, total = self._value(cells), cells.amount("total")
        except BadRow:
            return  # `read` says of this line what is wrong
        if cells.note("type").lower() in ("out", "self"):
            spent = self.spent.setdefault(cells.note("hash").lower(), Spent(cells.line))
            spent.totals |= {total.copy_abs()} if total is not None else set()
            if cells.note("type").lower() == "out":
                spent.sent = plus(spent.sent, value)

    def _value(self, cells: Cells) -> Decimal:
        return cells.unsigned("value") or Decimal(0)

    def read(self, cells: Cells) -> Row[Entry]:
        kind, tx_hash = cells.required("type").lower(), cells.required("hash").lower()
        if kind not in TYPES:
            raise unknown_direction(cells)
        cells.amount("total")
        written = f"{cells.required('date')} {cells.required('time')}"
        time = cells.time("date", self.options.zone, written)
        entry = Entry(time, TYPES[kind], tx_hash=tx_hash, group=tx_hash)
        entry.counterparty = cells.text("address") if kind == "out" else ""
        set_labels(entry, [cells.note("label")])
        part = Part(self._value(cells), self.coin)
        entry.sent = None if kind == "in" else part
        entry.received = None if kind == "out" else part
        entry.fee = self._fee(cells, tx_hash)
        time = cells.time("date", UTC, written)
        return Row((time.isoformat(), tx_hash, kind, side(part), cells.text("address")), entry)

    def _fee(self, cells: Cells, tx_hash: str) -> Part | None:
        """Of the first line of those that left: what is more than they are."""
        spent = self.spent.get(tx_hash)
        if not spent or spent.line != cells.line:
            return None
        if len(spent.totals) == 1:
            (total,) = spent.totals
            if (fee := plus(total, spent.sent.copy_negate())) >= 0:
                return Part(fee, self.coin) if fee else None
        cells.remark("total", "", _("it and the outputs do not tell the fee, so none is taken"))
        return None
