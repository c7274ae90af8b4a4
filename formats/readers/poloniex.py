"""Poloniex: trades as its site wrote them, and the files that its support sends on request.

The site calls the two sides the other way round: of LTC/BTC, "quote" is LTC. Support names what is
paid with first and without a sign between: BTCETH buys and sells ETH.
"""

from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import (
    bought,
    cost_of,
    counterparty,
    fee_part,
    only_done,
    part_of,
    trade,
    with_fee,
    without_fee,
)
from formats.parsing.records import Entry, Part, Row
from formats.parsing.tables import Cells
from formats.parsing.values import plain, plus, shown

QUOTES = ("USDT", "USDC", "USDJ", "USDD", "BUSD", "TUSD", "BTC", "ETH", "XMR", "TRX", "BNB", "DAI")
NAMES = {"STR": "XLM"}  # its own name for Stellar
READER = "https://github.com/everytrade-io/everytrade-plugins"
SUPPORT = gettext_lazy(
    "Ask the support of Poloniex for the history of your account."
    " It sends trades, deposits and withdrawals as files of their own."
)


class PoloniexTrades(LineFormat):
    name = "poloniex_trades"
    title = gettext_lazy("Poloniex trades")
    family = "poloniex_trades"
    site = "Poloniex"
    how = gettext_lazy("Orders → My trade history → Export. Choose the whole time.")
    required = {
        "time": r"date",
        "market": r"market",
        "category": r"category",
        "side": r"type",
        "amount": r"amount",
        "total": r"total",
        "order": r"order number",
        "quote": r"base total less fee",
        "base": r"quote total less fee",
    }
    optional = {"fee_asset": r"fee currency", "fee": r"fee total"}

    def read(self, cells: Cells) -> Row[Entry]:
        of_the_exchange(cells, "category")
        entry = self._entry(cells)
        entry.group = cells.required("order")
        amounts = (plain(cells.required_amount(name)) for name in ("amount", "total"))
        time, market = entry.occurred_at.isoformat(), cells.text("market")
        return Row((time, market, cells.text("side").lower(), entry.group, *amounts), entry)

    def _entry(self, cells: Cells) -> Entry:
        """Less the fee is what the balance changed by; without, what was traded."""
        base, quote = (NAMES.get(symbol, symbol) for symbol in cells.market("market"))
        buys = bought(cells)
        name, gross, symbol = ("base", "amount", base) if buys else ("quote", "total", quote)
        got = part_of(cells, name, symbol)
        fee = self._fee(cells, got, part_of(cells, gross, symbol))
        paid = part_of(cells, "quote", quote) if buys else part_of(cells, "base", base)
        entry = Entry(cells.time("time", UTC), "trade", paid, with_fee(got, fee), fee)
        if fee and fee.asset == paid.asset:
            entry.sent = without_fee(cells, paid, fee)
        return entry

    def _fee(self, cells: Cells, got: Part, gross: Part) -> Part | None:
        """The oldest header tells it as the difference only."""
        if "fee" in self.columns.index:
            return fee_part(cells, cells.fee("fee"))
        fee = plus(gross.amount, got.amount.copy_negate())
        if fee < 0:
            raise cells.bad("total", _("less the fee it is more than with it"))
        return Part(fee, got.asset) if fee else None


class PoloniexSupportTrades(LineFormat):
    name = "poloniex_support_trades"
    title = gettext_lazy("Poloniex trades from its support")
    family = "poloniex_support_trades"
    site = "Poloniex"
    how = SUPPORT
    required = {
        "time": r"create_time",
        "id": r"trade_id",
        "market": r"market",
        "wallet": r"buyer_wallet",
        "side": r"side",
        "price": r"price",
        "amount": r"amount",
        "fee_asset": r"fee_currency",
        "fee": r"fee_total",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        of_the_exchange(cells, "wallet")
        quote, base = quote_and_base(cells)
        total = cost_of(cells, "price", "amount", quote)
        fee = fee_part(cells, cells.fee("fee"))
        amount = part_of(cells, "amount", base)
        entry = trade(cells.time("time", UTC), bought(cells), amount, total, fee)
        return Row((cells.required("market"), cells.required("id")), entry)


class PoloniexDeposits(LineFormat):
    name = "poloniex_deposits"
    title = gettext_lazy("Poloniex deposits")
    family = "poloniex_deposits"
    site = "Poloniex"
    how = SUPPORT
    documentation = READER
    required = {
        "time": r"f_created_at",
        "asset": r"currency",
        "amount": r"f_amount",
        "address": r"f_address",
        "status": r"f_status",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        only_done(cells, "status", {"completed"})
        entry = Entry(cells.time("time", UTC), "deposit", received=amount_of(cells))
        entry.own_address = counterparty(cells, "address", self.reference)
        return Row(identity_of(cells), entry)


class PoloniexWithdrawals(LineFormat):
    name = "poloniex_withdrawals"
    title = gettext_lazy("Poloniex withdrawals")
    family = "poloniex_withdrawals"
    site = "Poloniex"
    how = SUPPORT
    documentation = READER
    required = {
        "time": r"f_date|date",
        "asset": r"currency",
        "amount": r"(?:f_)?amount",
        "fee": r"f_feededucted|fee deducted",
        "status": r"(?:f_)?status",
    }
    optional = {"address": r"address"}

    def read(self, cells: Cells) -> Row[Entry]:
        status, _colon, tx_hash = (part.strip() for part in cells.text("status").partition(":"))
        only_done(cells, "status", {"completed", "complete"}, status)
        part = amount_of(cells)
        fee = fee_part(cells, cells.fee("fee"), part.asset.symbol)
        sent = without_fee(cells, part, fee)
        entry = Entry(cells.time("time", UTC), "withdrawal", sent=sent, fee=fee)
        entry.tx_hash = entry.group = tx_hash
        entry.counterparty = counterparty(cells, "address", self.reference)
        return Row(identity_of(cells), entry)


def of_the_exchange(cells: Cells, name: str) -> None:
    """Not on margin, and not lent."""
    if (word := cells.required(name)).lower() != "exchange":
        message = _("only trades of the exchange are read, not “%s”")
        raise cells.bad(name, message % shown(word))


def amount_of(cells: Cells) -> Part:
    symbol = cells.required("asset")
    return part_of(cells, "amount", NAMES.get(symbol, symbol))


def identity_of(cells: Cells) -> tuple[str, ...]:
    part, time = amount_of(cells), cells.time("time", UTC)
    return time.isoformat(), part.asset.symbol, plain(part.amount)


def quote_and_base(cells: Cells) -> tuple[str, str]:
    market = cells.required("market")
    for quote in sorted(QUOTES, key=len, reverse=True):
        if market.startswith(quote) and len(market) > len(quote):
            base = market.removeprefix(quote)
            return quote, NAMES.get(base, base)
    message = _("“%s” does not say which two assets are traded")
    raise cells.bad("market", message % shown(market))
