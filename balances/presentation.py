"""A balance as a picture and as a table. Formatted here, before the template's loop.

The picture is drawn in columns across, and in HEIGHT units from the top down; where something
stands in it is said in percent, so that text and dots keep their form however wide it is shown.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from balances.models import StatedBalance
from balances.queries.running import COLUMNS, Held, Hole, Point, Running
from balances.queries.stated import Compared, Difference, Filed
from balances.queries.statements import HOLES
from contacts.models import Wallet
from ledgers.models import Ledger
from transactions.presentation import Amount, amount, format_day, signed
from transactions.queries.listing import SIZES
from txproject.localized import full_day

HEIGHT = 1000
PAD = 80
MOMENT = timedelta(microseconds=1)
TICKS = 4
# Between what files state and what the transactions come to, the first ones.
DIFFERENCES = 20


@dataclass(frozen=True, slots=True)
class ShownHeld:
    symbol: str
    title: str
    amount: Amount
    below: bool
    was_below: bool
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ShownPoint:
    place: int
    when: str
    url: str
    balance: str
    # Where there was more than one moment.
    lowest: str
    highest: str
    n: int


@dataclass(frozen=True, slots=True)
class ShownHole:
    since: str
    until: str
    lowest: Amount
    url: str
    x: str


@dataclass(frozen=True, slots=True)
class ShownStated:
    row: StatedBalance
    when: str
    stated: Amount
    computed: Amount
    difference: Amount | None
    # The days between which the difference came, and the rows of these days.
    after: str
    by: str
    url: str
    edit_url: str
    x: str = ""
    y: str = ""


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """What a file states begins to differ, or fits again."""

    day: str
    stated: Amount
    computed: Amount
    difference: Amount | None
    url: str
    x: str = ""
    y: str = ""


@dataclass(frozen=True, slots=True)
class ShownFiles:
    days: int
    differences: list[ShownDifference]
    more: int


@dataclass(slots=True)
class Picture:
    scale: "Scale"
    path: str
    zero: int
    closing: Amount
    opening: str
    highest: Amount
    lowest: Amount
    top: tuple[str, str]
    bottom: tuple[str, str]
    days: list[str]
    last_day: str
    points: list[ShownPoint]
    columns: int = COLUMNS
    height: int = HEIGHT
    holes: list[ShownHole] = field(default_factory=list)
    more_holes: bool = False

    @property
    def zero_at(self) -> str:
        return percent(self.zero, self.height)

    @property
    def under(self) -> int:
        """Of the height, what is below zero."""
        return self.height - self.zero


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the transactions of an asset are listed."""

    ledger: Ledger
    wallet: Wallet
    symbol: str

    def url(self, **more: Any) -> str:
        of = {"wallet": self.wallet.pk, "hidden": "all", "asset": self.symbol}
        return f"{reverse('transaction_list', args=[self.ledger.slug])}?{urlencode(of | more)}"

    def days(self, since: datetime, until: datetime) -> str:
        return self.url(since=iso(since), until=iso(until))

    def at(self, row: int, at: datetime) -> str:
        """That row, and under it what came before."""
        return f"{self.url(until=iso(at), size=SIZES[-1])}#t{row}"


@dataclass(frozen=True, slots=True)
class Scale:
    highest: Decimal
    lowest: Decimal

    @classmethod
    def of(cls, values: list[Decimal]) -> "Scale":
        """From the highest to the lowest, zero among them."""
        values = [Decimal(0), *values]
        return cls(max(values), min(values)) if any(values) else cls(Decimal(1), Decimal(0))

    def y(self, value: Decimal) -> int:
        share = (self.highest - value) / (self.highest - self.lowest)
        return PAD + round(share * (HEIGHT - 2 * PAD))


def picture(running: Running, rows: Rows, stated: list[Decimal]) -> Picture:
    scale = Scale.of([running.lowest, running.highest, *stated])
    symbol = running.asset.symbol
    days = [running.start + (running.end - running.start) * n / TICKS for n in range(TICKS)]
    return Picture(
        scale=scale,
        path=path(running, scale),
        zero=scale.y(Decimal(0)),
        opening=exactly(running.opening),
        closing=net(running.closing, symbol),
        highest=net(running.highest, symbol),
        lowest=net(running.lowest, symbol),
        top=(rough(scale.highest), percent(scale.y(scale.highest), HEIGHT)),
        bottom=(rough(scale.lowest), percent(scale.y(scale.lowest), HEIGHT)),
        days=[format_day(day) for day in days],
        last_day=format_day(running.end - MOMENT),
        points=[shown_point(point, rows) for point in running.points],
        holes=[shown_hole(hole, running, rows) for hole in running.holes[:HOLES]],
        more_holes=len(running.holes) > HOLES,
    )


