"""Uphold's transaction history: a line says what went from where to where, and may change it on the
way. What leaves or arrives as another asset is a trade, and a withdrawal or deposit beside it.

The amount of the origin has its fee in it, that of the destination is less its fee.
"""

from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import EntriesFormat
from formats.parsing.exchanges import fee_part, only_done, part_of, with_fee, without_fee
from formats.parsing.records import Entry, Row
from formats.parsing.tables import Cells
from formats.parsing.values import shown

TIME = "%a %b %d %Y %H:%M:%S GMT%z"
HERE = "uphold"
TYPES = {
    "in": "deposit",
    "out": "withdrawal",
    **dict.fromkeys(("reward", "staking-reward"), "reward"),
}


class Uphold(EntriesFormat):
    name = "uphold"
    title = gettext_lazy("Uphold transaction history")
    family = "uphold"
    site = "Uphold"
    how = gettext_lazy("Export the transaction history as CSV. Choose the whole time.")
    documentation = (
        "https://github.com/rotki/rotki/blob/develop/rotkehlchen/data_import/importers"
        "/uphold_transactions.py"
    )
    required = {
        "time": r"date",
        "destination": r"destination",
        "reached": r"destination amount",
        "reached_asset": r"destination currency",
        "fee": r"fee amount",
        "fee_asset": r"fee currency",
        "id": r"id",
        "origin": r"origin",
        "left": r"origin amount",
        "left_asset": r"origin currency",
        "status": r"status",
        "type": r"type",
    }

    def read(self, cells: Cells) -> Row[list[Entry]]:
        only_done(cells, "status", {"completed"})
        name, entries = cells.required("id"), self._entries(cells)
        for entry in entries:
            entry.note = outside(cells)
            entry.group = name if len(entries) > 1 else ""
        return Row((name,), entries)

    def _entries(self, cells: Cells) -> list[Entry]:
        time, kind = cells.time_as("time", TIME, UTC), cells.required("type").lower()
        origin = part_of(cells, "left", cells.required("left_asset"))
        destination = part_of(cells, "reached", cells.required("reached_asset"))
        fee = fee_part(cells, cells.unsigned("fee"))
        sent, received = without_fee(cells, origin, fee), with_fee(destination, fee)
        trades, trade = origin.asset != destination.asset, Entry(time, "trade", sent, received, fee)
        if kind == "transfer":
            return [trade if trades else Entry(time, "transfer", sent, destination, fee)]
        out, ours = goes_out(cells, kind), TYPES.get(kind, "other")
        if trades and out:
            return [trade, Entry(time, ours, sent=destination)]
        if trades and not is_here(cells, "origin"):
            return [trade, Entry(time, ours, received=origin)]
        if out:
            return [Entry(time, ours, sent=sent, fee=fee)]
        return [Entry(time, ours, received=received, fee=fee)]


def is_here(cells: Cells, name: str) -> bool:
    return cells.text(name).lower() == HERE


def goes_out(cells: Cells, kind: str) -> bool:
    """By the kind of line, else by which end of it is elsewhere."""
    if kind in TYPES:
        return kind == "out"
    if is_here(cells, "origin") == is_here(cells, "destination"):
        message = _("“%s” is not known, and the line does not say whether it came in or went out")
        raise cells.bad("type", message % shown(cells.text("type")))
    cells.unknown_type("type")
    return is_here(cells, "origin")


def outside(cells: Cells) -> str:
    """The end that is elsewhere, such as a chain or a card."""
    name = "destination" if is_here(cells, "origin") else "origin"
    return "" if is_here(cells, name) else cells.note(name)
