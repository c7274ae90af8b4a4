"""Bitfinex: trades, deposits and withdrawals, and the ledger. Days come first in its dates, and
years have two digits, unless the person says that the month comes first."""

import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import EntriesFormat, LegsFormat, LineFormat, States
from formats.parsing.exchanges import (
    KINDS,
    Leg,
    counterparty,
    fee_part,
    kind_of,
    one_sided,
    only_done,
    product,
    rebate,
    trade,
)
from formats.parsing.records import AssetRef, Entry, Part, Row, SkipRow
from formats.parsing.tables import Cells, Table
from formats.parsing.values import plain

READER = "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/bitfinex.py"
EXCHANGED = re.compile(r"exchange [0-9].*", re.IGNORECASE)
OWN_KINDS = {
    **dict.fromkeys(("funding payment", "earned fees", "staking reward", "affiliate"), "reward"),
    **dict.fromkeys(("trading fee", "withdrawal fee", "deposit fee", "claiming fee"), "fee"),
    **dict.fromkeys(("settlement", "position", "funding event", "swap payment"), "other"),
    "delist adjustment": "loss",
}


class BitfinexTrades(EntriesFormat):
    name = "bitfinex_trades"
    title = gettext_lazy("Bitfinex trades")
    family = "bitfinex_trades"
    site = "Bitfinex"
    how = gettext_lazy("Reports → Trades → Export. Choose CSV and the whole time.")
    required = {
        "id": r"#",
        "market": r"pair",
        "amount": r"amount",
        "price": r"price",
        "fee": r"fee",
        "fee_asset": r"fee currency",
        "time": r"date",
        "order": r"order id",
    }

    def prepare(self, table: Table) -> None:
        reason = _("the file has no totals, so amounts times prices are taken")
        self.remark("price", "", "", reason)

    def read(self, cells: Cells) -> Row[list[Entry]]:
        base, quote = cells.market("market")
        amount, price = self._number(cells, "amount"), self._number(cells, "price")
        fee = cells.amount("fee") or Decimal(0)
        entry = trade(
            time_of(cells, self.options.zone),
            amount > 0,
            Part(amount.copy_abs(), AssetRef(base)),
            Part(product(cells, "price", price, amount).copy_abs(), AssetRef(quote)),
            fee_part(cells, fee.copy_abs() if fee < 0 else None),
        )
        entry.group = self.reference(cells.text("order"))
        back = fee_part(cells, fee if fee > 0 else None)
        return Row((cells.required("id"),), [entry, rebate(entry, back)] if back else [entry])

    def _number(self, cells: Cells, name: str) -> Decimal:
        number = cells.money(name)
        if not number:
            raise cells.bad(name, _("there is no amount in this row"))
        return number


class BitfinexTransfers(LineFormat):
    name = "bitfinex_transfers"
    title = gettext_lazy("Bitfinex deposits and withdrawals")
    family = "bitfinex_transfers"
    site = "Bitfinex"
    how = gettext_lazy("Reports → Deposits & Withdrawals → Export. Choose CSV and the whole time.")
    documentation = READER
    required = {
        "id": r"#",
        "time": r"date",
        "asset": r"currency",
        "status": r"status",
        "amount": r"amount",
        "fee": r"fees?",
        "description": r"description",
        "hash": r"transaction id",
    }
    optional = {"note": r"note"}

    def read(self, cells: Cells) -> Row[Entry]:
        only_done(cells, "status", {"completed"})
        change, symbol = cells.required_amount("amount"), cells.required("asset")
        kind = "withdrawal" if change < 0 else "deposit"
        entry = one_sided(time_of(cells, self.options.zone), kind, change, symbol)
        entry.fee = fee_part(cells, (cells.amount("fee") or Decimal(0)).copy_abs(), symbol)
        entry.tx_hash = entry.group = self.reference(cells.text("hash"))
        entry.note = cells.note("note")
        if change < 0:
            entry.counterparty = counterparty(cells, "description", self.reference)
        return Row((cells.required("id"),), entry)


class BitfinexLedger(LegsFormat):
    """Two lines with one description in one second are the legs of a trade."""

    name = "bitfinex_ledger"
    title = gettext_lazy("Bitfinex ledger")
    family = "bitfinex_ledger"
    site = "Bitfinex"
    how = gettext_lazy("Reports → Ledger → Export. Choose CSV, all wallets and the whole time.")
    documentation = READER
    required = {
        "description": r"description",
        "asset": r"currency",
        "amount": r"amount",
        "balance": r"balance",
        "time": r"date",
        "wallet": r"wallet",
    }
    optional = {"id": r"#"}
    states = States("asset", "balance", "wallet")

    def read(self, cells: Cells) -> Row[Leg]:
        change, symbol = cells.required_amount("amount"), cells.required("asset")
        if not change:
            raise SkipRow(_("it changed no balance"))
        leg, description = self._leg(cells, change, symbol), cells.required("description")
        stamp, wallet = time_of(cells, UTC).isoformat(), cells.text("wallet").lower()
        content = (stamp, wallet, description, symbol, plain(change))
        if EXCHANGED.match(description):
            leg.type, leg.group = "trade", f"{stamp} {description}"
        return Row(content, leg, unit=leg.group)

    def _leg(self, cells: Cells, change: Decimal, symbol: str) -> Leg:
        time = time_of(cells, self.options.zone)
        if EXCHANGED.match(cells.text("description")):
            return Leg(time, "trade", change, symbol)
        kind = kind_of(cells, "description", OWN_KINDS, KINDS)
        if kind == "fee" and change < 0:
            return Leg(time, kind, Decimal(0), symbol, Part(change.copy_abs(), AssetRef(symbol)))
        return Leg(time, kind, change, symbol)


def time_of(cells: Cells, zone: tzinfo) -> datetime:
    date = "%m-%d-%y" if cells.options.date_order == "mdy" else "%d-%m-%y"
    clocks = ("%H:%M:%S", "%H:%M:%S.%f")
    return cells.time_as(
        "time", "|".join(f"{d} {c}" for d in (date, "%Y-%m-%d") for c in clocks), zone
    )
