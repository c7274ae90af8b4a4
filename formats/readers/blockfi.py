"""BlockFi: transactions, and trades. The transactions have each trade too, as two lines whose days
differ from those of the trade: only the file of trades says which two belong together."""

from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import one_sided, part_of
from formats.parsing.records import Entry, Row, SkipRow
from formats.parsing.tables import Cells
from formats.parsing.values import plain

TYPES = {
    **dict.fromkeys(("deposit", "wire deposit", "ach deposit"), "deposit"),
    **dict.fromkeys(("withdrawal", "wire withdrawal", "ach withdrawal"), "withdrawal"),
    **dict.fromkeys(("interest payment", "bonus payment", "referral bonus"), "reward"),
    **dict.fromkeys(("cc rewards redemption", "cc trading rebate"), "reward"),
    **dict.fromkeys(("bia deposit", "bia withdraw"), "transfer"),
    "withdrawal fee": "fee",
}


class BlockFi(LineFormat):
    name = "blockfi"
    title = gettext_lazy("BlockFi transactions")
    family = "blockfi"
    site = "BlockFi"
    how = gettext_lazy(
        "Profile → Reports → Transaction history. Import the file of trades too: only it has these."
    )
    required = {
        "asset": r"cryptocurrency",
        "amount": r"amount",
        "type": r"transaction type",
        "time": r"confirmed at",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        kind = cells.required("type").lower()
        if not cells.text("time"):
            raise SkipRow(_("it moved nothing: it is not confirmed"))
        if kind == "trade":
            raise SkipRow(_("one side of a trade: BlockFi's file of trades has both together"))
        amount, symbol = cells.required_amount("amount"), cells.required("asset").upper()
        found = TYPES.get(kind, "")
        if kind == "crypto transfer":
            found = "deposit" if amount >= 0 else "withdrawal"
        if not found:
            cells.unknown_type("type")
        entry = one_sided(cells.time("time", UTC), found or "other", amount, symbol)
        if found == "fee":
            entry.fee, entry.sent = entry.sent, None
        return Row((entry.occurred_at.isoformat(), kind, symbol, plain(amount)), entry)


class BlockFiTrades(LineFormat):
    name = "blockfi_trades"
    title = gettext_lazy("BlockFi trades")
    family = "blockfi_trades"
    site = "BlockFi"
    how = gettext_lazy("Profile → Reports → Trading history. Choose the whole time.")
    required = {
        "id": r"trade id",
        "time": r"date",
        "got": r"buy quantity",
        "got_asset": r"buy currency",
        "given": r"sold quantity",
        "given_asset": r"sold currency",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        given, got = (
            part_of(cells, name, cells.required(f"{name}_asset").upper())
            for name in ("given", "got")
        )
        entry = Entry(cells.time("time", UTC), "trade", given, got)
        return Row((cells.required("id"),), entry)
