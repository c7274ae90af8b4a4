"""Coinbase Pro, later Exchange and Advanced: the account statement, and the fills.

The statement has a line per leg; ids of trades count per market, so that only with the order's one
says which belong together. A fill names the legs that the statement has of it, so that each trade
is taken once, whichever file comes first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext_lazy

from formats.base import Format, LineFormat
from formats.parsing.exchanges import (
    bought,
    fee_part,
    one_sided,
    part_of,
    trade,
    with_fee,
    without_fee,
)
from formats.parsing.records import AssetRef, BuiltTransaction, Entry, Part, Row, Source, key_of
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
FAMILY = "coinbase_pro"


@dataclass(slots=True)
class Leg:
    entry: Entry
    kind: str
    change: Part  # with its sign


class CoinbasePro(Format[Leg]):
    name = "coinbase_pro"
    title = "Coinbase Pro account statement"
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

    def read(self, cells: Cells) -> Row[Leg]:
        kind, trade_id = cells.required("type").lower(), cells.text("trade")
        if kind not in TYPES:
            cells.unknown_type("type")
        amount, symbol = cells.required_amount("amount"), cells.required("asset")
        time = cells.time("time", UTC)
        entry = one_sided(time, TYPES.get(kind, "other"), amount, symbol)
        entry.group = cells.text("transfer") or trade_id
        leg = Leg(entry, kind, Part(amount, AssetRef(symbol)))
        unit = f"{cells.text('order')} {trade_id}" if trade_id else cells.text("transfer")
        if trade_id:
            return Row(leg_of(kind, trade_id, symbol, amount), leg, unit=unit)
        identity = (kind, cells.text("transfer"), time.isoformat(), symbol, plain(amount))
        return Row(identity, leg, unit=unit)

    def build(self, rows: list[Row[Leg]]) -> list[BuiltTransaction]:
        legs = [row.value for row in rows]
        sides = [leg for leg in legs if leg.entry.type == "trade"]
        fees = [leg for leg in legs if leg.kind == "fee" and leg.change.amount <= 0]
        if is_trade(sides) and len(fees) <= 1 and len(sides) + len(fees) == len(legs):
            return [BuiltTransaction(together(sides, fees), [*rows])]
        return [BuiltTransaction(alone(row.value), [row]) for row in rows]


class CoinbaseProFills(LineFormat):
    name = "coinbase_pro_fills"
    title = "Coinbase Pro fills"
    family = "coinbase_pro_fills"
    site = "Coinbase Pro"
    how = gettext_lazy(
        "Statements → Generate → Fills, with all products and the whole time."
        " Choose CSV as the format."
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
        paid = without_fee(cells, total, fee) if buys else with_fee(total, fee)
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


def is_trade(legs: list[Leg]) -> bool:
    changes = sorted(leg.change.amount for leg in legs)
    return len(changes) == 2 and changes[0] < 0 < changes[1]


def together(sides: list[Leg], fees: list[Leg]) -> Entry:
    entry = sides[0].entry
    for leg in sides:
        entry.sent = entry.sent or leg.entry.sent
        entry.received = entry.received or leg.entry.received
    if fees and fees[0].change.amount:
        entry.fee = fees[0].entry.sent
    return entry


def alone(leg: Leg) -> Entry:
    """A line by itself; a fee that went out is one."""
    if leg.kind == "fee" and leg.change.amount < 0:
        leg.entry.fee, leg.entry.sent = leg.entry.sent, None
    return leg.entry
