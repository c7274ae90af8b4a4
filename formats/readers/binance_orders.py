"""Binance order history: under each order that was filled a heading of its own and its fills. The
fills of an order are one trade; they are the lines of the trade history too."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import Format
from formats.parsing.exchanges import bought, part_of, second_fees, totals, trade
from formats.parsing.records import BadRow, BuiltTransaction, Part, Row, SkipRow
from formats.parsing.tables import Cells, Columns, Table, clean_header
from formats.parsing.values import full_year, plain
from formats.readers.binance_trades import QUOTES, glued_fee, identity_of

FILL = {
    "time": "date(utc)",
    "price": "trading price",
    "quantity": "filled",
    "total": "total",
    "fee": "fee",
}
SHORTEST = 6  # cells of a fill


@dataclass(slots=True)
class Order:
    """Where it stands, and how its fills are written."""

    cells: Cells
    fills: Columns | None = None


@dataclass(slots=True)
class Fill:
    occurred_at: datetime
    buys: bool
    base: Part
    quote: Part
    fee: Part | None
    group: str


class BinanceOrders(Format[Fill]):
    name = "binance_orders"
    title = gettext_lazy("Binance order history with fills")
    family = "binance_trades"
    site = "Binance"
    how = gettext_lazy(
        "Orders → Spot Order → Order History → Export. Choose the time, and unpack the file."
    )
    required = {
        "time": r"date\(utc\)",
        "market": r"pair",
        "side": r"type",
        "order_price": r"order price",
        "order_amount": r"order amount",
        "price": r"avg ?trading price",
        "quantity": r"filled",
        "total": r"total",
        "status": r"status",
    }
    optional = {"order": r"orderid"}

    @classmethod
    def match(cls, header: Sequence[str]) -> Columns | None:
        """Fills have fewer cells than orders."""
        columns = super().match(header)
        return columns and replace(columns, least=SHORTEST)

    def prepare(self, table: Table) -> None:
        self.orders: dict[int, Order] = {}
        order = columns = None
        for record in table.records():
            if is_order(record.cells):
                order = self.orders[record.line] = Order(table.cells(record))
            elif heading := heading_of(record.cells):
                columns = heading
            elif order:
                self.orders[record.line], order.fills = order, columns

    def read(self, cells: Cells) -> Row[Fill]:
        if heading_of(cells.raw):
            raise SkipRow(_("the heading of the fills under it"))
        order = self.orders.get(cells.line)
        if not order:
            raise BadRow("", _("there is no order above this fill"))
        if is_order(cells.raw):
            return self._order(cells, order)
        if not order.fills:
            raise BadRow("", _("there is no heading above this fill"))
        own = Cells(cells.raw, order.fills, cells.line, cells.remarks, cells.options)
        fill = self._fill(own, order)
        time = fill.occurred_at.isoformat()
        identity = identity_of(time, fill.buys, fill.base, fill.quote, fill.fee)
        return Row(identity, fill, unit=str(order.cells.line))

    def _order(self, cells: Cells, order: Order) -> Row[Fill]:
        """It counts where its fills are not listed, which the oldest files do not do."""
        if order.fills:
            raise SkipRow(_("the order of the fills under it, which are counted"))
        if not cells.required_amount("quantity"):
            raise SkipRow(_("nothing of this order was filled: %s") % cells.text("status"))
        fill = self._fill(cells, order)
        reason = _("its fills are not listed, so the rounded total is taken, and no fee")
        cells.remark("total", plain(fill.quote.amount), reason)
        names = ("order_price", "order_amount")
        amounts = (plain(cells.required_amount(name)) for name in names)
        identity = ("order", *identity_of("", fill.buys, fill.base, fill.quote, None), *amounts)
        return Row((fill.occurred_at.isoformat(), *identity), fill)

    def _fill(self, cells: Cells, order: Order) -> Fill:
        base, quote = order.cells.market("market", QUOTES)
        told = "fee" in cells.columns.index
        return Fill(
            cells.time("time", UTC, full_year(cells.required("time"))),
            bought(order.cells),
            part_of(cells, "quantity", base),
            part_of(cells, "total", quote),
            glued_fee(cells, (base, quote)) if told else None,
            f"{order.cells.text('market')} {order.cells.text('time')}",
        )

    def build(self, rows: list[Row[Fill]]) -> list[BuiltTransaction]:
        fills = [row.value for row in rows]
        first = min(fills, key=lambda fill: fill.occurred_at)
        ((base,), (quote,)) = (totals(fill.base for fill in fills), totals(f.quote for f in fills))
        fees = totals(fill.fee for fill in fills)
        entry = trade(first.occurred_at, first.buys, base, quote, fees[0] if fees else None)
        entry.group = first.group
        return [BuiltTransaction(entry, [*rows]), *second_fees(entry, fees[1:])]


def is_order(cells: Sequence[str]) -> bool:
    return bool(cells and cells[0].strip())


def heading_of(cells: Sequence[str]) -> Columns | None:
    """The columns of fills, if this line names them."""
    header = clean_header(cells)
    titles = [title.lower() for title in header]
    if is_order(cells) or not set(FILL.values()) <= set(titles):
        return None
    index = {name: titles.index(title) for name, title in FILL.items()}
    return Columns(header, {}, index, 1 + max(index.values()))
