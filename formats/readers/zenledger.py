"""ZenLedger's template."""

from django.utils.translation import gettext_lazy

from formats.readers.sided import Sided, optional

TYPES = {
    **dict.fromkeys(("buy", "sell", "trade", "margin trade", "initial coin offering"), "trade"),
    "nft mint": "trade",
    "receive": "deposit",
    "send": "withdrawal",
    **dict.fromkeys(("staking", "staking reward", "mined", "mining", "misc reward"), "reward"),
    **dict.fromkeys(("interest received", "dividend received"), "reward"),
    **dict.fromkeys(("airdrop", "fork"), "airdrop"),
    **dict.fromkeys(("income", "margin gain"), "income"),
    **dict.fromkeys(("gift received", "gift sent", "charity"), "gift"),
    "payment": "payment",
    **dict.fromkeys(("lost", "stolen", "margin loss"), "loss"),
    "fee": "fee",
}


class ZenLedger(Sided):
    name = "zenledger"
    title = gettext_lazy("ZenLedger template")
    family = "zenledger"
    site = "ZenLedger"
    how = gettext_lazy("Some programs write this template. Choose “ZenLedger” where they ask.")
    documentation = "https://support.zenledger.io/en/articles/2615489-how-do-i-create-a-custom-csv"
    names_wallets = True
    times = "%m/%d/%YT%H:%M:%SZ|%m/%d/%Y %H:%M:%S|%m/%d/%Y %H:%M"
    types = TYPES
    required = {
        "time": r"timestamp",
        "type": r"type",
        "received": r"in amount",
        "received_asset": r"in currency",
        "sent": r"out amount",
        "sent_asset": r"out currency",
        "fee": r"fee amount",
        "fee_asset": r"fee currency",
        "wallet": optional("exchange"),
        "american": r"us[- ]based",
    }
    optional = {"hash": r"txid"}
