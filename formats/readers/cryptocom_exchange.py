"""Crypto.com Exchange: trades, deposits and withdrawals, interest of staking, rebates of fees."""

from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import bought, cost_of, counterparty, fee_part, part_of, trade
from formats.parsing.records import Entry, Row, SkipRow
from formats.parsing.tables import Cells
from formats.parsing.values import plain, shown

DOCUMENTATION = (
    "https://github.com/BittyTax/BittyTax/blob/87142c081084f9da2d8b54aebe0e458fa812aab5/"
    "bittytax/conv/parsers/cryptocom_exchange.py"
)
HOW = gettext_lazy("Dashboard → History → Export. Choose each of its files and the whole time.")
# A deposit that arrived and a withdrawal that is done; the other numbers moved nothing yet.
DONE = {"1": "deposit", "5": "withdrawal"}


class CryptocomExchangeTrades(LineFormat):
    name = "cryptocom_exchange_trades"
    title = gettext_lazy("Crypto.com Exchange trades")
    family = "cryptocom_exchange_trades"
    site = "Crypto.com Exchange"
    how = HOW
    documentation = DOCUMENTATION
    required = {
        "account": r"account_type",
        "id": r"trade_id",
        "time": r"create_time_utc",
        "market": r"symbol",
        "side": r"side",
        "price": r"traded_price",
        "amount": r"traded_quantity",
        "fee": r"fee",
        "fee_asset": r"fee_currency",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        if (account := cells.required("account")) != "SPOT":
            raise cells.bad("account", _("only SPOT is read, not “%s”") % shown(account))
        base, quote = cells.market("market")
        entry = trade(
            cells.time("time", UTC),
            bought(cells),
            part_of(cells, "amount", base),
            cost_of(cells, "price", "amount", quote),
            fee_part(cells, cells.fee("fee")),
        )
        entry.group = cells.required("id")
        return Row((entry.group,), entry)


class CryptocomExchangeTransfers(LineFormat):
    name = "cryptocom_exchange_transfers"
    title = gettext_lazy("Crypto.com Exchange deposits and withdrawals")
    family = "cryptocom_exchange_transfers"
    site = "Crypto.com Exchange"
    how = HOW
    documentation = DOCUMENTATION
    required = {
        "time": r"create_time_utc",
        "asset": r"currency",
        "amount": r"amount",
        "fee": r"fee",
        "address": r"address",
        "status": r"status",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        if (status := cells.required("status")) not in DONE:
            raise SkipRow(_("it moved nothing: its status is “%s”") % shown(status))
        part = part_of(cells, "amount", cells.required("asset"))
        entry = Entry(cells.time("time", UTC), DONE[status])
        entry.fee = fee_part(cells, cells.fee("fee"), part.asset.symbol)
        entry.counterparty = counterparty(cells, "address", self.reference)
        if entry.type == "deposit":
            # What stands there is where it arrived.
            entry.received, entry.own_address, entry.counterparty = part, entry.counterparty, ""
        else:
            entry.sent = part
        identity = (entry.type, entry.occurred_at.isoformat(), part.asset.symbol)
        return Row((*identity, plain(part.amount)), entry)


class Reward(LineFormat):
    """A line is an amount that was credited."""

    site = "Crypto.com Exchange"
    how = HOW
    documentation = DOCUMENTATION

    def read(self, cells: Cells) -> Row[Entry]:
        part = part_of(cells, "amount", cells.required("asset"))
        entry = Entry(cells.time("time", UTC), "reward", received=part)
        identity = (entry.occurred_at.isoformat(), part.asset.symbol, plain(part.amount))
        return Row(identity, entry)


class CryptocomExchangeInterest(Reward):
    name = "cryptocom_exchange_interest"
    title = gettext_lazy("Crypto.com Exchange interest")
    family = "cryptocom_exchange_interest"
    required = {
        "time": r"create_time_utc",
        "stake": r"stake_amount",
        "asset": r"interest_currency",
        "amount": r"interest_amount",
    }


class CryptocomExchangeRebates(Reward):
    name = "cryptocom_exchange_rebates"
    title = gettext_lazy("Crypto.com Exchange rebates of fees")
    family = "cryptocom_exchange_rebates"
    required = {
        "time": r"create_time_utc",
        "asset": r"rebate_currency",
        "amount": r"rebate_amount",
    }
