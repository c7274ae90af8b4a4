"""What Koinly itself exports: all transactions as they can be edited in a spreadsheet, and the
transaction report of a year. Names of wallets and currencies may have Koinly's number behind them
(`BTC;2`)."""

import re
from datetime import UTC, datetime, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.parsing.records import AssetRef, Entry, Row, SkipRow, Value, WalletRef
from formats.parsing.tables import CURRENCY, Cells
from formats.readers.koinly import KoinlyLabels
from formats.readers.sided import BetweenWallets

NUMBERED = re.compile(r"(.+);[\w-]+")
KNOWN = {
    *("buy", "sell", "exchange", "trade", "transfer"),
    *("crypto_deposit", "crypto_withdrawal", "fiat_deposit", "fiat_withdrawal"),
}


def without_number(text: str) -> str:
    match = NUMBERED.fullmatch(text)
    return match[1] if match else text


class KoinlyTransactions(BetweenWallets, KoinlyLabels):
    """Lines that name a wallet on each side."""

    def asset(self, cells: Cells, symbol: str) -> AssetRef:
        return AssetRef(without_number(symbol))

    def place(self, cells: Cells, name: str) -> WalletRef | None:
        place = super().place(cells, name)
        return place._replace(name=without_number(place.name)) if place else None

    def moment(self, cells: Cells, zone: tzinfo) -> datetime:
        return cells.time("time", UTC)

    def type_of(self, cells: Cells, entry: Entry) -> str:
        kind = super().type_of(cells, entry)
        if cells.text("type").lower() in KNOWN:
            return kind
        cells.unknown_type("type")
        return "other"


class KoinlyExport(KoinlyTransactions):
    name = "koinly_export"
    title = gettext_lazy("Koinly, all transactions")
    family = "koinly_export"
    site = "Koinly"
    how = gettext_lazy(
        "Transactions → ⋮ → Bulk edit in Excel. Choose “Export”, without a filter before."
    )
    required = {
        "id": r"id(?: \(read-only\))?",
        "time": r"date \(utc\)",
        "type": r"type",
        "from": r"from wallet(?: \(read-only\))?",
        "sent": r"from amount",
        "sent_asset": r"from currency",
        "to": r"to wallet(?: \(read-only\))?",
        "received": r"to amount",
        "received_asset": r"to currency",
    }
    optional = {
        "parent": r"parent id(?: \(read-only\))?",
        "label": r"tag|label",
        "fee": r"fee amount",
        "fee_asset": r"fee currency",
        "value": r"net worth amount",
        "value_asset": r"net worth currency",
        "computed": r"net value(?: \(read-only\))?",
        "computed_asset": r"value currency(?: \(read-only\))?",
        "deleted": r"deleted",
        "hash": r"tx ?hash",
        "note": r"description",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        if cells.text("deleted").lower() == "true":
            raise SkipRow(_("deleted in Koinly"))
        return super().read(cells)

    def entry(self, cells: Cells) -> Entry:
        entry = super().entry(cells)
        entry.group = entry.group or cells.text("parent") or cells.required("id")
        return entry

    def identity(self, cells: Cells, entry: Entry) -> tuple[str, ...]:
        return (cells.required("id"),)

    def value(self, cells: Cells) -> Value | None:
        """What the user entered, else what Koinly found out."""
        return super().value(cells) or self._computed(cells)

    def _computed(self, cells: Cells) -> Value | None:
        amount, currency = cells.amount("computed"), cells.text("computed_asset", CURRENCY)
        return Value(amount.copy_abs(), without_number(currency)) if amount and currency else None


class KoinlyReport(KoinlyTransactions):
    name = "koinly_report"
    title = gettext_lazy("Koinly transaction report")
    family = "koinly_report"
    site = "Koinly"
    how = gettext_lazy(
        "Tax reports → choose the year → Transaction history. Download it as CSV, year by year."
    )
    documentation = (
        "https://github.com/BittyTax/BittyTax/blob/master/src/bittytax/conv/parsers/koinly.py"
    )
    required = {
        "time": r"date",
        "type": r"type",
        "from": r"sending wallet",
        "sent": r"sent amount",
        "sent_asset": r"sent currency",
        "to": r"receiving wallet",
        "received": r"received amount",
        "received_asset": r"received currency",
    }
    optional = {
        "label": r"tag|label",
        "fee": r"fee amount",
        "fee_asset": r"fee currency",
        "value": r"net value \((\w+)\)",
        "hash": r"tx ?hash",
        "note": r"description",
    }
