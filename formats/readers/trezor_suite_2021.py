"""Trezor Suite of 2021: one line per transaction, without its fee. The coin is in the name of the
file only."""

from datetime import UTC, datetime, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.records import Entry, Part, Row, SkipRow
from formats.parsing.tables import Cells, Table
from formats.readers.trezor_suite import TYPES
from formats.readers.wallet_programs import coin_in_name, set_received, side, unknown_direction


class TrezorSuite2021(LineFormat):
    name = "trezor_suite_2021"
    title = gettext_lazy("Trezor Suite transactions of 2021")
    family = "trezor_suite_2021"
    site = "Trezor Suite"
    how = gettext_lazy(
        "Such files are from 2021: the Suite writes others by now."
        " Leave the file its name, which has the coin: export-btc-….csv."
    )
    documentation = (
        "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/trezor.py"
    )
    wallet_kind = "chain"
    required = {
        "time": r"date & time|(timestamp)",
        "type": r"type",
        "hash": r"transaction id",
        "addresses": r"addresses",
        "fee": r"fee",
        "total": r"total",
    }

    def prepare(self, table: Table) -> None:
        self.coin = coin_in_name(self, r".+-([a-z]{3,4})-.*", "export-btc-….csv")

    def read(self, cells: Cells) -> Row[Entry]:
        kind, tx_hash = cells.required("type").lower(), cells.required("hash").lower()
        entry = Entry(self._time(cells, self.options.zone), "fee", tx_hash=tx_hash, group=tx_hash)
        part = Part(cells.required_amount("total").copy_abs(), self.coin)
        fee = cells.unsigned("fee")
        if kind == "recv":
            set_received(cells, entry, part, fee)
        elif kind in ("sent", "self", "failed"):
            self._spend(cells, entry, kind, part)
        else:
            raise unknown_direction(cells)
        known = (self._time(cells, UTC).isoformat(), tx_hash, kind, side(part))
        return Row(known, entry)

    def _spend(self, cells: Cells, entry: Entry, kind: str, part: Part) -> None:
        fee = cells.fee("fee")
        entry.fee = Part(fee, self.coin) if fee else None
        if kind == "failed":
            entry.status = "failed"
            if not entry.fee:
                raise SkipRow(_("the transaction failed: nothing was moved"))
            return
        if part.amount or not entry.fee:
            entry.type, entry.sent = TYPES[kind], part
            entry.received = part if kind == "self" else None
        address = cells.note("addresses")
        entry.counterparty = address if kind == "sent" and " " not in address else ""

    def _time(self, cells: Cells, zone: tzinfo) -> datetime:
        return cells.unix("time") if self.columns.part("time") else cells.time("time", zone)
