"""Revolut: the statement of crypto, with its trades of Revolut X. Times are local, and dates and
money are written as the phone's language has them."""

from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import part_of, trade
from formats.parsing.records import AssetRef, Entry, Part, Row, Value
from formats.parsing.tables import Cells
from formats.parsing.values import other_currency, plain, shown

TIMES = "%b %d, %Y, %I:%M:%S %p|%d %b %Y, %H:%M:%S"
X = " - revolut x"
# What the quantity, which has no sign, did: came in, went out, or stayed in the account.
IN = {
    "receive": "deposit",
    **dict.fromkeys(("staking reward", "learn reward", "reward"), "reward"),
}
OUT = {"send": "withdrawal", "payment": "payment"}
WITHIN = {"stake", "unstake"}


class RevolutCrypto(LineFormat):
    name = "revolut_crypto"
    title = gettext_lazy("Revolut crypto statement")
    family = "revolut_crypto"
    site = "Revolut"
    how = gettext_lazy("Crypto → More → Statement → Account statement. Choose Excel and all time.")
    required = {
        "asset": r"symbol",
        "type": r"type",
        "quantity": r"quantity",
        "price": r"price",
        "value": r"value",
        "fee": r"fees",
        "time": r"date",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        kind = cells.required("type").lower().removesuffix(X)
        part = part_of(cells, "quantity", cells.required("asset"))
        entry = self._entry(cells, kind, part)
        if (value := money(cells, "value")) and entry.type != "trade":
            entry.value = Value(value.amount, value.asset.symbol)
        # As it is written, whichever zone is told.
        time = cells.time_as("time", TIMES, UTC)
        return Row((time.isoformat(), kind, part.asset.symbol, plain(part.amount)), entry)

    def _entry(self, cells: Cells, kind: str, part: Part) -> Entry:
        time, fee = cells.time_as("time", TIMES, self.options.zone), money(cells, "fee")
        fee = fee if fee and fee.amount else None
        if kind in ("buy", "sell"):
            paid = money(cells, "value")
            if not paid:
                raise cells.bad("value", _("the cell is empty"))
            return trade(time, kind == "buy", part, paid, fee)
        if kind in IN:
            return Entry(time, IN[kind], received=part, fee=fee)
        if kind in OUT:
            return Entry(time, OUT[kind], sent=part, fee=fee)
        if kind in WITHIN:
            return Entry(time, "transfer", part, part, fee)
        message = _("“%s” is not known, and the quantity has no sign to tell in from out")
        raise cells.bad("type", message % shown(cells.text("type")))


def money(cells: Cells, name: str) -> Part | None:
    """`€10.00`, `89,162.28 SEK`; a dollar sign alone is taken as that of the United States."""
    amount = cells.money(name)
    if amount is None:
        return None
    currency = other_currency(cells.text(name), "")
    if not currency and "$" in cells.text(name):
        currency = "USD"
        reason = _("which dollars these are is not told, so those of the United States are taken")
        cells.remark(name, f"{plain(amount)} USD", reason)
    if not currency:
        raise cells.bad(name, _("there is an amount, but no currency"))
    return Part(amount.copy_abs(), AssetRef(currency))
