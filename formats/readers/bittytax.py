"""BittyTax records: its template, as CSV or as a workbook."""

from datetime import UTC, datetime, tzinfo

from django.utils.translation import gettext_lazy

from formats.parsing.records import Value
from formats.parsing.tables import Cells
from formats.readers.sided import Sided

TYPES = {
    "trade": "trade",
    "swap": "trade",
    "deposit": "deposit",
    "withdrawal": "withdrawal",
    **dict.fromkeys(("stake", "unstake"), "transfer"),
    **dict.fromkeys(("mining", "staking", "staking-reward", "interest", "dividend"), "reward"),
    **dict.fromkeys(("referral", "cashback", "fee-rebate"), "reward"),
    **dict.fromkeys(("income", "margin-gain"), "income"),
    **dict.fromkeys(("airdrop", "fork"), "airdrop"),
    **dict.fromkeys(("gift-received", "gift-sent", "gift-spouse"), "gift"),
    **dict.fromkeys(("charity-received", "charity-sent"), "gift"),
    "spend": "payment",
    **dict.fromkeys(("lost", "margin-loss"), "loss"),
    **dict.fromkeys(("loan-interest", "margin-fee"), "fee"),
    **dict.fromkeys(("loan", "loan-repayment"), "other"),
}


class BittyTax(Sided):
    name = "bittytax"
    title = gettext_lazy("BittyTax records")
    family = "bittytax"
    site = "BittyTax"
    how = gettext_lazy(
        "BittyTax keeps its records in this file, and its converter writes it."
        " Take the CSV or the workbook as it is."
    )
    names_wallets = True
    types = TYPES
    required = {
        "type": r"type",
        "received": r"buy quantity",
        "received_asset": r"buy asset",
        "sent": r"sell quantity",
        "sent_asset": r"sell asset",
        "fee": r"fee quantity",
        "fee_asset": r"fee asset",
        "wallet": r"wallet",
        "time": r"timestamp",
    }
    optional = {
        "received_value": r"buy value in ([a-z]{3})",
        "sent_value": r"sell value in ([a-z]{3})",
        "note": r"note",
    }

    def value(self, cells: Cells) -> Value | None:
        parts = (self.part(cells, name) for name in ("received_value", "sent_value"))
        part = next(filter(None, parts), None)
        return Value(part.amount, part.asset.symbol) if part else None

    def moment(self, cells: Cells, zone: tzinfo) -> datetime:
        return cells.time("time", UTC)
