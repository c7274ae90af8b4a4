"""CoinLedger: its universal template, and its own export, where lines of one transaction have one
internal id."""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from django.utils.translation import gettext_lazy

from formats.parsing.records import AssetRef, Entry, Row, WalletRef
from formats.parsing.tables import Cells
from formats.parsing.values import plain
from formats.readers.legs import Leg, Legs
from formats.readers.sided import Sided, optional

TYPES = {
    **dict.fromkeys(("buy", "sell", "trade"), "trade"),
    "deposit": "deposit",
    "withdrawal": "withdrawal",
    "transfer": "transfer",
    **dict.fromkeys(("airdrop", "hard fork"), "airdrop"),
    **dict.fromkeys(("interest", "mining", "staking"), "reward"),
    "income": "income",
    **dict.fromkeys(("gift received", "gift sent", "charitable donation"), "gift"),
    **dict.fromkeys(("merchant payment", "interest payment"), "payment"),
    **dict.fromkeys(("investment loss", "theft loss", "casualty loss"), "loss"),
    **dict.fromkeys(("network fee", "platform fee"), "fee"),
    "margin gain": "income",
    "manual position": "other",
}
FEES = {"network fee", "platform fee"}


class CoinLedger(Sided):
    name = "coinledger"
    title = gettext_lazy("CoinLedger universal template")
    family = "coinledger"
    site = "CoinLedger"
    how = gettext_lazy(
        "Many programs write this template."
        " Choose “CoinLedger Universal Manual Import” where they ask for a format."
    )
    documentation = "https://help.coinledger.io/en/articles/6028758"
    names_wallets = True
    types = {"": "", **TYPES}
    times = "%m/%d/%Y %H:%M:%S|%m/%d/%Y %H:%M"
    required = {
        "time": r"date \(utc\)",
        "wallet": optional("platform"),
        "sent_asset": r"asset sent",
        "sent": r"amount sent",
        "received_asset": r"asset received",
        "received": r"amount received",
        "type": optional("type"),
    }
    optional = {
        "fee_asset": optional("fee currency"),
        "fee": optional("fee amount"),
        "note": optional("description"),
        "hash": optional("txhash"),
    }

    def moment(self, cells: Cells, zone: tzinfo) -> datetime:
        return super().moment(cells, UTC)


class CoinLedgerExport(Legs):
    name = "coinledger_export"
    title = gettext_lazy("CoinLedger transactions")
    family = "coinledger_export"
    site = "CoinLedger"
    how = gettext_lazy("Transactions → Export. Take all accounts and years.")
    documentation = (
        "https://github.com/rotki/rotki/blob/develop/rotkehlchen/data_import/importers/"
        "coinledger.py"
    )
    names_wallets = True
    required = {
        "time": r"timestamp \(utc\)",
        "type": r"type",
        "id": r"internal id",
        "platform": r"platform",
        "account": r"account name",
        "record": r"record type",
        "asset": r"asset",
        "amount": r"amount",
    }
    optional = {"hash": r"blockchain id", "note": r"description"}

    def read(self, cells: Cells) -> Row[Leg]:
        number, amount = cells.required("id"), cells.required_amount("amount")
        record, asset = cells.required("record").lower(), cells.required("asset")
        leg = Leg(self._entry(cells, amount), amount, AssetRef(asset), record in FEES, True)
        wallet = WalletRef(cells.text("account") or cells.required("platform"), "exchange")
        return Row((number, record, plain(amount), asset), leg, unit=number, wallet=wallet)

    def _entry(self, cells: Cells, amount: Decimal) -> Entry:
        word = cells.required("type").lower()
        if word not in TYPES:
            cells.unknown_type("type")
        kind = "loss" if word == "margin gain" and amount < 0 else TYPES.get(word, "other")
        return Entry(
            cells.time("time", UTC),
            "reward" if word == "interest payment" and amount > 0 else kind,
            tx_hash=self.reference(cells.text("hash")),
            group=cells.required("id"),
            note=cells.note("note"),
        )
