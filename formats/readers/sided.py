"""What the templates of other trackers have in common: what was sent, what was received and the fee
stand in columns of their own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import ClassVar, TypeGuard

from django.utils.translation import gettext as _

from formats.base import LineFormat
from formats.parsing.records import (
    AssetRef,
    BadRow,
    BuiltTransaction,
    Entry,
    Part,
    Row,
    Value,
    WalletRef,
)
from formats.parsing.tables import CURRENCY, LABEL, LONGEST, Cells
from formats.parsing.values import plus, shown

PARTS = ("sent", "received", "fee")
YEAR = re.compile(r"\d{4}-")
# What trackers write where an account is none of theirs.
NO_WALLET = {"", "-", "no exchange", "unknown"}


@dataclass(slots=True)
class Moved(Entry):
    """With the wallet that its coins arrived in, if that is another than the row's."""

    arrived_in: WalletRef | None = None


class Sided(LineFormat):
    """Columns are `sent`, `sent_asset` and so on; of a type, the word in `type` says which."""

    wallet_kind = "other"
    # A word of the source, in small letters; "" = what the amounts say.
    types: ClassVar[Mapping[str, str]] = {}
    # How it writes a time that does not begin with the year, as in `Cells.time_as`.
    times: ClassVar[str] = ""
    # Whether a fee is part of what was sent, or has been taken off what was received.
    fee_included: ClassVar[bool] = False
    entry_kind: ClassVar[type[Entry]] = Entry

    def read(self, cells: Cells) -> Row[Entry]:
        return self.row(cells, self.entry(cells), self.wallet(cells))

    def row(self, cells: Cells, entry: Entry, wallet: WalletRef | None) -> Row[Entry]:
        """What is the same in two wallets of a file is no line that came twice."""
        place = (wallet.name.lower(),) if wallet else ()
        return Row((*self.identity(cells, entry), *place), entry, wallet=wallet)

    def entry(self, cells: Cells) -> Entry:
        parts = self.parts(cells)
        if not any(parts.values()):
            raise BadRow("", _("there is no amount in this row"))
        moved = {name: part for name, part in parts.items() if part and part.amount}
        tx_hash = self.reference(cells.text("hash"))
        entry = self.entry_kind(
            self.moment(cells, self.options.zone),
            "other",
            **(moved or parts),
            value=self.value(cells),
            tx_hash=tx_hash,
            group=tx_hash,
            note=cells.note("note"),
        )
        if self.fee_included:
            take_out_fee(cells, entry)
        entry.type = self.type_of(cells, entry)
        return entry

    def identity(self, cells: Cells, entry: Entry) -> tuple[str, ...]:
        """Type, label, note and worth are the user's to change between exports."""
        in_utc = self.options.zone is UTC
        moment = entry.occurred_at if in_utc else self.moment(cells, UTC)
        return (moment.isoformat(), *sides(entry))

    def parts(self, cells: Cells) -> dict[str, Part | None]:
        return {name: self.part(cells, name) for name in PARTS}

    def part(self, cells: Cells, name: str, limit: int = LONGEST) -> Part | None:
        amount, symbol = self.amount(cells, name), cells.text(f"{name}_asset", limit)
        if symbol and amount is not None:
            return Part(amount, self.asset(cells, symbol))
        if amount is None:
            if symbol:
                reason = _("there is a currency, but no amount")
                cells.remark(f"{name}_asset", "", reason)
            return None
        if symbol := self.columns.part(name).upper():
            return Part(amount, self.asset(cells, symbol))
        if amount:
            raise cells.bad(f"{name}_asset", _("there is an amount, but no currency"))
        return None

    def amount(self, cells: Cells, name: str) -> Decimal | None:
        return cells.unsigned(name)

    def asset(self, cells: Cells, symbol: str) -> AssetRef:
        return AssetRef(symbol)

    def value(self, cells: Cells) -> Value | None:
        part = self.part(cells, "value", CURRENCY)
        return Value(part.amount, part.asset.symbol) if part else None

    def moment(self, cells: Cells, zone: tzinfo) -> datetime:
        if self.times and not YEAR.match(cells.text("time")):
            return cells.time_as("time", self.times, zone)
        return cells.time("time", zone)

    def word(self, cells: Cells) -> str:
        return cells.text("type").lower().replace("_", " ")

    def type_of(self, cells: Cells, entry: Entry) -> str:
        word = self.word(cells)
        if word not in self.types:
            cells.unknown_type("type")
            return "other"
        return self.types[word] or type_by_parts(entry)

    def wallet(self, cells: Cells) -> WalletRef | None:
        if not self.names_wallets:
            return None
        return self.place(cells, "wallet") or self.unnamed(cells, "wallet")

    def place(self, cells: Cells, name: str) -> WalletRef | None:
        """The wallet that a cell names."""
        text = cells.text(name)
        return None if text.lower() in NO_WALLET else WalletRef(text, self.wallet_kind)

    def unnamed(self, cells: Cells, name: str) -> WalletRef:
        cells.remark(name, self.site, _("the row names no wallet"))
        return WalletRef(self.site, self.wallet_kind)


