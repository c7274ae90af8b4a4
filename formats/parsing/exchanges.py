"""What the lines of exchanges have in common: two sides, a fee, a status, an address."""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from contacts.chains import AddressError, normalise
from formats.parsing.records import AssetRef, BuiltTransaction, Entry, Part, Row, SkipRow, Value
from formats.parsing.tables import Cells
from formats.parsing.values import BadValue, plus, shown, times

SIDES = {"buy": True, "sell": False}
NOT_DONE = re.compile(
    r"cancel|fail|reject|declin|deni|return|refund|revert|expire|error|unsuccess|unpaid"
    r"|pending|process|progress|await|wait|review|verif|creat|initiat|submit|sent|open|new"
)

# What a kind of line says: the first that is found in it.
KINDS = {
    "airdrop": "airdrop",
    **dict.fromkeys(("yield", "reward", "interest", "distribution", "rebate", "bonus"), "reward"),
    **dict.fromkeys(("referral", "commission", "cashback", "profit", "earning"), "reward"),
    **dict.fromkeys(("subscri", "redemption", "redeem", "staking", "stake"), "transfer"),
    **dict.fromkeys(("transfer", "trading account", "funding account"), "transfer"),
    **dict.fromkeys(("convert", "dust"), "trade"),
    "deposit": "deposit",
    "withdraw": "withdrawal",
}


@dataclass(slots=True)
class Leg:
    """What a line changed, without the fee."""

    occurred_at: datetime
    type: str
    change: Decimal
    symbol: str
    fee: Part | None = None
    group: str = ""
    value: Value | None = None


def kind_of(cells: Cells, name: str, *tables: Mapping[str, str]) -> str:
    """By what the tables say of such a text, the first before the second."""
    text = cells.required(name).lower()
    words = ((word, ours) for table in tables for word, ours in table.items())
    found = next((ours for word, ours in words if word in text), "")
    if not found:
        cells.unknown_type(name)
    return found or "other"


def from_legs(rows: list[Row[Leg]]) -> list[BuiltTransaction]:
    """One transaction, where the legs changed one asset each way, or gave back what they took;
    else one of each line: which of them belong together would be a guess."""
    legs = [row.value for row in rows]
    changes = totals_of((leg.symbol, leg.change) for leg in legs)
    out, into = _sides(changes)
    if len(rows) > 1 and len(out) == len(into) == 1:
        return _as_one(rows, out[0], into[0])
    if len(rows) > 1 and len(changes) == 1 and not (out or into):
        there = Part(sum_of(leg.change for leg in legs if leg.change > 0), AssetRef(legs[0].symbol))
        return _as_one(rows, there, there)
    return [BuiltTransaction(alone(row.value), [row]) for row in rows]


def _sides(changes: Mapping[str, Decimal]) -> tuple[list[Part], list[Part]]:
    parts = [(change, Part(change.copy_abs(), AssetRef(name))) for name, change in changes.items()]
    return [part for sign, part in parts if sign < 0], [part for sign, part in parts if sign > 0]


def _as_one(rows: list[Row[Leg]], sent: Part, received: Part) -> list[BuiltTransaction]:
    legs = [row.value for row in rows]
    first = min(legs, key=lambda leg: leg.occurred_at)
    kind = "transfer" if sent.asset == received.asset else "trade"
    fees = totals(leg.fee for leg in legs)
    entry = Entry(first.occurred_at, kind, sent, received, next(iter(fees), None))
    entry.group = first.group
    # One leg is worth what the other is; several of one asset are worth more than each.
    out_first = sorted(legs, key=lambda leg: leg.change) if len(legs) == 2 else []
    entry.value = next((leg.value for leg in out_first if leg.value), None)
    return [BuiltTransaction(entry, [*rows]), *second_fees(entry, fees[1:])]


def second_fees(entry: Entry, fees: Iterable[Part]) -> list[BuiltTransaction]:
    return [
        BuiltTransaction(Entry(entry.occurred_at, "fee", fee=fee, group=entry.group), [])
        for fee in fees
    ]


def alone(leg: Leg) -> Entry:
    if leg.fee and not leg.change:
        entry = Entry(leg.occurred_at, "fee")
    else:
        entry = one_sided(leg.occurred_at, leg.type, leg.change, leg.symbol)
    entry.fee, entry.group, entry.value = leg.fee, leg.group, leg.value
    return entry


