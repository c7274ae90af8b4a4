"""Ghostfolio's activities. A trade has its price by the piece; a dividend, interest or a fee is
cash alone."""

from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import product
from formats.parsing.records import AssetRef, Entry, Part, Row, SkipRow
from formats.parsing.tables import Cells
from formats.parsing.values import plain
from formats.readers.sided import no_direction

CASH = {"dividend", "interest"}


class Ghostfolio(LineFormat):
    name = "ghostfolio"
    title = gettext_lazy("Ghostfolio activities")
    family = "ghostfolio"
    site = "Ghostfolio"
    how = gettext_lazy("Portfolio → Activities → ⋮ → Export activities. Keep the JSON as it is.")
    documentation = (
        "https://github.com/ghostfolio/ghostfolio/blob/main/apps/api/src/app/export/"
        "export.service.ts"
    )
    wallet_kind = "exchange"
    required = {
        "currency": r"currency",
        "time": r"date",
        "fee": r"fee",
        "quantity": r"quantity",
        "symbol": r"symbol",
        "type": r"type",
        "price": r"unitprice",
    }
    optional = {"id": r"id", "source": r"datasource", "note": r"comment"}

    def read(self, cells: Cells) -> Row[Entry]:
        entry = self._entry(cells)
        names = ("type", "symbol", "currency")
        numbers = [plain(cells.required_amount(name)) for name in ("quantity", "price")]
        moved = (entry.occurred_at.isoformat(), *map(cells.text, names), *numbers)
        return Row((cells.text("id"),) if cells.text("id") else moved, entry)

    def _entry(self, cells: Cells) -> Entry:
        kind = cells.required("type").lower()
        if kind == "liability":
            raise SkipRow(_("a liability is no transaction"))
        entry = Entry(cells.time("time", UTC), kind, note=cells.note("note"))
        fee, currency = cells.unsigned("fee"), AssetRef(cells.required("currency"))
        entry.fee = Part(fee, currency) if fee else None
        self._move(cells, entry, Part(self._total(cells), currency))
        if not (entry.sent or entry.received or entry.fee):
            raise SkipRow(_("a draft: it moves nothing"))
        return entry

    def _move(self, cells: Cells, entry: Entry, cash: Part) -> None:
        quantity = cells.required_unsigned("quantity")
        piece = Part(quantity, self._asset(cells)) if quantity else None
        money = cash if cash.amount else None
        if entry.type in ("buy", "item"):
            entry.sent, entry.received = money, piece
        elif entry.type == "sell":
            entry.sent, entry.received = piece, money
        elif entry.type in CASH:
            entry.received = money
        elif entry.type != "fee":
            raise no_direction(cells, "type")
        entry.type = "reward" if entry.type in CASH else "fee" if entry.type == "fee" else "trade"

    def _total(self, cells: Cells) -> Decimal:
        price, quantity = (cells.required_unsigned(name) for name in ("price", "quantity"))
        return product(cells, "price", price, quantity)

    def _asset(self, cells: Cells) -> AssetRef:
        """Yahoo names a coin with the currency that its price is in: `BTCUSD`, `BTC-USD`."""
        symbol, currency = cells.required("symbol"), cells.required("currency")
        coin = symbol.removesuffix(currency).rstrip("-")
        if cells.text("source") != "YAHOO" or coin == symbol or not coin:
            return AssetRef(symbol)
        cells.remark("symbol", coin, _("the currency of the price is no part of the coin's name"))
        return AssetRef(coin)
