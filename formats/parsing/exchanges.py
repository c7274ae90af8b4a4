"""What the lines of exchanges have in common: two sides, a fee, a status, an address."""

import re
from collections.abc import Callable, Container, Iterable
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from contacts.chains import AddressError, normalise
from formats.parsing.records import AssetRef, Entry, Part, SkipRow
from formats.parsing.tables import Cells
from formats.parsing.values import plus, shown

SIDES = {"buy": True, "sell": False}
NOT_DONE = re.compile(
    r"cancel|fail|reject|declin|deni|return|refund|revert|expire|error|unsuccess|unpaid"
    r"|pending|process|progress|await|wait|review|verif|creat|initiat|submit|sent|open|new"
)


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


def required_part(cells: Cells, name: str, symbol: str) -> Part:
    """An amount that may have the sign of its direction."""
    return Part(cells.required_amount(name).copy_abs(), AssetRef(symbol))


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


def totals(parts: Iterable[Part | None]) -> list[Part]:
    """One part per asset, in the order in which they come."""
    sums: dict[AssetRef, Decimal] = {}
    for part in filter(None, parts):
        sums[part.asset] = plus(sums.get(part.asset, Decimal(0)), part.amount)
    return [Part(amount, asset) for asset, amount in sums.items()]


def rebate(entry: Entry, part: Part) -> Entry:
    """What was paid back for a trade, shown with it."""
    return Entry(entry.occurred_at, "reward", received=part, group=entry.group)


def only_done(cells: Cells, name: str, done: Container[str]) -> None:
    """SkipRow for a line that moved nothing, or has not yet."""
    status = cells.text(name).lower()
    if status in done:
        return
    if not status or NOT_DONE.search(status):
        raise SkipRow(_("it moved nothing: its status is “%s”") % shown(cells.text(name)))
    raise cells.bad(name, _("the status “%s” is not known") % shown(cells.text(name)))


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
