"""KuCoin: deposits and withdrawals, and the history of an account, of which every line says what
came in or went out with the fee in it. Legs of one second are one trade if they changed one asset
each way."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LegsFormat, LineFormat
from formats.parsing.exchanges import (
    KINDS,
    Leg,
    counterparty,
    fee_part,
    kind_of,
    one_sided,
    only_done,
)
from formats.parsing.records import Entry, Row
from formats.parsing.tables import Cells
from formats.parsing.values import plain, plus, shown
from formats.readers.kucoin_trades import READER

TRADES = {"spot": "trade", "exchange": "trade", "trade": "trade"}
SIGNS = {"deposit": 1, "withdrawal": -1, "in": 1, "out": -1}


class KuCoinTransfers(LineFormat):
    name = "kucoin_transfers"
    title = gettext_lazy("KuCoin deposits and withdrawals")
    family = "kucoin_transfers"
    site = "KuCoin"
    how = gettext_lazy("Assets → Deposit & Withdrawal History → Export. Choose the whole time.")
    required = {
        "account": r"account type",
        "time": r"time ?(?:\((.*)\))?",
        "asset": r"coin",
        "amount": r"amount",
        "fee": r"fee",
        "network": r"transfer network",
        "status": r"status",
        "remarks": r"remarks",
    }
    optional = {
        "to": r"withdrawal address/account",
        "at": r"deposit address",
        "hash": r"hash",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        only_done(cells, "status", {"success"})
        amount, symbol = cells.required_unsigned("amount"), cells.required("asset")
        kind, sign = ("withdrawal", -1) if self._went_out(cells) else ("deposit", 1)
        entry = one_sided(cells.time("time", self.zone("time")), kind, sign * amount, symbol)
        entry.fee = fee_part(cells, cells.unsigned("fee"), symbol)
        entry.tx_hash = entry.group = self.reference(cells.text("hash"))
        entry.counterparty = counterparty(cells, "to", self.reference)
        # Not all files have the hash.
        return Row((self.stamp(cells), kind, symbol, plain(amount)), entry)

    def _went_out(self, cells: Cells) -> bool:
        """Withdrawals have a column for where they went, or say so; the oldest only say so."""
        return "to" in self.columns.index or "withdraw" in cells.note("remarks").lower()


class KuCoinAccount(LegsFormat):
    name = "kucoin_account"
    title = gettext_lazy("KuCoin account history")
    family = "kucoin_account"
    site = "KuCoin"
    how = gettext_lazy("Assets → Account History → Export. Choose each account, and the time.")
    documentation = READER
    required = {
        "account": r"account type",
        "asset": r"currency",
        "side": r"side",
        "amount": r"amount",
        "fee": r"fee",
        "time": r"time ?(?:\((.*)\))?",
        "remark": r"remark",
    }
    optional = {"type": r"type"}

    def read(self, cells: Cells) -> Row[Leg]:
        leg, stamp = self._leg(cells), self.stamp(cells)
        account, side = cells.text("account"), cells.text("side").lower()
        identity = (stamp, account, side, leg.symbol, plain(cells.required_amount("amount")))
        is_trade = leg.type == "trade"
        leg.group = f"{account} {stamp}" if is_trade else ""
        return Row(identity, leg, unit=leg.group)

    def _leg(self, cells: Cells) -> Leg:
        symbol = cells.required("asset")
        fee = fee_part(cells, cells.unsigned("fee"), symbol)
        amount = cells.unsigned("amount")
        if not amount:
            raise cells.bad("amount", _("there is no amount in this row"))
        total = amount * self._sign(cells)
        change = plus(total, fee.amount if fee else Decimal(0))
        if total < 0 < change:
            raise cells.bad("fee", _("the fee is larger than the total"))
        return Leg(cells.time("time", self.zone("time")), self._type(cells), change, symbol, fee)

    def _sign(self, cells: Cells) -> int:
        side = cells.required("side")
        if side.lower() not in SIGNS:
            raise cells.bad("side", _("“%s” is neither in nor out") % shown(side))
        return SIGNS[side.lower()]

    def _type(self, cells: Cells) -> str:
        """A file that has no kinds says them in the remarks, or with which way it went."""
        name = next((each for each in ("type", "remark", "side") if cells.text(each)), "side")
        return kind_of(cells, name, KINDS, TRADES)
