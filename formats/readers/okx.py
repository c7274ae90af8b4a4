"""OKX: trades until 2021, and the bills of the trading and of the funding account. Fees are
negative where they were paid, and positive where they were paid back. A first line may say in
which zone the times are."""

import re
from datetime import tzinfo
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import EntriesFormat, LegsFormat
from formats.parsing.exchanges import KINDS, Leg, fee_part, kind_of, rebate, trade
from formats.parsing.records import AssetRef, Entry, Part, Row, SkipRow
from formats.parsing.tables import Cells, Table
from formats.parsing.values import header_zone, plus

READER = "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/okx.py"
STATED_ZONE = re.compile(r"Time Zone: ?(UTC[+-]?[0-9:]*)")
DERIVATIVES = ("perpetual", "swap", "futures", "option", "margin", "liquidat", "funding fee", "p&l")
TRADE_TYPES = {"spot": "trade", **dict.fromkeys(DERIVATIVES, "other")}


class OkxTrades(EntriesFormat):
    name = "okx_trades"
    title = gettext_lazy("OKX trades (until 2021)")
    family = "okx_trades"
    site = "OKX"
    how = gettext_lazy("Assets → Order Center → Download → Trading history. Choose CSV.")
    required = {
        "order": r"order id",
        "id": r"trade id",
        "time": r"trade time",
        "market": r"pairs",
        "amount": r"amount",
        "price": r"price",
        "total": r"total",
        "fee": r"fee",
        "asset": r"unit",
    }

    def read(self, cells: Cells) -> Row[list[Entry]]:
        amount = cells.required_amount("amount")
        base = Part(amount.copy_abs(), AssetRef(cells.required("asset")))
        quote = self._total(cells)
        market = tuple(symbol.upper() for symbol in cells.market("market"))
        if market != (base.asset.symbol, quote.asset.symbol):
            raise cells.bad("market", _("the amounts are not of the assets of this market"))
        paid, back = self._fee(cells)
        time = cells.time("time", self.options.zone)
        entry = trade(time, amount > 0, base, quote, paid)
        entry.group = self.reference(cells.text("order"))
        entries = [entry, rebate(entry, back)] if back else [entry]
        return Row((cells.required("id"), *market), entries)

    def _total(self, cells: Cells) -> Part:
        signed = cells.signed_part("total")
        if not signed:
            raise cells.bad("total", _("the cell is empty"))
        return Part(signed[0].copy_abs(), AssetRef(signed[1]))

    def _fee(self, cells: Cells) -> tuple[Part | None, Part | None]:
        """What was paid, and what was paid back."""
        number, symbol = cells.signed_part("fee") or (Decimal(0), "")
        part = Part(number.copy_abs(), AssetRef(symbol))
        return (part if number < 0 else None), (part if number > 0 else None)


class Bills(LegsFormat):
    site = "OKX"
    documentation = READER

    def prepare(self, table: Table) -> None:
        self.stated: tzinfo | None = None
        for record in table.preamble():
            if match := STATED_ZONE.search(",".join(record.cells)):
                self.stated = header_zone(match[1])

    def zone(self, name: str) -> tzinfo:
        return self.stated or super().zone(name)


class OkxTrading(Bills):
    name = "okx_trading"
    title = gettext_lazy("OKX trading account history")
    family = "okx_trading"
    how = gettext_lazy("Assets → Order Center → Download → Trading history. Choose CSV.")
    required = {
        "id": r"id",
        "order": r"order id",
        "time": r"time",
        "type": r"trade type",
        "market": r"symbol|instrument",
        "action": r"action|type",
        "amount": r"amount",
        "unit": r"trading unit|unit",
        "fee": r"fee",
        "change": r"balance change",
        "balance": r"balance",
        "asset": r"balance unit|unit",
    }
    optional = {"fee_asset": r"fee unit"}

    def read(self, cells: Cells) -> Row[Leg]:
        total, symbol = cells.required_amount("change"), cells.required("asset")
        paid = cells.amount("fee") or Decimal(0)
        if not total and not paid:
            raise SkipRow(_("it changed no balance"))
        fee = fee_part(cells, paid.copy_abs() if paid < 0 else None, symbol)
        change = plus(total, fee.amount) if fee and fee.asset.symbol == symbol else total
        order = self.reference(cells.text("order"))
        kind = self._kind(cells)
        leg = Leg(cells.time("time", self.zone("time")), kind, change, symbol, fee, order)
        return Row((cells.required("id"),), leg, unit=order if kind == "trade" else "")

    def _kind(self, cells: Cells) -> str:
        return kind_of(cells, "type", TRADE_TYPES, KINDS)


class OkxFunding(Bills):
    name = "okx_funding"
    title = gettext_lazy("OKX funding account history")
    family = "okx_funding"
    how = gettext_lazy("Assets → Order Center → Download → Funding history. Choose CSV.")
    required = {
        "id": r"id",
        "time": r"time",
        "type": r"type",
        "amount": r"amount",
        "before": r"before balance",
        "after": r"after balance",
        "asset": r"symbol",
    }
    optional = {"fee": r"fee"}

    def read(self, cells: Cells) -> Row[Leg]:
        symbol = cells.required("asset")
        # A fee is in what the balance changed by, if not in the amount.
        before, after = cells.required_amount("before"), cells.required_amount("after")
        total = plus(after, before.copy_negate())
        fee = fee_part(cells, (cells.amount("fee") or Decimal(0)).copy_abs(), symbol)
        change = plus(total, fee.amount) if fee else total
        if not change and not fee:
            raise SkipRow(_("it changed no balance"))
        kind = kind_of(cells, "type", KINDS, {"received": "deposit"})
        leg = Leg(cells.time("time", self.zone("time")), kind, change, symbol, fee)
        return Row((cells.required("id"),), leg)
