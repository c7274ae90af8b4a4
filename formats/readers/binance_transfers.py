"""Binance deposits and withdrawals. The amount of a withdrawal is without its fee. Deposits and
withdrawals have the same columns in some files, whose name tells which they are."""

import re
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import counterparty, fee_part, one_sided, only_done
from formats.parsing.records import Entry, Row
from formats.parsing.tables import Cells
from formats.parsing.values import full_year, plain


class BinanceTransfers(LineFormat):
    name = "binance_transfers"
    title = gettext_lazy("Binance deposits and withdrawals")
    family = "binance_transfers"
    site = "Binance"
    how = gettext_lazy(
        "Assets → History → Deposit and Withdraw → Export."
        " Import the file under the name that it has from there."
    )
    documentation = (
        "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/binance"
    )
    required = {
        "time": r"date(?:\(utc(?:\+0)?\))?",
        "asset": r"coin",
        "amount": r"amount",
        "address": r"address",
        "hash": r"txid",
        "status": r"status",
    }
    optional = {
        "fee": r"(transaction)?fee",
        "network": r"network",
        "from": r"sourceaddress",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        only_done(cells, "status", {"completed"})
        time = cells.time("time", UTC, full_year(cells.required("time")))
        entry = self._entry(cells, time, self._went_out(cells))
        reference = self.reference(cells.text("hash"))
        entry.group = reference
        # What stays within Binance has words in place of a hash.
        entry.tx_hash = reference if re.fullmatch(r"\S*", reference) else ""
        amount, symbol = plain(cells.required_amount("amount")), cells.text("asset")
        return Row((entry.type, symbol, amount, reference or time.isoformat()), entry)

    def _entry(self, cells: Cells, time: datetime, out: bool) -> Entry:
        symbol, amount = cells.required("asset"), cells.unsigned("amount")
        if not amount:
            raise cells.bad("amount", _("there is no amount in this row"))
        kind, change = ("withdrawal", -amount) if out else ("deposit", amount)
        entry = one_sided(time, kind, change, symbol)
        entry.fee = fee_part(cells, cells.unsigned("fee"), symbol)
        entry.counterparty = counterparty(cells, "address" if out else "from", self.reference)
        return entry

    def _went_out(self, cells: Cells) -> bool:
        if "fee" not in self.columns.index:
            return False
        named = re.search(r"deposit|withdraw", self.options.file_name, re.IGNORECASE)
        if named and self.columns.part("fee"):
            return named[0].lower() == "withdraw"
        if not self.columns.part("fee") or cells.unsigned("fee"):
            return True
        message = _(
            "this line is a deposit or a withdrawal: import the file under the name that it has"
            " from Binance, which says so"
        )
        raise cells.bad("fee", message)
