"""CoinTracking's trade list, as it exports it and as others write it for its import. Three columns
are called `Cur.`: each is that of the amount before it.

A fee is part of what was sent, or has been taken off what was received; in a third currency it is
in neither. The language of the types is that of the account.
"""

from datetime import datetime, tzinfo

from django.utils.translation import gettext_lazy

from formats.parsing.records import Entry
from formats.parsing.tables import LABEL, Cells
from formats.readers.sided import Sided

DAY_FIRST = "%d.%m.%Y %H:%M:%S|%d.%m.%Y %H:%M"
TYPES = {
    "trade": "trade",
    "swap (non taxable)": "trade",
    "deposit": "deposit",
    "withdrawal": "withdrawal",
    "airdrop": "airdrop",
    "airdrop (non taxable)": "airdrop",
    "hard fork": "airdrop",
    "gift/tip": "gift",
    "gift": "gift",
    "donation": "gift",
    **dict.fromkeys(("income", "income (non taxable)", "other income"), "income"),
    **dict.fromkeys(("other income (non taxable)", "margin profit"), "income"),
    "derivatives/futures profit": "income",
    **dict.fromkeys(("reward/bonus", "mining", "mining (commercial)", "minting"), "reward"),
    **dict.fromkeys(("staking", "masternode", "lending income", "interest income"), "reward"),
    **dict.fromkeys(("dividends income", "lp rewards"), "reward"),
    **dict.fromkeys(("spend", "other expense", "expense", "expense (non taxable)"), "payment"),
    **dict.fromkeys(("stolen", "lost", "margin loss", "derivatives/futures loss"), "loss"),
    "liquidation": "loss",
    **dict.fromkeys(("other fee", "margin fee", "borrowing fee", "settlement fee"), "fee"),
    **dict.fromkeys(("send collateral", "receive collateral", "remove collateral"), "transfer"),
    **dict.fromkeys(("provide liquidity", "remove liquidity"), "transfer"),
    **dict.fromkeys(("receive lp token", "return lp token"), "transfer"),
    **dict.fromkeys(("receive loan", "repay loan"), "other"),
    # German
    "einzahlung": "deposit",
    "auszahlung": "withdrawal",
    **dict.fromkeys(("lending einnahme", "zinsen"), "reward"),
    **dict.fromkeys(("einnahme", "einnahme (steuerfrei)", "sonstige einnahme"), "income"),
    **dict.fromkeys(("ausgabe", "ausgabe (steuerfrei)", "sonstige ausgabe"), "payment"),
    "sonstige gebühr": "fee",
}


class CoinTracking(Sided):
    name = "cointracking"
    title = gettext_lazy("CoinTracking trade list")
    family = "cointracking"
    site = "CoinTracking"
    how = gettext_lazy("Enter Coins or Trade List → Export → CSV. Take all columns and all rows.")
    names_wallets = True
    types = TYPES
    fee_included = True
    required = {
        "type": r"type|typ",
        "received": r"buy(?: amount)?|kauf",
        "received_asset": r"cur\.|buy currency",
        "sent": r"sell(?: amount)?|verkauf",
        "sent_asset": r"cur\.|sell currency",
        "wallet": r"exchange|börse",
        "time": r"date|datum",
    }
    optional = {
        "fee": r"fee|gebühr",
        "fee_asset": r"cur\.|fee currency",
        "value": r"value in (?!btc)([a-z]{3})",
        "group": r"group|trade-group|gruppe",
        "note": r"comment|kommentar",
        "hash": r"tx-id(?: \(optional\))?",
    }

    def entry(self, cells: Cells) -> Entry:
        entry = super().entry(cells)
        if group := cells.text("group", LABEL):
            entry.labels = (group,)
        return entry

    def moment(self, cells: Cells, zone: tzinfo) -> datetime:
        """With points between, the day comes first; what has strokes does not say."""
        if "." in cells.required("time")[:6]:
            return cells.time_as("time", DAY_FIRST, zone)
        return cells.time("time", zone)

    def word(self, cells: Cells) -> str:
        return super().word(cells).replace(" / ", "/")
