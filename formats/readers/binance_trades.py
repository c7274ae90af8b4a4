"""Binance spot trades. Amounts are without the fee, which may be in any asset. Nothing identifies
a line but its content; the order history has the same lines as fills."""

from datetime import UTC
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing import markets
from formats.parsing.exchanges import bought, fee_part, part_of, trade
from formats.parsing.records import Entry, Part, Row
from formats.parsing.tables import Cells
from formats.parsing.values import full_year, plain

# The won was only traded here as a coin.
QUOTES = ("BKRW", *(quote for quote in markets.QUOTES if quote != "KRW"))


class Market(NamedTuple):
    base: str
    quote: str


class Trades(LineFormat):
    family = "binance_trades"
    site = "Binance"
    how = gettext_lazy(
        "Orders → Spot Order → Trade History → Export. Choose the time, and unpack the file."
    )

    def read(self, cells: Cells) -> Row[Entry]:
        time = cells.time("time", UTC, full_year(cells.required("time")))
        base, quote, fee = self._parts(cells)
        return Row(
            identity_of(time.isoformat(), bought(cells), base, quote, fee),
            trade(time, bought(cells), base, quote, fee),
        )

    def _parts(self, cells: Cells) -> tuple[Part, Part, Part | None]:
        raise NotImplementedError


class BinanceTrades(Trades):
    name = "binance_trades"
    title = gettext_lazy("Binance spot trade history")
    required = {
        "time": r"date\(utc\)|čas",
        "market": r"pair|pár",
        "side": r"side|strana",
        "price": r"price|cena",
        "quantity": r"executed|provedeno",
        "total": r"amount|částka",
        "fee": r"fee|poplatek",
    }

    def _parts(self, cells: Cells) -> tuple[Part, Part, Part | None]:
        market = market_of(cells)
        base, quote = (cells.required_part(name, *market) for name in ("quantity", "total"))
        if (base.asset.symbol, quote.asset.symbol) != market:
            raise cells.bad("market", _("the amounts are not of the assets of this market"))
        return base, quote, glued_fee(cells, market)


class BinanceTradesOld(Trades):
    name = "binance_trades_old"
    title = gettext_lazy("Binance spot trade history (until 2021)")
    required = {
        "time": r"date\(utc\)",
        "market": r"market",
        "side": r"type",
        "price": r"price",
        "quantity": r"amount",
        "total": r"total",
        "fee": r"fee",
        "fee_asset": r"fee coin",
    }

    def _parts(self, cells: Cells) -> tuple[Part, Part, Part | None]:
        base, quote = cells.market("market", QUOTES)
        return (
            part_of(cells, "quantity", base),
            part_of(cells, "total", quote),
            fee_part(cells, cells.fee("fee")),
        )


def identity_of(
    time: str, buys: bool, base: Part, quote: Part, fee: Part | None
) -> tuple[str, ...]:
    parts = (base, quote, *([fee] if fee else []))
    sides = (f"{plain(part.amount)} {part.asset.symbol}" for part in parts)
    return (time, "buy" if buys else "sell", *sides)


def market_of(cells: Cells) -> Market:
    """Where the name is parted is seen from the amounts, which have their asset behind them."""
    name, executed, total = cells.required("market"), cells.text("quantity"), cells.text("total")
    for place in range(1, len(name)):
        if executed.endswith(name[:place]) and total.endswith(name[place:]):
            return Market(name[:place], name[place:])
    return Market(*cells.market("market", QUOTES))


def glued_fee(cells: Cells, market: tuple[str, str]) -> Part | None:
    fee = cells.part("fee", *market)
    if not fee:
        cells.remark("fee", "0", _("no fee is told, so none is taken"))
    return fee if fee and fee.amount else None
