"""Bybit: spot trades, and what changed the balance of the funding account and of the unified
trading account."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LegsFormat, LineFormat
from formats.parsing.exchanges import (
    KINDS,
    Leg,
    bought,
    fee_part,
    kind_of,
    one_sided,
    part_of,
    trade,
)
from formats.parsing.records import Entry, Row, SkipRow
from formats.parsing.tables import Cells
from formats.parsing.values import plain, plus

READER = "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/bybit.py"
TIMES = "%H:%M %Y-%m-%d|%Y-%m-%d %H:%M:%S|%Y-%m-%d %H:%M"
FUNDING = {"fiat": "deposit", "card": "payment", "purchase": "payment", "earn": "transfer"}
UNIFIED = {
    "transfer": "transfer",
    **dict.fromkeys(("trade", "currency_buy", "currency_sell", "convert"), "trade"),
    **dict.fromkeys(("settlement", "delivery", "liquidation", "adl", "interest"), "other"),
}


class BybitTrades(LineFormat):
    name = "bybit_trades"
    title = gettext_lazy("Bybit spot trades")
    family = "bybit_trades"
    site = "Bybit"
    how = gettext_lazy("Orders → Spot Orders → Trade History → Export. Choose the whole time.")
    documentation = "https://github.com/everytrade-io/everytrade-plugins"
    required = {
        "market": r"spot pairs",
        "side": r"direction",
        "total": r"filled value",
        "price": r"filled price",
        "quantity": r"filled quantity",
        "fee": r"fees",
        "id": r"transaction id",
        "order": r"order no\.",
        "time": r"timestamp ?\((.*)\)",
    }
    optional = {"fee_asset": r"feecoin", "own_fee": r"execfeev2"}

    def read(self, cells: Cells) -> Row[Entry]:
        (base, quote), buys = cells.market("market"), bought(cells)
        # A fee without its coin is in what was bought.
        name = "own_fee" if cells.amount("own_fee") is not None else "fee"
        entry = trade(
            cells.time_as("time", TIMES, self.zone("time")),
            buys,
            part_of(cells, "quantity", base),
            part_of(cells, "total", quote),
            fee_part(cells, cells.fee(name), base if buys else quote),
        )
        entry.group = self.reference(cells.text("order"))
        return Row((cells.required("id"),), entry)


class BybitFunding(LineFormat):
    name = "bybit_funding"
    title = gettext_lazy("Bybit funding account history")
    family = "bybit_funding"
    site = "Bybit"
    how = gettext_lazy("Account → Data Export → Asset Change Details. Choose the funding account.")
    documentation = READER
    required = {
        "time": r"(?:date & )?time ?\((utc.*)\)",
        "asset": r"coin",
        "amount": r"qty|amount",
        "type": r"type",
        "balance": r"(?:account|wallet) balance",
    }
    optional = {"description": r"description"}

    def read(self, cells: Cells) -> Row[Entry]:
        change, symbol = cells.required_amount("amount"), cells.required("asset")
        if not change:
            raise SkipRow(_("it changed no balance"))
        kind = self._kind(cells)
        if kind == "withdrawal" and change > 0:
            change = -change
        entry = one_sided(cells.time("time", self.zone("time")), kind, change, symbol)
        entry.note = cells.note("description")
        names = ("type", "description")
        identity = (self.stamp(cells), symbol, plain(change), *(cells.text(n) for n in names))
        return Row(identity, entry)

    def _kind(self, cells: Cells) -> str:
        """The description says more than the type, where both are told."""
        text = cells.text("description").lower()
        known = any(word in text for word in KINDS)
        return kind_of(cells, "description" if known else "type", KINDS, FUNDING)


class BybitUnified(LegsFormat):
    """The change has the fee in it. Lines of one trade are of one market, second and price."""

    name = "bybit_unified"
    title = gettext_lazy("Bybit unified trading account history")
    family = "bybit_unified"
    site = "Bybit"
    how = gettext_lazy("Account → Data Export → Asset Change Details. Choose unified trading.")
    documentation = "https://github.com/everytrade-io/everytrade-plugins"
    required = {
        "asset": r"currency",
        "market": r"contract",
        "type": r"type",
        "side": r"direction",
        "quantity": r"quantity",
        "price": r"filled price",
        "funding": r"funding",
        "fee": r"fee paid",
        "flow": r"cash flow",
        "change": r"change",
        "balance": r"wallet balance",
        "time": r"time ?(?:\((.*)\))?",
    }
    optional = {"id": r"trade ?id", "order": r"order ?id"}

    def read(self, cells: Cells) -> Row[Leg]:
        total, symbol = cells.required_amount("change"), cells.required("asset")
        fee = fee_part(cells, self._paid(cells, total), symbol)
        change = plus(total, fee.amount) if fee else total
        if not change and not fee:
            raise SkipRow(_("it changed no balance"))
        kind = kind_of(cells, "type", UNIFIED, KINDS)
        leg = Leg(cells.time("time", self.zone("time")), kind, change, symbol, fee)
        names = ("market", "type", "side", "price")
        told = (self.stamp(cells), *(cells.text(name) for name in names))
        leg.group = self.reference(cells.text("id")) or (" ".join(told) if kind == "trade" else "")
        identity = (*told, symbol, plain(total), cells.text("id"))
        return Row(identity, leg, unit=leg.group if kind == "trade" else "")

    def _paid(self, cells: Cells, total: Decimal) -> Decimal | None:
        """Of which sign a paid fee is has changed: it is what lessened the change."""
        fee, parts = cells.amount("fee"), (cells.amount("flow"), cells.amount("funding"))
        if not fee:
            return None
        rest = total
        for part in parts:
            rest = plus(rest, (part or Decimal(0)).copy_negate())
        signed = rest if rest.copy_abs() == fee.copy_abs() else fee
        return signed.copy_abs() if signed < 0 else None
