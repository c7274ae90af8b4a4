"""KuCoin: trades in the files of several years, and what was converted. The newer files say in a
title which zone their times are in. A file of orders has the same trades as one of fills, put
together: import either."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import bought, fee_part, only_done, part_of, trade
from formats.parsing.records import Entry, Row, SkipRow
from formats.parsing.tables import Cells
from formats.parsing.values import plain

READER = "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/kucoin.py"
FILLED = {
    "order": r"order id",
    "market": r"symbol",
    "side": r"side",
    "quantity": r"filled amount",
    "total": r"filled volume",
    "time": r"filled time ?(?:\((.*)\))?",
    "fee": r"fee",
    "fee_asset": r"fee currency",
}


class Trades(LineFormat):
    family = "kucoin_fills"
    site = "KuCoin"
    how = gettext_lazy("Orders → Spot Orders → Trade History → Export. Choose the whole time.")
    optional = {"tax": r"tax"}

    def read(self, cells: Cells) -> Row[Entry]:
        if cells.amount("tax"):
            cells.remark("tax", "", _("its currency is not told"))
        entry = self._trade(cells)
        parts = (entry.sent, entry.received, entry.fee)
        sides = (f"{plain(part.amount)} {part.asset.symbol}" for part in parts if part)
        return Row((self.stamp(cells), *sides), entry)

    def _trade(self, cells: Cells) -> Entry:
        base, quote = cells.market("market")
        entry = trade(
            cells.time("time", self.zone("time")),
            bought(cells),
            part_of(cells, "quantity", base),
            part_of(cells, "total", quote),
            fee_part(cells, cells.fee("fee")),
        )
        entry.group = self.reference(cells.text("order"))
        return entry


class KuCoinTradesOld(Trades):
    name = "kucoin_trades_old"
    title = gettext_lazy("KuCoin trades (until 2022)")
    required = {
        "time": r"tradecreatedat",
        "market": r"symbol",
        "side": r"side",
        "price": r"price",
        "quantity": r"size",
        "total": r"funds",
        "fee": r"fee",
        "fee_asset": r"feecurrency",
    }
    optional = {"order": r"orderid"}


class KuCoinTradesWithCoins(Trades):
    name = "kucoin_trades_coins"
    title = gettext_lazy("KuCoin trades (each amount with its coin)")
    documentation = (
        "https://github.com/rotki/rotki/blob/develop/rotkehlchen/data_import/importers/kucoin.py"
    )
    required = {
        "time": r"time",
        "market": r"pair",
        "side": r"side",
        "price": r"filledprice",
        "price_asset": r"filledpricecoin",
        "quantity": r"amount",
        "quantity_asset": r"amountcoin",
        "total": r"volume",
        "total_asset": r"volumecoin",
        "fee": r"fee",
        "fee_asset": r"feecoin",
    }


class KuCoinFills(Trades):
    name = "kucoin_fills"
    title = gettext_lazy("KuCoin filled orders (one line per fill)")
    documentation = READER
    required = {**FILLED, "role": r"maker/taker"}


class KuCoinOrders(Trades):
    name = "kucoin_orders"
    title = gettext_lazy("KuCoin spot orders (one line per order)")
    family = "kucoin_orders"
    documentation = READER
    required = {
        **FILLED,
        "order_time": r"order time ?(?:\(.*\))?",
        "order_amount": r"order amount",
        "status": r"status",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        status = cells.text("status")
        if not cells.amount("quantity"):
            raise SkipRow(_("nothing of this order was filled: %s") % status)
        if status.lower() in ("active", "open", "part_deal"):
            raise SkipRow(_("the order is still open: %s") % status)
        row = super().read(cells)
        return Row((row.value.group,) if row.value.group else row.identity, row.value)


class KuCoinConverts(LineFormat):
    name = "kucoin_converts"
    title = gettext_lazy("KuCoin Convert orders")
    family = "kucoin_converts"
    site = "KuCoin"
    how = gettext_lazy("Orders → Convert History → Export. Choose the whole time.")
    documentation = "https://github.com/everytrade-io/everytrade-plugins"
    required = {
        "account": r"payment account",
        "sent": r"sell",
        "received": r"buy",
        "price": r"price",
        "time": r"time of update ?(?:\((.*)\))?",
        "status": r"status",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        only_done(cells, "status", {"success"})
        sent, received = cells.required_part("sent"), cells.required_part("received")
        entry = trade(cells.time("time", self.zone("time")), True, received, sent)
        sides = (f"{plain(part.amount)} {part.asset.symbol}" for part in (sent, received))
        return Row((self.stamp(cells), *sides), entry)
