"""Accointing's template, which outlived the site. What an order is called otherwise stands in the
classification."""

from django.utils.translation import gettext_lazy

from formats.readers.sided import Labelled, optional


class Accointing(Labelled):
    name = "accointing"
    title = gettext_lazy("Accointing template")
    family = "accointing"
    site = "Accointing"
    how = gettext_lazy("Some programs write this template. The site itself is closed.")
    documentation = "https://support.accointing.com/hc/en-us/articles/4423524486669"
    times = "%m/%d/%Y %H:%M:%S|%m/%d/%Y %H:%M"
    types = {
        **dict.fromkeys(("add funds", "remove funds", "ignored", "internal"), ""),
        **dict.fromkeys(("airdrop", "hard fork"), "airdrop"),
        **dict.fromkeys(("mined", "staked", "master node", "bounty", "cashback"), "reward"),
        **dict.fromkeys(("lending income", "interest", "liquidity pool", "reward"), "reward"),
        **dict.fromkeys(("income", "gambling income", "margin gain"), "income"),
        **dict.fromkeys(("gift received", "gift sent", "donation", "charity"), "gift"),
        **dict.fromkeys(("payment", "gambling used", "interest paid"), "payment"),
        **dict.fromkeys(("lost", "stolen", "margin loss"), "loss"),
        **dict.fromkeys(("fee", "margin fee"), "fee"),
    }
    required = {
        "kind": r"transactiontype",
        "time": r"date",
        "received": r"inbuyamount",
        "received_asset": r"inbuyasset",
        "sent": r"outsellamount",
        "sent_asset": r"outsellasset",
        "fee": optional("feeamount"),
        "fee_asset": optional("feeasset"),
        "label": optional("classification"),
    }
    optional = {"hash": optional("operationid"), "note": optional("comments?")}
