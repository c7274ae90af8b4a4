"""Blockpit's transactions: the export of today, the import template, and the export until 2023,
whose ids spreadsheets have often rounded: they identify nothing."""

import re
from datetime import UTC, datetime, tzinfo

from django.utils.translation import gettext_lazy

from formats.parsing.tables import Cells
from formats.readers.sided import Sided, optional

# By their letters alone: `NonTaxableIn`, `Non-Taxable In`, `Margin_trading_loss`.
LETTERS = re.compile(r"[^a-z]")
LABELS = {
    "trade": "trade",
    **dict.fromkeys(("deposit", "nontaxablein"), "deposit"),
    **dict.fromkeys(("withdrawal", "nontaxableout"), "withdrawal"),
    "nontaxable": "",
    "transfer": "transfer",
    **dict.fromkeys(("airdrop", "hardfork"), "airdrop"),
    **dict.fromkeys(("bounties", "bounty", "staking", "lending", "mining"), "reward"),
    **dict.fromkeys(("masternode", "masternodes", "cashback", "reward", "interest"), "reward"),
    **dict.fromkeys(("income", "salary", "margintradingprofit", "derivativesprofit"), "income"),
    **dict.fromkeys(("gift", "giftreceived", "giftsent", "donation"), "gift"),
    **dict.fromkeys(("payment", "spend"), "payment"),
    **dict.fromkeys(("lost", "stolen", "margintradingloss", "derivativesloss"), "loss"),
    **dict.fromkeys(("fee", "margintradingfee", "derivativesfee"), "fee"),
}


class Blockpit(Sided):
    name = "blockpit"
    title = gettext_lazy("Blockpit transactions")
    family = "blockpit"
    site = "Blockpit"
    how = gettext_lazy("Transactions → Export as CSV. Take all integrations and the whole time.")
    documentation = (
        "https://github.com/rotki/rotki/blob/develop/rotkehlchen/data_import/importers/blockpit.py"
    )
    names_wallets = True
    no_reference = Sided.no_reference | {"spot"}
    times = "%d.%m.%Y %H:%M:%S|%d.%m.%Y %H:%M"
    types = LABELS
    required = {
        "time": r"date \((utc)\)|timestamp",
        "wallet": r"integration(?: name)?",
        "type": r"label|transaction type",
        "sent_asset": r"outgoing asset",
        "sent": r"outgoing amount",
        "received_asset": r"incoming asset",
        "received": r"incoming amount",
        "fee_asset": optional("fee asset"),
        "fee": optional("fee amount"),
    }
    optional = {
        "hash": r"trx\. id(?: \(optional\))?|transaction id",
        "note": r"comments?(?: \(optional\))?|note",
    }

    def moment(self, cells: Cells, zone: tzinfo) -> datetime:
        return super().moment(cells, UTC if self.columns.part("time") else zone)

    def word(self, cells: Cells) -> str:
        return LETTERS.sub("", super().word(cells))
