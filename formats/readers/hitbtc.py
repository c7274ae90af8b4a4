"""HitBTC: trades, whose fees and rebates are in the second asset of the market, and what was paid
in and out. The offset of the times is in the title of their column."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import EntriesFormat, LineFormat
from formats.parsing.exchanges import (
    KINDS,
    bought,
    kind_of,
    one_sided,
    part_of,
    rebate,
    trade,
)
from formats.parsing.records import AssetRef, Entry, Part, Row, SkipRow
from formats.parsing.tables import LONGEST, Cells
from formats.parsing.values import plus

TIME = r"date ?\((.*)\)"


class HitBtcTrades(EntriesFormat):
    name = "hitbtc_trades"
    title = gettext_lazy("HitBTC trades")
    family = "hitbtc_trades"
    site = "HitBTC"
    how = gettext_lazy("Reports → My trades → Export. Choose CSV and the whole time.")
    required = {
        "time": TIME,
        "market": r"instrument",
        "id": r"trade id",
        "order": r"order id",
        "side": r"side",
        "quantity": r"quantity",
        "price": r"price",
        "total": r"volume",
        "fee": r"fee",
        "rebate": r"rebate",
    }

    def read(self, cells: Cells) -> Row[list[Entry]]:
        (base, quote), buys = cells.market("market"), bought(cells)
        paid, back = self._fees(cells)
        entry = trade(
            cells.time("time", self.zone("time")),
            buys,
            part_of(cells, "quantity", base),
            part_of(cells, "total", quote),
            Part(paid, AssetRef(quote)) if paid else None,
        )
        entry.group = self.reference(cells.text("order"))
        more = [rebate(entry, Part(back, AssetRef(quote)))] if back else []
        return Row((cells.required("id"), "buy" if buys else "sell"), [entry, *more])

    def _fees(self, cells: Cells) -> tuple[Decimal, Decimal]:
        """What was paid, and what was paid back, which newer files write as a negative fee."""
        fee, back = cells.amount("fee") or Decimal(0), cells.unsigned("rebate") or Decimal(0)
        if fee < 0:
            return Decimal(0), plus(back, fee.copy_abs())
        return fee, back


class HitBtcTransfers(LineFormat):
    name = "hitbtc_transfers"
    title = gettext_lazy("HitBTC deposits and withdrawals")
    family = "hitbtc_transfers"
    site = "HitBTC"
    how = gettext_lazy("Reports → Payment history → Export. Choose CSV and the whole time.")
    documentation = (
        "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/hitbtc.py"
    )
    # The oldest files have the currency beyond the last title.
    wider_rows = True
    required = {
        "time": TIME,
        "id": r"operation id",
        "type": r"type",
        "amount": r"amount",
        "hash": r"transaction hash",
        "balance": r"main account balance",
    }
    optional = {"asset": r"currency"}

    def read(self, cells: Cells) -> Row[Entry]:
        tx_hash = self.reference(cells.text("hash"))
        if not tx_hash:
            raise SkipRow(_("it failed: it has no transaction hash"))
        amount, kind = cells.required_amount("amount"), self._kind(cells)
        if kind in ("deposit", "withdrawal"):
            amount = -abs(amount) if kind == "withdrawal" else abs(amount)
        time = cells.time("time", self.zone("time"))
        entry = one_sided(time, kind, amount, self._symbol(cells))
        entry.tx_hash = entry.group = tx_hash
        return Row((cells.required("id"),), entry)

    def _kind(self, cells: Cells) -> str:
        """Some files leave the cell of a withdrawal empty."""
        return kind_of(cells, "type", KINDS) if cells.text("type") else "withdrawal"

    def _symbol(self, cells: Cells) -> str:
        if "asset" in self.columns.index:
            return cells.required("asset").upper()
        beyond = cells.raw[len(self.columns.header) :]
        if not beyond or not 0 < len(beyond[0].strip()) <= LONGEST:
            raise cells.bad("asset", _("the row does not say of which currency it is"))
        return beyond[0].strip().upper()
