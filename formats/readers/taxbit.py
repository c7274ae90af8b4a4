"""TaxBit's template: what was sent has its source, what was received its destination."""

from django.utils.translation import gettext_lazy

from formats.readers.sided import BetweenWallets


class TaxBit(BetweenWallets):
    name = "taxbit"
    title = gettext_lazy("TaxBit template")
    family = "taxbit"
    site = "TaxBit"
    how = gettext_lazy("Some programs write this template. Choose “TaxBit” where they ask.")
    documentation = "https://help.taxbit.com/hc/en-us/articles/360047756913"
    types = {
        **dict.fromkeys(("buy", "sell", "trade"), "trade"),
        "transfer": "transfer",
        "transfer in": "deposit",
        "transfer out": "withdrawal",
        "income": "income",
        "expense": "payment",
        **dict.fromkeys(("gift received", "gift sent"), "gift"),
    }
    required = {
        "time": r"date and time",
        "type": r"transaction type",
        "sent": r"sent quantity",
        "sent_asset": r"sent currency",
        "from": r"sending source",
        "received": r"received quantity",
        "received_asset": r"received currency",
        "to": r"receiving destination",
        "fee": r"fee",
        "fee_asset": r"fee currency",
    }
    optional = {"exchange_id": r"exchange transaction id", "hash": r"blockchain transaction hash"}
