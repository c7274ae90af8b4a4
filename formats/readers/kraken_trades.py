"""Kraken trades. The ledgers have each of them too, as legs: a trade names their lines, so that it
is taken once, whichever file comes first."""

from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import bought, fee_part, part_of, trade
from formats.parsing.records import Entry, Row, SkipRow, Source, key_of
from formats.parsing.tables import Cells
from formats.readers.kraken_ledgers import CODES, KrakenLedgers, asset_of

QUOTES = (
    *("USD", "EUR", "GBP", "CAD", "JPY", "CHF", "AUD", "AED", "USDT", "USDC", "DAI"),
    *("PYUSD", "RLUSD", "XBT", "BTC", "ETH", "DOT", "SOL"),
)


class KrakenTrades(LineFormat):
    name = "kraken_trades"
    title = gettext_lazy("Kraken trades")
    family = "kraken_trades"
    site = "Kraken"
    how = gettext_lazy("History → Export. Choose “Trades”, all fields and the whole time.")
    shares_lines = True
    wider_rows = True  # the ids of ledgers may stand in a cell each
    required = {
        "id": r"txid",
        "order": r"ordertxid",
        "pair": r"pair",
        "time": r"time",
        "side": r"type",
        "cost": r"cost",
        "fee": r"fee",
        "volume": r"vol",
        "ledgers": r"ledgers",
    }
    optional = {"margin": r"margin"}

    def read(self, cells: Cells) -> Row[Entry]:
        if cells.amount("margin"):
            raise SkipRow(_("traded on margin: what it cost and gained stands in the ledgers"))
        identity = (cells.required("id"),)
        lines = [Source(KrakenLedgers.family, key_of((line,))) for line in self._ledgers(cells)]
        own = Source(self.family, key_of(identity))
        return Row(identity, self._entry(cells), sources=(own, *lines))

    def _entry(self, cells: Cells) -> Entry:
        base, quote = (asset_of(code).symbol for code in pair_of(cells))
        entry = trade(
            cells.time("time", UTC),
            bought(cells),
            part_of(cells, "volume", base),
            part_of(cells, "cost", quote),
            fee_part(cells, cells.fee("fee"), quote),
        )
        entry.group = cells.required("id")  # which is the refid of the ledgers
        return entry

    def _ledgers(self, cells: Cells) -> list[str]:
        first, width = self.columns.index["ledgers"], len(self.columns.header)
        last = first + max(len(cells.raw) - width, 0)
        ids = ",".join(cells.raw[first : last + 1]).split(",")
        found = [text for each in ids if (text := each.strip())]
        if not found:
            reason = _("no lines of the ledgers are named: with these the trade would come twice")
            cells.remark("ledgers", "", reason)
        return found


def pair_of(cells: Cells) -> tuple[str, str]:
    """By Kraken's codes: the oldest have four letters each, XXBTZEUR."""
    pair = cells.required("pair")
    return (pair[:4], pair[4:]) if pair[4:] in CODES else cells.market("pair", QUOTES)