def path(running: Running, scale: Scale) -> str:
    """Steps, not slopes: between two moments nothing moves. A column with several of them is a
    line from the lowest to the highest."""
    zero = scale.y(Decimal(0))
    steps = [f"M0 {zero}V{scale.y(running.opening)}"]
    for point in running.points:
        steps.append(f"H{point.place - 1}.5")
        if point.n > 1:
            steps.append(f"V{scale.y(point.lowest)}V{scale.y(point.highest)}")
        steps.append(f"V{scale.y(point.balance)}")
    return "".join([*steps, f"H{COLUMNS}V{zero}"])


def shown_point(point: Point, rows: Rows) -> ShownPoint:
    several = point.n > 1
    return ShownPoint(
        place=point.place,
        when=moment(point.at),
        url=rows.days(point.at, point.at),
        balance=exactly(point.balance),
        lowest=exactly(point.lowest) if several else "",
        highest=exactly(point.highest) if several else "",
        n=point.n,
    )


def shown_hole(hole: Hole, running: Running, rows: Rows) -> ShownHole:
    return ShownHole(
        since=moment(hole.since),
        until=moment(hole.until) if hole.until else "",
        lowest=net(hole.lowest, running.asset.symbol),
        url=rows.at(hole.row, hole.since),
        x=across(running, hole.since),
    )


def shown_held(held: Held, chosen: bool, url: str) -> ShownHeld:
    asset = held.asset
    return ShownHeld(
        symbol=asset.symbol,
        title=" · ".join(filter(None, (asset.name, asset.chain, asset.contract))),
        amount=net(held.amount, asset.symbol),
        below=held.amount < 0,
        was_below=held.lowest < 0 <= held.amount,
        url=url,
        chosen=chosen,
    )


def shown_stated(each: Compared, running: Running, rows: Rows, scale: Scale) -> ShownStated:
    row, symbol = each.row, running.asset.symbol
    drawn = running.has(row.at)
    return ShownStated(
        row=row,
        when=moment(row.at),
        stated=net(row.amount, symbol),
        computed=net(each.computed, symbol),
        difference=signed(each.difference, symbol) if each.difference else None,
        after=format_day(each.before) if each.before else "",
        by=format_day(each.first),
        url=rows.days(each.before or each.first, each.first),
        edit_url=reverse("stated_balance", args=[rows.ledger.slug, row.pk]),
        x=across(running, row.at) if drawn else "",
        y=percent(scale.y(row.amount), HEIGHT) if drawn else "",
    )


def shown_files(files: Filed, running: Running, rows: Rows, scale: Scale) -> ShownFiles:
    shown = [
        shown_difference(each, running, rows, scale) for each in files.differences[:DIFFERENCES]
    ]
    return ShownFiles(files.days, shown, len(files.differences) - len(shown))


def shown_difference(
    each: Difference, running: Running, rows: Rows, scale: Scale
) -> ShownDifference:
    drawn = running.has(each.at)
    return ShownDifference(
        day=format_day(each.at),
        stated=net(each.stated, rows.symbol),
        computed=net(each.computed, rows.symbol),
        difference=signed(each.difference, rows.symbol) if each.difference else None,
        url=rows.days(each.at, each.at),
        x=across(running, each.at) if drawn else "",
        y=percent(scale.y(each.stated), HEIGHT) if drawn else "",
    )


def across(running: Running, at: datetime) -> str:
    """The middle of its column, as the path has it."""
    return percent(max(0, 2 * bisect_right(running.starts, at) - 1), 2 * COLUMNS)


def percent(part: int, of: int) -> str:
    return f"{100 * part / of:.2f}%"


def net(value: Decimal, symbol: str) -> Amount:
    return amount(value, symbol, "−" if value < 0 else "")


def exactly(value: Decimal) -> str:
    """Every digit, as text."""
    shown = net(value, "")
    return f"{shown.sign}{shown.head}{shown.tail}"


def rough(value: Decimal) -> str:
    """For the edge of a picture: four digits say how high it is."""
    shown = net(Decimal(f"{value:.4g}"), "")
    return f"{shown.sign}{shown.head}{shown.tail}" if abs(value) < 10**12 else f"{value:.3e}"


def moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{full_day(local)}, {local:%H:%M:%S}"


def iso(at: datetime) -> str:
    return timezone.localtime(at).date().isoformat()
