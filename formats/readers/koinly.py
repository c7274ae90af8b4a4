"""Koinly's universal template, which many tools write. Its labels that are a type of ours become
the type; others become labels."""

from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat, type_by_parts
from formats.parsing.records import AssetRef, BadRow, Entry, Part, Row, Value
from formats.parsing.tables import CURRENCY, LABEL, LONGEST, Cells
from formats.parsing.values import plain

TYPES = {
    "airdrop": "airdrop",
    "fork": "airdrop",
    "staking": "reward",
    "reward": "reward",
    "mining": "reward",
    "interest": "reward",
    "lending interest": "reward",
    "cashback": "reward",
    "income": "income",
    "other income": "income",
    "salary": "income",
    "cost": "payment",
    "payment": "payment",
    "gift": "gift",
    "donation": "gift",
    "fee": "fee",
    "margin fee": "fee",
    "loan fee": "fee",
    "lost": "loss",
    "loss": "loss",
    "stolen": "loss",
}


class Koinly(LineFormat):
    name = "koinly"
    title = "Koinly universal template"
    family = "koinly"
    site = "Koinly"
    how = gettext_lazy(
        "Many programs write this template. Choose “Koinly universal” where they ask for a format."
    )
    wallet_kind = "other"
    no_reference = LineFormat.no_reference | {"0x"}
    required = {
        "time": r"(?:koinly )?date",
        "sent": r"sent amount",
        "sent_asset": r"sent currency",
        "received": r"received amount",
        "received_asset": r"received currency",
    }
    without = (r"source families",)  # our own export
    optional = {
        "fee": r"fee amount",
        "fee_asset": r"fee currency",
        "value": r"net worth amount",
        "value_asset": r"net worth currency",
        "label": r"label|tag",
        "description": r"description",
        "hash": r"tx ?hash",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        entry = self._entry(cells)
        label = cells.text("label", LABEL)
        entry.type = TYPES.get(label.lower()) or type_by_parts(entry)
        if label and label.lower() not in TYPES:
            entry.labels = (label,)
        # Label, description and net worth are the user's to change between exports.
        parts = (entry.sent, entry.received, entry.fee)
        time = cells.time("time", UTC).isoformat()
        identity = (time, cells.text("hash"), *map(side, parts))
        return Row(identity, entry)

    def _entry(self, cells: Cells) -> Entry:
        parts = {name: self._part(cells, name) for name in ("sent", "received", "fee")}
        if not any(parts.values()):
            raise BadRow("", _("there is no amount in this row"))
        moved = {name: part for name, part in parts.items() if part and part.amount}
        value = self._part(cells, "value")
        tx_hash = self.reference(cells.text("hash"))
        return Entry(
            cells.time("time", self.options.zone),
            "other",
            **(moved or parts),
            value=Value(value.amount, value.asset.symbol) if value else None,
            tx_hash=tx_hash,
            group=tx_hash,
            note=cells.note("description"),
        )

    def _part(self, cells: Cells, name: str) -> Part | None:
        limit = CURRENCY if name == "value" else LONGEST
        amount, symbol = cells.unsigned(name), cells.text(f"{name}_asset", limit)
        if amount is None:
            if symbol:
                reason = _("there is a currency, but no amount")
                cells.remark(f"{name}_asset", "", reason)
            return None
        if symbol:
            return Part(amount, AssetRef(symbol))
        if amount:
            raise cells.bad(f"{name}_asset", _("there is an amount, but no currency"))
        return None


def side(part: Part | None) -> str:
    return f"{plain(part.amount)} {part.asset.symbol}" if part and part.amount != Decimal(0) else ""
