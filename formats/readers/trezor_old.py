"""Trezor's old wallet, before the Suite: one line per output of a transaction.

What the transaction changed, its fee included, stands beside each of its outputs or the first of
them. Times are those of the computer that wrote the file; the coin is in the name of the file only.
"""

import re
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import Format
from formats.parsing.records import (
    AssetRef,
    BuiltTransaction,
    Entry,
    ImportFailed,
    Part,
    Remark,
    Row,
)
from formats.parsing.tables import Cells, Table
from formats.parsing.values import plain, plus, shown
from formats.readers.wallet_programs import set_labels

TYPES = {"in": "deposit", "out": "withdrawal", "self": "transfer"}
COIN = re.compile(r".*_([a-z]{3,4})\.csv", re.IGNORECASE)


@dataclass(slots=True)
class Output:
    entry: Entry
    total: Decimal | None


class TrezorOld(Format[Output]):
    name = "trezor_old"
    title = "Trezor wallet, before the Suite"
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
        name = COIN.fullmatch(self.options.file_name)
        if not name:
            message = _(
                "Which coin this file is of, only its name can say. Let it end with the coin, such"
                " as _btc.csv, and import it again; or export it from Trezor Suite."
            )
            raise ImportFailed(message)
        self.coin = AssetRef(name[1].upper())
        self.remark("", "", self.coin.symbol, _("which coin this is, the name of the file says"))

    def read(self, cells: Cells) -> Row[Output]:
        kind, tx_hash = cells.required("type").lower(), cells.required("hash").lower()
        if kind not in TYPES:
            message = _("“%s” is not known, so it cannot be told whether it came in or went out")
            raise cells.bad("type", message % shown(cells.text("type")))
        written = f"{cells.required('date')} {cells.required('time')}"
        time = cells.time("date", self.options.zone, written)
        entry = Entry(time, TYPES[kind], tx_hash=tx_hash, group=tx_hash)
        entry.counterparty = cells.text("address") if kind == "out" else ""
        set_labels(entry, [cells.note("label")])
        value = cells.unsigned("value") or Decimal(0)
        entry.sent = None if kind == "in" else Part(value, self.coin)
        entry.received = None if kind == "out" else Part(value, self.coin)
        known = (cells.time("date", UTC, written).isoformat(), tx_hash, kind, plain(value))
        total = cells.amount("total")
        output = Output(entry, total.copy_abs() if total is not None else None)
        return Row((*known, cells.text("address")), output, unit=tx_hash)

    def build(self, rows: list[Row[Output]]) -> list[BuiltTransaction]:
        outgoing = [row for row in rows if row.value.entry.type != "deposit"]
        totals = {row.value.total for row in outgoing} - {None}
        if outgoing and len(totals) == 1:
            self._pay(outgoing, totals.pop() or Decimal(0))
        elif outgoing:
            unexplained(outgoing[0])
        return [BuiltTransaction(row.value.entry, [row]) for row in rows]

    def _pay(self, rows: list[Row[Output]], total: Decimal) -> None:
        """What is more than the outputs that left is the fee."""
        fee = total
        for entry in [row.value.entry for row in rows]:
            if entry.sent and not entry.received:
                fee = plus(fee, entry.sent.amount.copy_negate())
        if fee < 0:
            unexplained(rows[0])
        elif fee:
            rows[0].value.entry.fee = Part(fee, self.coin)


def unexplained(row: Row[Output]) -> None:
    reason = _("the outputs and the total do not tell the fee, so none is taken")
    row.remarks.append(Remark(row.line, "", "", "", reason))
