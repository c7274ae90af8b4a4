"""BitMEX: the wallet, in satoshi, and the trades of its contracts.

A contract moves no coins: what it gained or lost, its fees and its funding come into the wallet as
realised profit and loss. So a trade is kept with no amount, and says what it was. Times are local.
"""

import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import counterparty, fee_part, one_sided, only_done, without_fee
from formats.parsing.records import AssetRef, Entry, Part, Row
from formats.parsing.tables import Cells
from formats.parsing.values import plain, shown

TIMES = "%m/%d/%Y, %I:%M:%S %p"
# The smallest units of its currencies, and how many decimals they leave out.
UNITS = {"": ("BTC", 8), "xbt": ("BTC", 8), "usdt": ("USDT", 6)}
TYPES = {
    "deposit": "deposit",
    "withdrawal": "withdrawal",
    "affiliatepayout": "reward",
    "transfer": "transfer",
    "conversion": "trade",
    "spottrade": "trade",
}
PNL = {"realisedpnl", "funding"}


class BitmexWallet(LineFormat):
    name = "bitmex_wallet"
    title = gettext_lazy("BitMEX wallet history")
    family = "bitmex_wallet"
    site = "BitMEX"
    how = gettext_lazy("Account → Wallet history → Save as CSV. Choose the whole time.")
    no_reference = LineFormat.no_reference | {"null"}
    required = {
        "time": r"transacttime",
        "type": r"transacttype",
        "amount": r"amount",
        "fee": r"fee",
        "address": r"address",
        "status": r"transactstatus",
    }
    optional = {"currency": r"currency", "hash": r"tx"}

    def read(self, cells: Cells) -> Row[Entry]:
        only_done(cells, "status", {"completed"})
        symbol, decimals = self._unit(cells)
        amount = cells.amount("amount", decimals)
        if amount is None:
            raise cells.bad("amount", _("the cell is empty"))
        kind = cells.required("type").lower()
        entry = one_sided(
            time_of(cells, self.options.zone), self._type(cells, amount), amount, symbol
        )
        self._fee(cells, entry, symbol, decimals)
        self._other_side(cells, entry, kind)
        time = time_of(cells, UTC).isoformat()
        return Row((time, kind, symbol, plain(amount), cells.text("address")), entry)

    def _unit(self, cells: Cells) -> tuple[str, int]:
        currency = cells.text("currency")
        if currency.lower() not in UNITS:
            raise cells.bad("currency", _("the unit “%s” is not known") % shown(currency))
        return UNITS[currency.lower()]

    def _type(self, cells: Cells, amount: Decimal) -> str:
        kind = cells.required("type").lower()
        if kind in PNL:
            return "income" if amount >= 0 else "loss"
        if kind not in TYPES:
            cells.unknown_type("type")
        return TYPES.get(kind, "other")

    def _fee(self, cells: Cells, entry: Entry, symbol: str, decimals: int) -> None:
        """It is in the amount that went out."""
        told = self.reference(cells.text("fee"))
        entry.fee = fee_part(cells, cells.unsigned("fee", decimals) if told else None, symbol)
        if entry.sent:
            entry.sent = without_fee(cells, entry.sent, entry.fee)

    def _other_side(self, cells: Cells, entry: Entry, kind: str) -> None:
        if kind in PNL:
            entry.note = self.reference(cells.text("address"))  # the contract
        elif kind == "withdrawal":
            entry.counterparty = counterparty(cells, "address", self.reference)
        entry.tx_hash = entry.group = self.reference(cells.text("hash"))


class BitmexTrades(LineFormat):
    name = "bitmex_trades"
    title = gettext_lazy("BitMEX trades")
    family = "bitmex_trades"
    site = "BitMEX"
    documentation = (
        "https://github.com/everytrade-io/everytrade-plugins/blob/master/plugin-base/src/main/java/io/"
        "everytrade/server/plugin/impl/everytrade/parser/exchange/bean/BitmexBeanV1.java"
    )
    how = gettext_lazy("Orders → Trade history → Save as CSV. The wallet history has the amounts.")
    required = {
        "time": r"transacttime",
        "symbol": r"symbol",
        "kind": r"exectype",
        "side": r"side",
        "quantity": r"lastqty",
        "price": r"lastpx",
        "cost": r"execcost",
        "order": r"orderid",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        entry = Entry(time_of(cells, self.options.zone), "other")
        entry.received = Part(Decimal(0), AssetRef("BTC"))
        entry.group = self.reference(cells.text("order"))
        words = (cells.text(name) for name in ("kind", "side", "quantity", "symbol"))
        entry.note = f"{' '.join(filter(None, words))} @ {cells.required('price')}"
        amounts = (plain(cells.required_amount(name)) for name in ("quantity", "price", "cost"))
        words = (cells.text(name) for name in ("kind", "side", "symbol", "order"))
        return Row((time_of(cells, UTC).isoformat(), *words, *amounts), entry)


def time_of(cells: Cells, zone: tzinfo) -> datetime:
    if re.match(r"\d{4}-", cells.required("time")):
        return cells.time("time", zone)
    return cells.time_as("time", TIMES, zone)
