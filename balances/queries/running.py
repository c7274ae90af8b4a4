"""What a wallet held of an asset, from moment to moment. Added up by the database, exactly.

Hidden rows count, as they
moved money too; deleted ones do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from balances.queries.statements import ASSETS, BELOW, POINTS, RANGE
from contacts.models import Wallet
from transactions.models import Asset

# Of the picture, in each of which the lowest and the highest balance are kept.
COLUMNS = 300


@dataclass(frozen=True, slots=True)
class Held:
    """An asset that a wallet has had: how much of it is left, and the least that it ever had."""

    asset: Asset
    amount: Decimal
    lowest: Decimal
    n: int


@dataclass(frozen=True, slots=True)
class Point:
    """A column of the picture in which something moved: the balance at its end, with the last
    moment, and the lowest and the highest after any moment in it."""

    place: int
    n: int
    at: datetime
    lowest: Decimal
    highest: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Hole:
    """The balance was below zero from then on; until now where there is no end. `row` is the first
    that took what was not there: before it something is missing."""

    since: datetime
    until: datetime | None
    lowest: Decimal
    row: int


@dataclass(slots=True)
class Running:
    """A balance between two moments, in columns of the same length."""

    wallet: Wallet
    asset: Asset
    start: datetime
    end: datetime
    starts: list[datetime] = field(init=False)
    # What was there before the first column.
    opening: Decimal = field(default=Decimal(0), init=False)
    points: list[Point] = field(default_factory=list, init=False)
    holes: list[Hole] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        # In UTC: where clocks go forward, local times are not in order.
        start, end = self.start.astimezone(UTC), self.end.astimezone(UTC)
        step = (end - start) / COLUMNS
        self.starts = [start + step * n for n in range(COLUMNS)]
        found = [Point(*row) for row in self.rows(POINTS)]
        if found and not found[0].place:
            self.opening = found.pop(0).balance
        self.points = found
        if self.lowest < 0:
            self.holes = [Hole(*row) for row in self.rows(BELOW)]

    @property
    def lowest(self) -> Decimal:
        return min([self.opening, *(point.lowest for point in self.points)])

    @property
    def highest(self) -> Decimal:
        return max([self.opening, *(point.highest for point in self.points)])

    @property
    def closing(self) -> Decimal:
        return self.points[-1].balance if self.points else self.opening

    def has(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def rows(self, sql: str) -> list[Any]:
        of = {"starts": self.starts, "start": self.start, "end": self.end}
        return found(sql, self.wallet, asset=self.asset.pk, **of)


def found(sql: str, wallet: Wallet, **values: Any) -> list[Any]:
    values |= {"ledger": wallet.ledger_id, "wallet": wallet.pk}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[Any] = cursor.fetchall()
    return rows


def assets_of(wallet: Wallet) -> list[Held]:
    """What is or was below zero first, then the most used."""
    rows: Sequence[Any] = found(ASSETS, wallet)
    assets = Asset.objects.in_bulk([asset for asset, *_of in rows])
    held = [Held(assets[asset], *of) for asset, *of in rows]
    return sorted(
        held, key=lambda h: (h.amount >= 0, h.lowest >= 0, -h.n, h.asset.symbol, h.asset.pk)
    )


def span(wallet: Wallet, asset: Asset) -> tuple[datetime, datetime] | None:
    """The first and the last moment that moved it."""
    ((first, last),) = found(RANGE, wallet, asset=asset.pk)
    return (first, last) if first else None
