"""Bitcoin.tax: trades, income and spending, both header generations.

Cost, proceeds and total of a trade have the fee in them, where it is of their currency. The total
is a float with its noise; the cost or the proceeds are exact, where the file has them.
"""

from datetime import UTC

from django.utils.translation import gettext_lazy

from formats.parsing.records import AssetRef, Entry, Part, Value
from formats.parsing.tables import CURRENCY, Cells
from formats.parsing.values import plain
from formats.readers.sided import Sided, no_direction, take_out_fee

TRADES = {"buy", "sell", "swap"}
CAME_IN = {"income": "income", "mining": "reward", "giftin": "gift", "borrow": "other"}
WENT_OUT = {
    "spend": "payment",
    "donation": "gift",
    "gift": "gift",
    "stolen": "loss",
    "lost": "loss",
    "repay": "other",
}


class BitcoinTax(Sided):
    name = "bitcoin_tax"
    title = gettext_lazy("Bitcoin.tax trades, income and spending")
    family = "bitcoin_tax"
    site = "Bitcoin.tax"
    how = gettext_lazy(
        "Open the tab of the trades, of the income or of the spending. Choose “Download CSV” there."
    )
    names_wallets = True
    types = {**dict.fromkeys(TRADES, "trade"), **CAME_IN, **WENT_OUT}
    required = {
        "time": r"date",
        "type": r"action",
        "volume_asset": r"symbol",
        "wallet": r"account",
        "volume": r"volume",
        "currency": r"currency",
        "fee": r"fee",
        "fee_asset": r"feecurrency",
        "total": r"total",
    }
    optional = {
        "exact": r"cost/proceeds",
        "note": r"memo",
        "hash": r"txhash",
        "sender": r"sender",
        "recipient": r"recipient",
    }

    def parts(self, cells: Cells) -> dict[str, Part | None]:
        volume, word = self.part(cells, "volume"), self.word(cells)
        if word not in self.types:
            raise no_direction(cells, "type")
        came_in = cells.required_amount("total") < 0 if word == "swap" else is_in(word)
        names = ("received", "sent") if came_in else ("sent", "received")
        money = self._money(cells) if word in TRADES else None
        return {names[0]: volume, names[1]: money, "fee": self.part(cells, "fee")}

    def entry(self, cells: Cells) -> Entry:
        entry = super().entry(cells)
        if entry.type == "trade" and entry.fee and entry.fee.asset.symbol == cells.text("currency"):
            take_out_fee(cells, entry)
        entry.counterparty = cells.text("sender" if entry.received else "recipient")
        return entry

    def identity(self, cells: Cells, entry: Entry) -> tuple[str, ...]:
        """Without the total, which its noise makes another."""
        volume = plain(cells.required_amount("volume"))
        time = self.moment(cells, UTC).isoformat()
        return (time, self.word(cells), volume, cells.text("volume_asset"), cells.text("currency"))

    def value(self, cells: Cells) -> Value | None:
        """What is no trade has its worth in these columns."""
        amount, currency = cells.amount("total"), cells.text("currency", CURRENCY)
        if self.word(cells) in TRADES or amount is None or not currency:
            return None
        return Value(amount.copy_abs(), currency)

    def _money(self, cells: Cells) -> Part:
        exact = cells.amount("exact")
        amount = cells.required_amount("total") if exact is None else exact
        return Part(amount.copy_abs(), AssetRef(cells.required("currency")))


def is_in(word: str) -> bool:
    return word in CAME_IN or word == "buy"
