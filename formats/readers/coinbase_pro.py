"""Coinbase Pro, later Exchange and Advanced: the account statement, and the fills.

The statement has a line per leg; ids of trades count per market, so that only with the order's one
says which belong together. A fill names the legs that the statement has of it, so that each trade
is taken once, whichever file comes first.
"""

from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext_lazy

from formats.base import LegsFormat, LineFormat, States
from formats.parsing.exchanges import Leg, bought, fee_part, part_of, total_without_fee, trade
from formats.parsing.records import Entry, Row, Source, key_of
from formats.parsing.tables import Cells
from formats.parsing.values import plain

TYPES = {
    "deposit": "deposit",
    "withdrawal": "withdrawal",
    "match": "trade",
    "conversion": "trade",
    "rebate": "reward",
    "fee": "fee",
}
JOINED = {"trade", "fee"}
FAMILY = "coinbase_pro"


class CoinbasePro(LegsFormat):
    name = "coinbase_pro"
    title = gettext_lazy("Coinbase Pro account statement")
    family = FAMILY
    site = "Coinbase Pro"
    how = gettext_lazy(
        "Statements → Generate → Account, with all portfolios and the whole time."
        " Choose CSV as the format."
    )
    required = {
        "type": r"type",
        "time": r"time(?:stamp)?",
        "amount": r"amount",
        "asset": r"amount/balance unit",
        "transfer": r"transfer id",
        "trade": r"trade id",
        "order": r"order id",
    }
    optional = {"balance": r"balance", "portfolio": r"portfolio"}
    states = States("asset", "balance", "portfolio")

    def read(self, cells: Cells) -> Row[Leg]:
        kind, trade_id = cells.required("type").lower(), cells.text("trade")
        if kind not in TYPES:
            cells.unknown_type("type")
        amount, symbol = cells.required_amount("amount"), cells.required("asset")
        leg = Leg(cells.time("time", UTC), TYPES.get(kind, "other"), amount, symbol)
        leg.group = cells.text("transfer") or trade_id
        if kind == "fee":
            self._as_fee(cells, leg)
        joined = leg.type in JOINED
        if trade_id:
            unit = f"{cells.text('order')} {trade_id}" if joined else ""
            return Row(leg_of(kind, trade_id, symbol, amount), leg, unit=unit)
        identity = (kind, leg.group, leg.occurred_at.isoformat(), symbol, plain(amount))
        return Row(identity, leg, unit=leg.group if joined else "")

    def _as_fee(self, cells: Cells, leg: Leg) -> None:
        """What comes back instead of going out is a rebate."""
        if leg.change > 0:
            leg.type = "reward"
            return
        leg.fee = fee_part(cells, leg.change.copy_abs(), leg.symbol)
        leg.change = Decimal(0)


class CoinbaseProFills(LineFormat):
    name = "coinbase_pro_fills"
    title = gettext_lazy("Coinbase Pro fills")
    family = "coinbase_pro_fills"
    site = "Coinbase Pro"
    how = gettext_lazy(
        "Statements → Generate → Fills, with all products and the whole time."
        " Choose CSV as the format."
    )
    documentation = (
        "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/coinbasepro.py"
    )
    shares_lines = True
    required = {
        "trade": r"trade id",
        "product": r"product",
        "side": r"side",
        "time": r"created at",
        "size": r"size",
        "asset": r"size unit",
        "fee": r"fee",
        "total": r"total",
        "quote": r"price/fee/total unit",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        entry, identity = self._entry(cells), (cells.required("product"), cells.required("trade"))
        own = Source(self.family, key_of(identity))
        legs = [Source(FAMILY, key_of(leg)) for leg in legs_of(entry)]
        return Row(identity, entry, sources=(own, *legs))

    def _entry(self, cells: Cells) -> Entry:
        """The total is with the fee: what was paid, or what was left of what was earned."""
        quote, buys = cells.required("quote"), bought(cells)
        fee = fee_part(cells, cells.fee("fee"), quote)
        total = part_of(cells, "total", quote)
        paid = total_without_fee(cells, total, fee, paid=buys)
        size = part_of(cells, "size", cells.required("asset"))
        entry = trade(cells.time("time", UTC), buys, size, paid, fee)
        entry.group = cells.required("trade")
        return entry


def leg_of(kind: str, trade_id: str, symbol: str, amount: Decimal) -> tuple[str, ...]:
    """What a leg of a trade is known by, in the statement and from a fill."""
    return kind, trade_id, symbol, plain(amount)


def legs_of(entry: Entry) -> Iterator[tuple[str, ...]]:
    for kind, part, sign in (
        ("match", entry.received, 1),
        ("match", entry.sent, -1),
        ("fee", entry.fee, -1),
    ):
        if part:
            yield leg_of(kind, entry.group, part.asset.symbol, part.amount * sign)
