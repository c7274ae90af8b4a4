"""Binance "Transaction History": one line per movement, without any id.

Operations of one trade share nothing but account and second. That second is one trade if it holds
exactly one sent, one received and at most one fee line, all of them trade operations; otherwise
every line stands for itself: pairing them would be a guess.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy

from formats.base import Format
from formats.parsing.records import AssetRef, BuiltTransaction, Entry, Part, Row
from formats.parsing.tables import Cells
from formats.parsing.values import full_year, plain

HEADER = ["User_ID", "UTC_Time", "Account", "Operation", "Coin", "Change", "Remark"]
TIME = re.compile(r"(?:20)?\d\d-\d\d-\d\d \d\d:\d\d:\d\d")

FEES = {"fee", "transaction fee"}
TRADES = {
    *FEES,
    "buy",
    "sell",
    "transaction related",
    "transaction buy",
    "transaction spend",
    "transaction sold",
    "transaction revenue",
    "binance convert",
    "large otc trading",
    "small assets exchange bnb",
    "eth 2.0 staking",
}
# What an operation's name says; the first that is found in it. All others are "other".
WORDS = (
    ("airdrop", "airdrop"),
    ("reward", "reward"),
    ("interest", "reward"),
    ("earnings", "reward"),
    ("distribution", "reward"),
    ("commission", "reward"),
    ("referral", "reward"),
    ("cashback", "reward"),
    ("rebate", "reward"),
    ("transfer", "transfer"),
    ("subscription", "transfer"),
    ("redemption", "transfer"),
    ("savings purchase", "transfer"),
    ("staking purchase", "transfer"),
    ("deposit", "deposit"),
    ("withdraw", "withdrawal"),
)


# What goes out is none of these, such as the old coins of a distribution of new ones.
CAME_IN = {"reward", "airdrop"}


@dataclass(slots=True)
class Move:
    occurred_at: datetime
    account: str
    operation: str
    asset: AssetRef
    change: Decimal
    remark: str


class BinanceHistory(Format[Move]):
    name = "binance_history"
    title = gettext_lazy("Binance transaction history")
    family = "binance_history"
    site = "Binance"
    how = gettext_lazy(
        "Orders → Transaction History → Generate all statements."
        " Choose the time, wait for the mail, and unpack the file."
    )
    required = {
        "time": r"(utc_)?time",
        "account": r"account",
        "operation": r"operation",
        "coin": r"coin",
        "change": r"change",
    }
    optional = {"user": r"user[_ ]id", "remark": r"remark"}

    @classmethod
    def assumed_header(cls, cells: Sequence[str]) -> list[str] | None:
        for header in (HEADER, HEADER[1:]):
            time = header.index("UTC_Time")
            if len(header) - 1 <= len(cells) <= len(header) and TIME.fullmatch(cells[time].strip()):
                return header
        return None

    def read(self, cells: Cells) -> Row[Move]:
        # The newest exports write the year with two digits.
        time = full_year(cells.required("time"))
        move = self._move(cells, time)
        # The user's number and the remark are in some generations of the export only.
        identity = (
            cells.time("time", UTC, time).isoformat(),
            move.account,
            move.operation,
            move.asset.symbol,
            plain(move.change),
        )
        second = f"{move.account} {move.occurred_at:%Y-%m-%d %H:%M:%S}"
        return Row(identity, move, unit=f"{cells.text('user')} {second}")

    def _move(self, cells: Cells, time: str) -> Move:
        zone = UTC if self.columns.part("time") else self.options.zone
        if not is_known(cells.text("operation").lower()):
            cells.unknown_type("operation")
        return Move(
            cells.time("time", zone, time),
            cells.required("account"),
            cells.required("operation"),
            AssetRef(cells.required("coin")),
            cells.required_amount("change"),
            cells.note("remark"),
        )

    def build(self, rows: list[Row[Move]]) -> list[BuiltTransaction]:
        if is_one_trade([row.value for row in rows]):
            return [self._trade(rows)]
        return [BuiltTransaction(entry_of(row.value), [row]) for row in rows]

    def _trade(self, rows: list[Row[Move]]) -> BuiltTransaction:
        moves = [row.value for row in rows]
        entry = blank(moves[0], "trade")
        for move in moves:
            if is_fee(move):
                entry.fee = Part(move.change.copy_abs(), move.asset)
            elif move.change < 0:
                entry.sent = Part(move.change.copy_abs(), move.asset)
            else:
                entry.received = Part(move.change, move.asset)
        entry.note = "; ".join(dict.fromkeys(move.remark for move in moves if move.remark))
        return BuiltTransaction(entry, [*rows])


def is_fee(move: Move) -> bool:
    return move.operation.lower() in FEES and move.change < 0


def is_one_trade(moves: list[Move]) -> bool:
    fees = [move for move in moves if is_fee(move)]
    sides = sorted(move.change for move in moves if not is_fee(move))
    return (
        all(move.operation.lower() in TRADES for move in moves)
        and len(fees) <= 1
        and len(sides) == 2
        and sides[0] < 0 < sides[1]
    )


def entry_of(move: Move) -> Entry:
    """A line by itself."""
    kind = type_of(move.operation.lower())
    entry = blank(move, "other" if move.change < 0 and kind in CAME_IN else kind)
    part = Part(move.change.copy_abs(), move.asset)
    if is_fee(move):
        entry.type, entry.fee = "fee", part
    elif move.change < 0:
        entry.sent = part
    else:
        entry.received = part
    return entry


def blank(move: Move, kind: str) -> Entry:
    group = f"{move.account} {move.occurred_at:%Y-%m-%d %H:%M:%S}"
    return Entry(move.occurred_at, kind, group=group, note=move.remark)


def is_known(operation: str) -> bool:
    return operation in TRADES or any(word in operation for word, _kind in WORDS)


def type_of(operation: str) -> str:
    if operation in FEES:
        return "other"
    if operation in TRADES:
        return "trade"
    return next((kind for word, kind in WORDS if word in operation), "other")
