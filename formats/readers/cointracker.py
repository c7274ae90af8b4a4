"""CoinTracker: its universal template, which Awaken writes with a hash and notes, and its own
export of transactions with their wallets."""

from django.utils.translation import gettext_lazy

from formats.parsing.records import Entry
from formats.parsing.tables import Cells
from formats.readers.sided import BetweenWallets, Labelled

US = "%m/%d/%Y %H:%M:%S|%m/%d/%Y %H:%M|%m/%d/%y %H:%M"
TAGS = {
    **dict.fromkeys(("airdrop", "fork"), "airdrop"),
    **dict.fromkeys(("mined", "mining", "staked", "staking", "staking reward"), "reward"),
    **dict.fromkeys(("interest", "interest payment", "cashback", "reward"), "reward"),
    **dict.fromkeys(("income", "salary", "other income"), "income"),
    **dict.fromkeys(("gift", "donation"), "gift"),
    **dict.fromkeys(("payment", "spend"), "payment"),
    **dict.fromkeys(("lost", "stolen"), "loss"),
    "fee": "fee",
}
SIDES = {
    "received": r"received quantity",
    "received_asset": r"received currency",
    "sent": r"sent quantity",
    "sent_asset": r"sent currency",
    "fee": r"fee amount",
    "fee_asset": r"fee currency",
}


class CoinTracker(Labelled):
    name = "cointracker"
    title = gettext_lazy("CoinTracker universal template")
    family = "cointracker"
    site = "CoinTracker"
    how = gettext_lazy(
        "Many programs write this template. Choose “CoinTracker” where they ask for a format."
    )
    documentation = "https://help.cointracker.io/en/articles/5172429"
    times = US
    types = TAGS
    required = {"time": r"date", **SIDES}
    optional = {"label": r"tag", "note": r"notes", "hash": r"transaction hash"}


class CoinTrackerExport(BetweenWallets):
    name = "cointracker_export"
    title = gettext_lazy("CoinTracker transactions")
    family = "cointracker_export"
    site = "CoinTracker"
    how = gettext_lazy("Transactions → Export → CSV. Take all wallets and the whole time.")
    documentation = "https://help.cointracker.io/"
    times = US
    types = {
        **TAGS,
        **dict.fromkeys(("buy", "sell", "trade", "multi token trade"), ""),
        **dict.fromkeys(("send", "receive"), ""),
        "transfer": "transfer",
    }
    required = {
        "time": r"date",
        "type": r"type",
        "id": r"transaction id",
        "to": r"received wallet",
        "from": r"sent wallet",
        **SIDES,
    }
    optional = {
        "received_note": r"received comment",
        "sent_note": r"sent comment",
        "hash": r"transaction hash",
    }

    def entry(self, cells: Cells) -> Entry:
        entry = super().entry(cells)
        notes = (cells.note("received_note"), cells.note("sent_note"))
        entry.note = "; ".join(dict.fromkeys(filter(None, notes)))
        return entry

    def identity(self, cells: Cells, entry: Entry) -> tuple[str, ...]:
        """Several lines of a trade of many tokens have one id."""
        time, *sides = super().identity(cells, entry)
        return (cells.text("id") or time, *sides)
