"""Bitstamp transactions: until 2024 each amount with its currency in one cell and times to the
minute, from 2025 on with an id, and currencies in columns of their own. Amounts have no sign; they
are without the fee."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.exchanges import bought, one_sided, trade
from formats.parsing.records import AssetRef, Entry, Part, Row
from formats.parsing.tables import Cells
from formats.parsing.values import plain, rewritten_time, shown

TRADES = {"market", "limit", "instant", "order"}
# What a kind of line says: the first that is found in it.
CAME_IN = {
    "deposit": "deposit",
    "reward": "reward",
    "interest": "reward",
    "referral": "reward",
    "airdrop": "airdrop",
}
WENT_OUT = {"withdrawal": "withdrawal"}

# January to July in full where they are short, and with a dot where they are not.
WRITTEN = [f"{month} %d, %Y, %I:%M %p" for month in ("%b.", "%b", "%B")]


class Transactions(LineFormat):
    site = "Bitstamp"

    def _entry(self, cells: Cells, time: datetime) -> Entry:
        kind, amount, fee = cells.required("type").lower(), self._told(cells, "amount"), None
        if self._part(cells, "fee"):
            fee = self._told(cells, "fee")
        if kind in TRADES:
            value = self._told(cells, "value")
            return trade(time, bought(cells, "subtype"), amount, value, fee)
        entry = self._one_sided(cells, time, kind, amount)
        entry.fee = fee
        return entry

    def _one_sided(self, cells: Cells, time: datetime, kind: str, amount: Part) -> Entry:
        for kinds, sign in ((WENT_OUT, -1), (CAME_IN, 1)):
            if found := next((ours for word, ours in kinds.items() if word in kind), ""):
                return one_sided(time, found, sign * amount.amount, amount.asset.symbol)
        message = _("“%s” is not known, and the amount has no sign to tell in from out")
        raise cells.bad("type", message % shown(cells.text("type")))

    def _told(self, cells: Cells, name: str) -> Part:
        part = self._part(cells, name)
        if not part:
            raise cells.bad(name, _("the cell is empty"))
        return part

    def _part(self, cells: Cells, name: str) -> Part | None:
        raise NotImplementedError


class BitstampOld(Transactions):
    name = "bitstamp"
    title = gettext_lazy("Bitstamp transactions (until 2024)")
    family = "bitstamp"
    how = gettext_lazy("Portfolio → Transactions → Export. Choose all kinds and the whole time.")
    required = {
        "type": r"type",
        "time": r"datetime",
        "account": r"account",
        "amount": r"amount",
        "value": r"value",
        "rate": r"rate",
        "fee": r"fee",
        "subtype": r"sub type",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        entry = self._entry(cells, time_of(cells))
        names = ("type", "subtype", "account")
        parts = (entry.sent, entry.received, entry.fee)
        return Row(
            (
                entry.occurred_at.isoformat(),
                *(cells.text(name) for name in names),
                *(f"{plain(part.amount)} {part.asset.symbol}" for part in parts if part),
            ),
            entry,
        )

    def _part(self, cells: Cells, name: str) -> Part | None:
        return some(cells.part(name))


class BitstampV2(Transactions):
    name = "bitstamp_v2"
    title = gettext_lazy("Bitstamp transactions (from 2025 on)")
    family = "bitstamp_v2"
    how = gettext_lazy("Portfolio → Reports → Transactions. Choose all kinds and the whole time.")
    required = {
        "id": r"id",
        "account": r"account",
        "type": r"type",
        "subtype": r"subtype",
        "time": r"datetime",
        "amount": r"amount",
        "amount_asset": r"amount currency",
        "value": r"value",
        "value_asset": r"value currency",
        "fee": r"fee",
        "fee_asset": r"fee currency",
        "order": r"order id",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        entry = self._entry(cells, cells.time("time", UTC))
        entry.group = self.reference(cells.text("order"))
        return Row((cells.required("id"),), entry)

    def _part(self, cells: Cells, name: str) -> Part | None:
        amount = cells.unsigned(name)
        return Part(amount, AssetRef(cells.required(f"{name}_asset"))) if amount else None


def some(part: Part | None) -> Part | None:
    return part if part and part.amount else None


def time_of(cells: Cells) -> datetime:
    text = cells.required("time").replace("Sept.", "Sep.")
    written = filter(None, (rewritten_time(text, each) for each in WRITTEN))
    return cells.time("time", UTC, next(written, ""))