class Labelled(Sided):
    """Where people choose a label, or write one of their own: it is a type, or stays a label."""

    def type_of(self, cells: Cells, entry: Entry) -> str:
        label = cells.text("label", LABEL)
        known = self.types.get(label.lower().replace("_", " "))
        if label and known is None:
            entry.labels = (label,)
        return known or type_by_parts(entry)


class BetweenWallets(Sided):
    """As Sided, where a line names the wallets that coins left (`from`) and reached (`to`). A
    transfer between two of them is its two ends; a trade is of the wallet that it was made in."""

    names_wallets = True
    entry_kind = Moved

    def read(self, cells: Cells) -> Row[Entry]:
        entry = self.entry(cells)
        left, reached = self.place(cells, "from"), self.place(cells, "to")
        if is_move(entry) and left and reached and left.name.lower() != reached.name.lower():
            entry.group = entry.group or f"{left.name} → {reached.name} {entry.occurred_at:%F %T}"
            entry.arrived_in = reached
            return self.row(cells, entry, left)
        here = (reached or left) if entry.received else (left or reached)
        return self.row(cells, entry, here or self.unnamed(cells, "from"))

    def build(self, rows: list[Row[Entry]]) -> list[BuiltTransaction]:
        return [end for row in rows for end in ends(row)]


def ends(row: Row[Entry]) -> list[BuiltTransaction]:
    entry = row.value
    if not isinstance(entry, Moved) or not entry.arrived_in:
        return [BuiltTransaction(entry, [row])]
    left, arrived = replace(entry, received=None), replace(entry, sent=None, fee=None)
    return [BuiltTransaction(left, [row]), BuiltTransaction(arrived, [], entry.arrived_in)]


def optional(name: str) -> str:
    """The pattern of a column that some say is optional."""
    return rf"{name}(?: ?\(optional\))?"


def no_direction(cells: Cells, name: str) -> BadRow:
    """Of an amount without a sign, of a kind that is not known."""
    message = _("“%s” does not say whether the amount came in or went out")
    return cells.bad(name, message % shown(cells.text(name)))


def is_move(entry: Entry) -> TypeGuard[Moved]:
    both = bool(entry.sent and entry.received)
    return isinstance(entry, Moved) and entry.type == "transfer" and both


def take_out_fee(cells: Cells, entry: Entry) -> None:
    """Of an amount that has the fee in it; one in a third currency is in neither."""
    fee, sent, received = entry.fee, entry.sent, entry.received
    if fee and sent and fee.asset == sent.asset:
        if fee.amount > sent.amount:
            raise cells.bad("fee", _("the fee is more than the amount that it is part of"))
        rest = plus(sent.amount, fee.amount.copy_negate())
        entry.sent = Part(rest, sent.asset) if rest else None
    elif fee and received and fee.asset == received.asset:
        entry.received = Part(plus(received.amount, fee.amount), received.asset)


def type_by_parts(entry: Entry) -> str:
    if entry.sent and entry.received:
        return "transfer" if entry.sent.asset == entry.received.asset else "trade"
    if entry.sent:
        return "withdrawal"
    return "deposit" if entry.received else "fee"


def sides(entry: Entry) -> tuple[str, ...]:
    """What moved, the same text however its numbers were written."""
    return tuple(map(side, (entry.sent, entry.received, entry.fee)))


def side(part: Part | None) -> str:
    if not (part and part.amount):
        return ""
    asset = part.asset
    named = f"{asset.chain} {asset.contract}" if asset.contract else asset.symbol
    return f"{part.amount:f} {named}"  # as `plain`
