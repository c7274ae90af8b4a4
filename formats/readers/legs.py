"""What exports of other trackers have in common that write each movement on a line of its own, and
a number on all lines of one transaction."""

from dataclasses import dataclass, replace
from decimal import Decimal

from formats.base import Format
from formats.parsing.records import AssetRef, BuiltTransaction, Entry, Part, Row, WalletRef
from formats.parsing.values import plus
from formats.readers.sided import type_by_parts


@dataclass(slots=True)
class Leg:
    """A movement; what is negative went out. `entry` is what the line says besides."""

    entry: Entry
    amount: Decimal
    asset: AssetRef
    is_fee: bool = False
    # Whether it and a leg the other way are a trade.
    trades: bool = False
    # Of a move between two wallets, the other one.
    reached: WalletRef | None = None

    @property
    def part(self) -> Part:
        return Part(self.amount.copy_abs(), self.asset)


class Legs(Format[Leg]):
    def build(self, rows: list[Row[Leg]]) -> list[BuiltTransaction]:
        """One transaction, or, where that would be a guess, one of each line."""
        legs = [row.value for row in rows]
        one_place = len({row.wallet for row in rows}) == 1
        if len(rows) > 1 and one_place and (entry := together(legs)):
            return [BuiltTransaction(entry, [*rows])]
        return [built for row in rows for built in alone(row)]


def together(legs: list[Leg]) -> Entry | None:
    """Of at most one leg each way, and fees in one asset."""
    fees = [leg for leg in legs if leg.is_fee]
    moves = [leg for leg in legs if not leg.is_fee]
    sent = [leg for leg in moves if leg.amount < 0]
    received = [leg for leg in moves if leg.amount > 0]
    if len({leg.asset for leg in fees}) > 1 or len(sent) > 1 or len(received) > 1 or not moves:
        return None
    if any(leg.reached or not leg.amount for leg in moves) or any(leg.amount > 0 for leg in fees):
        return None
    entry = said_of([*sent, *received, *fees])
    entry.sent = sent[0].part if sent else None
    entry.received = received[0].part if received else None
    entry.fee = sum_of(fees)
    if len(moves) == 2:
        entry.type = type_by_parts(entry)
        return entry if all(leg.trades for leg in moves) else None
    return entry


def said_of(legs: list[Leg]) -> Entry:
    """What the lines say besides, wherever they stand in the file: the first for all of them, but
    for what somebody wrote on the others."""
    entries = [leg.entry for leg in legs]
    notes = dict.fromkeys(entry.note for entry in entries if entry.note)
    others = (entry.counterparty for entry in entries if entry.counterparty)
    return replace(
        entries[0],
        occurred_at=min(entry.occurred_at for entry in entries),
        counterparty=next(others, ""),
        note="; ".join(notes),
    )


def sum_of(fees: list[Leg]) -> Part | None:
    total = Decimal(0)
    for fee in fees:
        total = plus(total, fee.part.amount)
    return Part(total, fees[0].asset) if fees else None


def alone(row: Row[Leg]) -> list[BuiltTransaction]:
    leg = row.value
    left, arrived = replace(leg.entry, sent=leg.part), replace(leg.entry, received=leg.part)
    if leg.is_fee and leg.amount <= 0:
        return [BuiltTransaction(replace(leg.entry, type="fee", fee=leg.part), [row])]
    if leg.reached:
        return [BuiltTransaction(left, [row]), BuiltTransaction(arrived, [], leg.reached)]
    return [BuiltTransaction(left if leg.amount < 0 else arrived, [row])]
