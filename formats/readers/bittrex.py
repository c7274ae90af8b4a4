"""Bittrex: orders, deposits and withdrawals, with the headers that it has had until it closed."""

import re
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import (
    counterparty,
    fee_part,
    one_sided,
    only_done,
    part_of,
    total_without_fee,
    trade,
)
from formats.parsing.records import AssetRef, Entry, Part, Row, SkipRow
from formats.parsing.tables import Cells
from formats.parsing.values import plain, plus, shown

SIDES = {
    **dict.fromkeys(("limit_buy", "market_buy", "ceiling_market_buy", "bought"), True),
    **dict.fromkeys(("limit_sell", "market_sell", "ceiling_market_sell", "sold"), False),
}
TYPES = {"deposit": "deposit", "withdrawal": "withdrawal"}
TIMES = "%m/%d/%Y %I:%M:%S %p|%m/%d/%y %H:%M|%m/%d/%Y %H:%M:%S|%m/%d/%Y %H:%M"
READER = "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/bittrex.py"
HOW = gettext_lazy(
    "Bittrex has closed: take the files that you exported before, or that its support sent."
    " Orders, deposits and withdrawals are files of their own."
)


class BittrexOrders(LineFormat):
    """A line is an order with all that was filled of it."""

    name = "bittrex_orders"
    title = gettext_lazy("Bittrex orders")
    family = "bittrex_orders"
    site = "Bittrex"
    how = HOW
    required = {
        "id": r"(?:order)?uuid|txid",
        "kind": r"type|order ?type|transaction",
        "market": r"exchange|market",
        "quantity": r"quantity(?: \(base\))?",
        "time": r"closed(?: \(utc\))?|time \(utc\)",
    }
    optional = {
        "fee": r"commission(?:paid)?|comissionpaid|fees \(quote\)",
        "price": r"price",  # of all of it
        "total": r"total \(quote\)|proceeds",
        "filled": r"filled",
        "remaining": r"(?:quantity)?remaining",
        "base": r"base",
        "quote": r"quote",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        base, quote = self._assets(cells)
        amount = self._filled(cells, base)
        if not amount.amount:
            raise SkipRow(_("nothing of this order was filled"))
        buys, fee = self._buys(cells), fee_part(cells, cells.fee("fee"), quote)
        total = self._total(cells, quote)
        if "base" in self.columns.index:  # the newest header has the fee in the total
            total = total_without_fee(cells, total, fee, paid=buys)
        entry = trade(time_of(cells), buys, amount, total, fee)
        entry.group = cells.required("id").lower()
        return Row((entry.group,), entry)

    def _assets(self, cells: Cells) -> tuple[str, str]:
        """The oldest headers name the quote first: BTC-LTC."""
        if "base" in self.columns.index:
            return cells.required("base"), cells.required("quote")
        if "quote" in self.columns.index:
            return cells.required("market"), cells.required("quote")
        quote, base = cells.market("market")
        return base, quote

    def _filled(self, cells: Cells, base: str) -> Part:
        if "filled" in self.columns.index:
            return part_of(cells, "filled", base)
        quantity, remaining = cells.required_unsigned("quantity"), cells.unsigned("remaining")
        filled = plus(quantity, remaining.copy_negate()) if remaining else quantity
        if filled < 0:
            raise cells.bad("remaining", _("the amount is negative: %s") % plain(filled))
        return Part(filled, AssetRef(base))

    def _total(self, cells: Cells, quote: str) -> Part:
        name = "total" if "total" in self.columns.index else "price"
        return part_of(cells, name, quote)

    def _buys(self, cells: Cells) -> bool:
        word = cells.required("kind")
        if word.lower() not in SIDES:
            raise cells.bad("kind", _("“%s” is neither a buy nor a sell") % shown(word))
        return SIDES[word.lower()]


class BittrexTransfers(LineFormat):
    name = "bittrex_transfers"
    title = gettext_lazy("Bittrex deposits and withdrawals")
    family = "bittrex_transfers"
    site = "Bittrex"
    how = HOW
    required = {
        "time": r"date",
        "asset": r"currency",
        "type": r"type",
        "address": r"address",
        "memo": r"memo/tag",
        "hash": r"txid",
        "amount": r"amount",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        kind, amount = cells.required("type").lower(), cells.required_amount("amount")
        if kind not in TYPES:
            cells.unknown_type("type")
        symbol, found = cells.required("asset"), TYPES.get(kind, "other")
        entry = one_sided(time_of(cells), found, amount, symbol)
        entry.note = cells.note("memo")
        tie(cells, entry)
        hashed = cells.text("hash").lower() or entry.occurred_at.isoformat()
        return Row((kind, hashed, symbol, plain(amount)), entry)


class BittrexDeposits(LineFormat):
    name = "bittrex_deposits"
    title = gettext_lazy("Bittrex deposits")
    family = "bittrex_deposits"
    site = "Bittrex"
    how = HOW
    documentation = READER
    required = {
        "id": r"(?:uu)?id",
        "amount": r"amount",
        "asset": r"currency",
        "confirmations": r"confirmations",
        "time": r"lastupdated(?:date)?",
        "hash": r"txid",
        "address": r"cryptoaddress",
    }
    optional = {"state": r"state"}

    def read(self, cells: Cells) -> Row[Entry]:
        if "state" in self.columns.index:
            only_done(cells, "state", {"confirmed", "completed", "credited"})
        part = part_of(cells, "amount", cells.required("asset"))
        entry = Entry(time_of(cells), "deposit", received=part)
        tie(cells, entry)
        # The ids of the headers are different ones.
        hashed = cells.text("hash").lower() or cells.required("id")
        return Row((hashed, part.asset.symbol, plain(part.amount)), entry)


class BittrexWithdrawals(LineFormat):
    name = "bittrex_withdrawals"
    title = gettext_lazy("Bittrex withdrawals")
    family = "bittrex_withdrawals"
    site = "Bittrex"
    how = HOW
    documentation = READER
    required = {
        "id": r"(?:payment)?uuid",
        "asset": r"currency",
        "amount": r"amount",
        "address": r"address",
        "time": r"opened(?:date)?",
        "hash": r"txid",
        "fee": r"txcost|txfee",
    }
    optional = {
        "state": r"state",
        "authorized": r"authorized",
        "pending": r"pending(?:payment)?",
        "canceled": r"cancell?ed",
        "invalid": r"invalidaddress",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        self._refuse(cells)
        part = part_of(cells, "amount", cells.required("asset"))
        fee = fee_part(cells, cells.fee("fee"), part.asset.symbol)
        entry = Entry(time_of(cells), "withdrawal", sent=part, fee=fee)
        tie(cells, entry)
        return Row((cells.required("id").lower(),), entry)

    def _refuse(self, cells: Cells) -> None:
        """Of the older header, what moved nothing or has not yet."""
        if "state" in self.columns.index:
            only_done(cells, "state", {"completed", "confirmed"})
        for name in ("canceled", "pending", "invalid"):
            if cells.text(name).lower() == "true":
                raise SkipRow(_("it moved nothing: “%s”") % self.columns.title(name))
        if cells.text("authorized").lower() == "false":
            raise SkipRow(_("it moved nothing: it was not authorized"))


def tie(cells: Cells, entry: Entry) -> None:
    """To its transaction on the chain, and to the address there."""
    entry.tx_hash = entry.group = LineFormat.reference(cells.text("hash"))
    address = counterparty(cells, "address", LineFormat.reference)
    if entry.type == "deposit":
        entry.own_address = address
    else:
        entry.counterparty = address


def time_of(cells: Cells) -> datetime:
    if re.match(r"\d{4}-", cells.required("time")):
        return cells.time("time", UTC)
    return cells.time_as("time", TIMES, UTC)
