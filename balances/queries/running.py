"""What a wallet held of an asset, from moment to moment. Added up by the database, exactly.

Rows of one moment count together: which of them was first, nobody knows. Hidden rows count, as they
moved money too; deleted ones do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from contacts.models import Wallet
from transactions.models import Asset

# Of the picture, in each of which the lowest and the highest balance are kept.
COLUMNS = 300
HOLES = 20

OF_WALLET = "t.ledger_id = %(ledger)s AND t.wallet_id = %(wallet)s AND t.deleted_at IS NULL"
OF_ASSET = "%(asset)s IN (t.received_asset_id, t.sent_asset_id, t.fee_asset_id)"
CHANGE = """
    CASE t.received_asset_id WHEN %(asset)s THEN t.received_amount ELSE 0 END
    - CASE t.sent_asset_id WHEN %(asset)s THEN t.sent_amount ELSE 0 END
    - CASE t.fee_asset_id WHEN %(asset)s THEN t.fee_amount ELSE 0 END
"""
MOVED = f"""
    moved AS (
        SELECT t.occurred_at AS at, sum({CHANGE}) AS change,
            min(t.id) FILTER (WHERE {CHANGE} < 0) AS taken_by
        FROM transactions_transaction AS t WHERE {OF_WALLET} AND {OF_ASSET} GROUP BY t.occurred_at
    )
"""
RUNNING = f"""
    {MOVED}, running AS (
        SELECT at, taken_by, sum(change) OVER (ORDER BY at) AS balance FROM moved
    )
"""
POINTS = f"""
    WITH {RUNNING}, placed AS (
        SELECT at, balance, width_bucket(at, %(starts)s::timestamptz[]) AS place,
            width_bucket(lead(at) OVER (ORDER BY at), %(starts)s::timestamptz[]) AS next
        FROM running WHERE at < %(end)s
    )
    SELECT place, count(*), max(at), min(balance), max(balance),
        max(balance) FILTER (WHERE next IS DISTINCT FROM place)
    FROM placed GROUP BY place ORDER BY place
"""
BELOW = f"""
    WITH {RUNNING}, stepped AS (
        SELECT *, lead(at) OVER (ORDER BY at) AS next,
            balance < 0 AND coalesce(lag(balance) OVER (ORDER BY at), 0) >= 0 AS begins
        FROM running
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE begins) OVER (ORDER BY at) AS hole FROM stepped
    )
    SELECT min(at), CASE WHEN bool_and(next IS NOT NULL) THEN max(next) END, min(balance),
        min(taken_by) FILTER (WHERE begins)
    FROM numbered WHERE balance < 0 GROUP BY hole
    HAVING min(at) < %(end)s
        AND (max(next) > %(start)s OR NOT bool_and(next IS NOT NULL))
    ORDER BY 1 LIMIT {HOLES + 1}
"""
ASSETS = f"""
    WITH moved AS (
        SELECT asset, at, count(*) AS n, sum(change) AS change FROM (
            SELECT t.received_asset_id AS asset, t.occurred_at AS at, t.received_amount AS change
            FROM transactions_transaction AS t WHERE {OF_WALLET} AND t.received_asset_id IS NOT NULL
            UNION ALL SELECT t.sent_asset_id, t.occurred_at, -t.sent_amount
            FROM transactions_transaction AS t WHERE {OF_WALLET} AND t.sent_asset_id IS NOT NULL
            UNION ALL SELECT t.fee_asset_id, t.occurred_at, -t.fee_amount
            FROM transactions_transaction AS t WHERE {OF_WALLET} AND t.fee_asset_id IS NOT NULL
        ) AS parts GROUP BY asset, at
    ), running AS (
        SELECT *, sum(change) OVER (PARTITION BY asset ORDER BY at) AS balance FROM moved
    )
    SELECT asset, sum(change), min(balance), sum(n)::bigint FROM running GROUP BY asset
"""
RANGE = f"""
    SELECT min(t.occurred_at), max(t.occurred_at) FROM transactions_transaction AS t
    WHERE {OF_WALLET} AND {OF_ASSET}
"""


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
        length = self.end - self.start
        self.starts = [self.start + length * n / COLUMNS for n in range(COLUMNS)]
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

    def rows(self, sql: str) -> list[Any]:
        of = {"starts": self.starts, "start": self.start, "end": self.end}
        return found(sql, self.wallet, asset=self.asset.pk, **of)


def found(sql: str, wallet: Wallet, **values: Any) -> list[Any]:
    values |= {"ledger": wallet.ledger_id, "wallet": wallet.pk}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


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
