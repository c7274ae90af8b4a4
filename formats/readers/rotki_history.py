"""rotki's export of history events. A swap, a migration, and a move with its fee are several events
of one number; what is neither in nor out has moved nothing, but for a transfer between two tracked
accounts, which are its two ends."""

import re
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.chains import EVM_CHAINS
from formats.parsing.records import Entry, Row, SkipRow, WalletRef
from formats.parsing.tables import Cells
from formats.readers.legs import Leg, Legs
from formats.readers.rotki import asset_of

SHOWN = "%d/%m/%Y %H:%M:%S UTC|%d/%m/%Y %H:%M:%S GMT|%d/%m/%Y %H:%M:%S %Z|%d/%m/%Y %H:%M:%S"
ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
# By the subtype, else by the type.
SUBTYPES = {
    "airdrop": "airdrop",
    **dict.fromkeys(("reward", "interest", "block production", "mev reward"), "reward"),
    "fee": "fee",
    **dict.fromkeys(("deposit asset", "remove asset", "bridge"), "transfer"),
    **dict.fromkeys(("deposit for wrapped", "redeem wrapped"), "trade"),
    **dict.fromkeys(("receive wrapped", "return wrapped"), "trade"),
    **dict.fromkeys(("generate debt", "payback debt"), "other"),
    "donate": "gift",
    "payment": "payment",
    "grant": "income",
    **dict.fromkeys(("liquidate", "hack"), "loss"),
}
TYPES = {
    "trade": "trade",
    "migrate": "trade",
    "deposit": "deposit",
    "withdrawal": "withdrawal",
    "receive": "deposit",
    "spend": "withdrawal",
    "transfer": "transfer",
    "staking": "transfer",
    "loss": "loss",
    "renew": "payment",
    "fail": "fee",
    **dict.fromkeys(("adjustment", "deploy", "informational", "margin"), "other"),
}
# What a custody account calls so is no move within it.
CUSTODY = {("deposit", "in"): "deposit", ("withdrawal", "out"): "withdrawal"}
DIRECTIONS = {"in", "out"}


class RotkiHistory(Legs):
    name = "rotki_history"
    title = gettext_lazy("rotki history events")
    family = "rotki_history"
    site = "rotki"
    how = gettext_lazy("History → Events → Export CSV. Take out all filters before.")
    documentation = (
        "https://github.com/rotki/rotki/blob/develop/rotkehlchen/history/events/structures/base.py"
    )
    names_wallets = True
    required = {
        "time": r"timestamp",
        "type": r"event_type",
        "subtype": r"event_subtype",
        "location": r"location",
        "label": r"location_label",
        "asset": r"asset",
        "amount": r"amount|balance_amount",
        "event": r"event_identifier|group_identifier",
        "index": r"sequence_index",
        "direction": r"direction",
    }
    optional = {
        "symbol": r"asset_symbol",
        "note": r"user_notes|notes",
        "automatic": r"auto_notes",
        "hash": r"tx_hash|tx_ref",
        "address": r"address",
    }

    def read(self, cells: Cells) -> Row[Leg]:
        event = cells.required("event")
        leg = self._leg(cells)
        identity = (event, cells.required("index"))
        return Row(identity, leg, unit=event, wallet=self._wallet(cells))

    def _leg(self, cells: Cells) -> Leg:
        amount, direction = cells.unsigned("amount"), cells.required("direction").lower()
        kind, subtype = plain_words(cells.required("type")), plain_words(cells.text("subtype"))
        between = kind == "transfer" and direction == "neutral"
        if not amount or (direction not in DIRECTIONS and not between):
            raise SkipRow(_("nothing was moved: %s") % kind)
        if kind not in TYPES:
            cells.unknown_type("type")
        entry = self._entry(cells, type_of(kind, subtype, direction))
        entry.status = "failed" if kind == "fail" else "ok"
        asset = asset_of(cells.required("asset"), cells.text("symbol"))
        signed = amount if direction == "in" else amount.copy_negate()
        reached = self._reached(cells) if between else None
        return Leg(entry, signed, asset, subtype == "fee", entry.type == "trade", reached)

    def _entry(self, cells: Cells, kind: str) -> Entry:
        tx_hash, address = self.reference(cells.text("hash")), cells.text("address")
        chain = cells.required("location").lower().replace(" ", "-")
        known = chain in EVM_CHAINS and ADDRESS.fullmatch(address)
        return Entry(
            self._moment(cells),
            kind,
            tx_hash=tx_hash,
            group=tx_hash or cells.required("event"),
            chain=chain if known else "",
            counterparty=address if known else "",
            note=cells.note("note") or cells.note("automatic"),
        )

    def _moment(self, cells: Cells) -> datetime:
        text = cells.required("time")
        if text.isdigit():
            return cells.unix_ms("time")
        if "/" in text:
            return cells.time_as("time", SHOWN, self.options.zone)
        return cells.time("time", self.options.zone)

    def _wallet(self, cells: Cells) -> WalletRef:
        kind = "chain" if cells.text("hash") else "exchange"
        return WalletRef(cells.text("label") or cells.required("location"), kind)

    def _reached(self, cells: Cells) -> WalletRef:
        address = cells.text("address")
        if not address:
            raise cells.bad("address", _("the row does not say which account was reached"))
        return WalletRef(address, "chain")


def plain_words(text: str) -> str:
    return text.lower().replace("_", " ")


def type_of(kind: str, subtype: str, direction: str) -> str:
    if subtype != "fee" and (custody := CUSTODY.get((kind, direction))):
        return custody
    if kind == "trade" or (kind, subtype) == ("receive", "payment"):
        return "trade" if kind == "trade" else "income"
    if kind in ("deposit", "withdrawal") and subtype not in SUBTYPES:
        return "transfer"
    return SUBTYPES.get(subtype) or TYPES.get(kind, "other")
