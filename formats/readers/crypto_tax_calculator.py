"""Crypto Tax Calculator's template (now Summ): the type says whether the base came in or went out,
and a purchase or a sale has a quote."""

import re
from datetime import UTC, datetime, tzinfo

from django.utils.translation import gettext_lazy

from formats.parsing.records import Entry, Part, WalletRef
from formats.parsing.tables import Cells
from formats.readers.sided import Sided, no_direction, optional

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
CAME_IN = {
    "buy": "trade",
    **dict.fromkeys(("receive", "transfer-in", "fiat-deposit"), "deposit"),
    **dict.fromkeys(("staking", "staking-reward", "interest", "mining", "reward"), "reward"),
    **dict.fromkeys(("cash-back", "rebate", "royalties"), "reward"),
    **dict.fromkeys(("airdrop", "chain-split"), "airdrop"),
    **dict.fromkeys(("income", "realized-profit"), "income"),
    "incoming-gift": "gift",
    **dict.fromkeys(("staking-withdrawal", "bridge-in", "bridge-transfer-in"), "transfer"),
    **dict.fromkeys(("collateral-withdrawal", "remove-liquidity"), "transfer"),
    "receive-lp-token": "transfer",
    **dict.fromkeys(("swap-in", "mint"), "trade"),
    **dict.fromkeys(("borrow", "loan"), "other"),
}
WENT_OUT = {
    "sell": "trade",
    **dict.fromkeys(("send", "transfer-out", "fiat-withdrawal"), "withdrawal"),
    **dict.fromkeys(("fee", "margin-fee", "approval"), "fee"),
    **dict.fromkeys(("expense", "personal-use"), "payment"),
    **dict.fromkeys(("outgoing-gift", "donation"), "gift"),
    **dict.fromkeys(("lost", "stolen", "burn", "liquidate", "realized-loss"), "loss"),
    **dict.fromkeys(("staking-deposit", "bridge-out", "bridge-transfer-out"), "transfer"),
    **dict.fromkeys(("collateral-deposit", "add-liquidity", "return-lp-token"), "transfer"),
    "swap-out": "trade",
    "loan-repayment": "other",
}


class CryptoTaxCalculator(Sided):
    name = "crypto_tax_calculator"
    title = gettext_lazy("Crypto Tax Calculator template")
    family = "crypto_tax_calculator"
    site = "Crypto Tax Calculator"
    how = gettext_lazy(
        "Many programs write this template."
        " Choose “Crypto Tax Calculator” or “Summ” where they ask for a format."
    )
    documentation = (
        "https://help.cryptotaxcalculator.io/en/articles/5777675-advanced-custom-csv-import"
    )
    names_wallets = True
    types = CAME_IN | WENT_OUT
    required = {
        "time": r"timestamp \(utc\)",
        "type": r"type",
        "base_asset": r"base currency",
        "base": r"base amount",
        "quote_asset": optional("quote currency"),
        "quote": optional("quote amount"),
        "fee_asset": optional("fee currency"),
        "fee": optional("fee amount"),
        "from": optional("from"),
        "to": optional("to"),
    }
    optional = {"hash": optional("id"), "note": optional("description")}

    def parts(self, cells: Cells) -> dict[str, Part | None]:
        word = self.word(cells)
        if word not in self.types:
            raise no_direction(cells, "type")
        names = ("received", "sent") if word in CAME_IN else ("sent", "received")
        quote = self.part(cells, "quote") if word in ("buy", "sell") else None
        return {names[0]: self.part(cells, "base"), names[1]: quote, "fee": self.part(cells, "fee")}

    def entry(self, cells: Cells) -> Entry:
        entry = super().entry(cells)
        other = cells.text("to" if self.word(cells) in WENT_OUT else "from")
        entry.counterparty = other if ADDRESS.fullmatch(other) else ""
        return entry

    def wallet(self, cells: Cells) -> WalletRef:
        """What came in is where it went to; what went out, where it came from."""
        here = "from" if self.word(cells) in WENT_OUT else "to"
        return self.place(cells, here) or self.unnamed(cells, here)

    def moment(self, cells: Cells, zone: tzinfo) -> datetime:
        return super().moment(cells, UTC)

    def word(self, cells: Cells) -> str:
        return super().word(cells).replace(" ", "-")