def sum_of(numbers: Iterable[Decimal]) -> Decimal:
    return totals_of(("", number) for number in numbers).get("", Decimal(0))


def totals_of(changes: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for symbol, change in changes:
        sums[symbol] = plus(sums.get(symbol, Decimal(0)), change)
    return sums


def bought(cells: Cells, name: str = "side") -> bool:
    word = cells.required(name)
    if word.lower() not in SIDES:
        raise cells.bad(name, _("“%s” is neither a buy nor a sell") % shown(word))
    return SIDES[word.lower()]


def trade(
    occurred_at: datetime, buys: bool, base: Part, quote: Part, fee: Part | None = None
) -> Entry:
    sent, received = (quote, base) if buys else (base, quote)
    return Entry(occurred_at, "trade", sent, received, fee)


def one_sided(occurred_at: datetime, kind: str, change: Decimal, symbol: str) -> Entry:
    """What came in, or went out where the sign says so."""
    part = Part(change.copy_abs(), AssetRef(symbol))
    if change < 0:
        return Entry(occurred_at, kind, sent=part)
    return Entry(occurred_at, kind, received=part)


def part_of(cells: Cells, name: str, symbol: str) -> Part:
    """An amount that may have the sign of its direction."""
    return Part(cells.required_amount(name).copy_abs(), AssetRef(symbol))


def product(cells: Cells, name: str, price: Decimal, amount: Decimal) -> Decimal:
    """What it cost, where a source tells the price of one only."""
    try:
        return times(price, amount)
    except BadValue as error:
        raise cells.bad(name, str(error)) from None


def cost_of(cells: Cells, price: str, amount: str, symbol: str) -> Part:
    """Of an amount that may have the sign of its direction, as in `part_of`."""
    cost = product(cells, price, cells.required_unsigned(price), cells.required_amount(amount))
    return Part(cost.copy_abs(), AssetRef(symbol))


def fee_part(
    cells: Cells, number: Decimal | None, symbol: str = "", asset: str = "fee_asset"
) -> Part | None:
    """A fee in the currency of its column, else in this one."""
    symbol = cells.text(asset) or symbol
    if number and not symbol:
        raise cells.bad(asset, _("there is a fee, but no currency"))
    return Part(number, AssetRef(symbol)) if number else None


def without_fee(cells: Cells, part: Part, fee: Part | None, name: str = "fee") -> Part:
    """Of an amount that went out with its fee in it."""
    if not fee or fee.asset != part.asset:
        return part
    amount = plus(part.amount, fee.amount.copy_negate())
    if amount < 0:
        raise cells.bad(name, _("the fee is larger than the total"))
    return Part(amount, part.asset)


def with_fee(part: Part, fee: Part | None) -> Part:
    """Of an amount that came in less its fee."""
    if not fee or fee.asset != part.asset:
        return part
    return Part(plus(part.amount, fee.amount), part.asset)


def total_without_fee(cells: Cells, total: Part, fee: Part | None, *, paid: bool) -> Part:
    """Of a trade's total: what was paid with the fee on top, or what came in with it taken off."""
    return without_fee(cells, total, fee) if paid else with_fee(total, fee)


def totals(parts: Iterable[Part | None]) -> list[Part]:
    """One part per asset, in the order in which they come."""
    sums = totals_of((part.asset.symbol, part.amount) for part in parts if part)
    return [Part(amount, AssetRef(symbol)) for symbol, amount in sums.items()]


def rebate(entry: Entry, part: Part) -> Entry:
    """What was paid back for a trade, shown with it."""
    return Entry(entry.occurred_at, "reward", received=part, group=entry.group)


def only_done(cells: Cells, name: str, done: Container[str], part: str | None = None) -> None:
    """SkipRow for a line that moved nothing, or has not yet. The status is the cell, or a part of
    it."""
    status = cells.text(name) if part is None else part
    if status.lower() in done:
        return
    if not status or NOT_DONE.search(status.lower()):
        raise SkipRow(_("it moved nothing: its status is “%s”") % shown(status))
    raise cells.bad(name, _("the status “%s” is not known") % shown(status))


def counterparty(cells: Cells, name: str, reference: Callable[[str], str]) -> str:
    """An address, if there is one; some are masked, which become nobody's."""
    text = reference(cells.text(name))
    cells.capitals(name)
    try:
        if text:
            normalise(text, strict=False)
    except AddressError as error:
        cells.remark(name, "", str(error))
    return text
