"""The balance from moment to moment, against a sum that nobody but Python has made."""

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from balances.queries.running import COLUMNS, Point, Running, assets_of, span
from contacts.models import Wallet
from ledgers.models import Ledger
from tests.factories import NOON, coin, make_transaction, make_wallet
from transactions.models import Asset, Transaction

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
LENGTH = timedelta(days=30)
PARTS = {"received": 1, "sent": -1, "fee": -1}
# Few moments, so that some are shared; some before what is drawn, and after it.
moments = st.integers(-3, 60).map(lambda n: FIRST + n * timedelta(hours=13, microseconds=7))
amounts = st.decimals(0, 1000, places=36) | st.sampled_from([Decimal(9 * 10**60), Decimal(0)])
parts = st.dictionaries(
    st.sampled_from([*PARTS]), st.tuples(amounts, st.sampled_from("AB")), min_size=1
)
rows = st.lists(st.tuples(moments, parts, st.booleans()), min_size=3, max_size=14)

type Rows = list[tuple[datetime, dict[str, tuple[Decimal, str]], bool]]


def write(wallet: Wallet, assets: dict[str, Asset], rows: Rows) -> None:
    made = []
    for at, moved, deleted in rows:
        row = Transaction(ledger=wallet.ledger, wallet=wallet, occurred_at=at, type="other")
        row.deleted_at = NOON if deleted else None
        for part, (amount, of) in moved.items():
            setattr(row, f"{part}_amount", amount)
            setattr(row, f"{part}_asset", assets[of])
        made.append(row)
    Transaction.objects.bulk_create(made)


def balances(rows: Rows, asset: str) -> dict[datetime, Decimal]:
    """After each moment that moved it."""
    changes: dict[datetime, Decimal] = defaultdict(Decimal)
    for at, moved, deleted in rows:
        for part, (amount, of) in moved.items():
            if of == asset and not deleted:
                changes[at] += PARTS[part] * amount
    found, balance = {}, Decimal(0)
    for at in sorted(changes):
        found[at] = balance = balance + changes[at]
    return found


def expected(after: dict[datetime, Decimal], running: Running) -> tuple[Decimal, list[Point]]:
    columns: dict[int, list[datetime]] = defaultdict(list)
    for at in after:
        if at < running.end:
            columns[bisect_right(running.starts, at)].append(at)
    before = columns.pop(0, [])
    points = []
    for place, moments in sorted(columns.items()):
        values = [after[at] for at in moments]
        last = max(moments)
        points.append(Point(place, len(values), last, min(values), max(values), after[last]))
    return after[max(before)] if before else Decimal(0), points


def holes(after: dict[datetime, Decimal]) -> list[tuple[datetime, datetime | None, Decimal]]:
    found: list[Any] = []
    for at, balance in after.items():
        open_ = found and found[-1][1] is None
        if balance >= 0 and open_:
            found[-1][1] = at
        elif balance < 0 and not open_:
            found.append([at, None, balance])
        elif balance < 0:
            found[-1][2] = min(found[-1][2], balance)
    return [tuple(each) for each in found]


@pytest.mark.slow
def test_points_and_holes_equal_an_independent_sum(ledger: Ledger) -> None:
    """However many moments a column has: none that is below zero is lost."""
    wallet = make_wallet(ledger)
    assets = {symbol: coin(ledger, symbol) for symbol in "AB"}
    a = assets["A"]

    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(rows, st.sampled_from([LENGTH, timedelta(minutes=1), timedelta(days=9000)]))
    def look(rows: Rows, length: timedelta) -> None:
        with transaction.atomic():
            write(wallet, assets, rows)
            running = Running(wallet, a, FIRST, FIRST + length)
            held = {each.asset.symbol: each for each in assets_of(wallet)}
            first_last = span(wallet, a)
            transaction.set_rollback(True)
        after = balances(rows, "A")
        opening, points = expected(after, running)
        assert (running.opening, running.points) == (opening, points)
        in_time = [
            hole
            for hole in holes(after)
            if hole[0] < running.end and (hole[1] is None or hole[1] > running.start)
        ]
        drawn = [(hole.since, hole.until, hole.lowest) for hole in running.holes]
        assert drawn == in_time
        assert first_last == ((min(after), max(after)) if after else None)
        assert ("A" in held) == bool(after)
        if after:
            assert held["A"].amount == after[max(after)]
            assert held["A"].lowest == min(after.values())

    look()


def test_hole_names_the_row_before_which_something_is_missing(ledger: Ledger) -> None:
    day = timedelta(days=1)
    make_transaction(ledger, received=("1", "ETH"), occurred_at=NOON)
    # In one moment: what came in with it is there.
    make_transaction(ledger, sent=("3", "ETH"), type="other", occurred_at=NOON + day)
    make_transaction(ledger, received=("2", "ETH"), occurred_at=NOON + day)
    taker = make_transaction(ledger, fee=("0.1", "ETH"), type="fee", occurred_at=NOON + 2 * day)
    make_transaction(ledger, sent=("1", "ETH"), type="other", occurred_at=NOON + 3 * day)
    make_transaction(ledger, received=("2", "ETH"), occurred_at=NOON + 4 * day, hidden=True)

    wallet, eth = ledger.wallets.get(), coin(ledger, "ETH")
    (hole,) = Running(wallet, eth, NOON, NOON + 30 * day).holes

    assert (hole.since, hole.until) == (NOON + 2 * day, NOON + 4 * day)
    assert (hole.lowest, hole.row) == (Decimal("-1.1"), taker.pk)


def test_hole_is_found_whichever_column_it_is_in(ledger: Ledger) -> None:
    """A minute of ten years, between two columns' ends."""
    minute = timedelta(minutes=1)
    for n, moved in enumerate([{"received": "5"}, {"sent": "6"}, {"received": "2"}]):
        for part, amount in moved.items():
            make_transaction(
                ledger, **{part: (amount, "ETH")}, type="other", occurred_at=NOON + n * minute
            )

    wallet, eth = ledger.wallets.get(), coin(ledger, "ETH")
    running = Running(wallet, eth, NOON, NOON + timedelta(days=3650))

    (point,) = running.points
    assert (point.n, point.lowest, point.highest, point.balance) == (3, -1, 5, 1)
    assert len(running.holes) == 1
    assert len(running.starts) == COLUMNS


def test_all_days_that_there_are_can_be_drawn(ledger: Ledger) -> None:
    make_transaction(ledger, received=("1", "ETH"), occurred_at=NOON)
    first, last = (datetime(year, 6, 1, tzinfo=UTC) for year in (1, 9999))

    running = Running(ledger.wallets.get(), coin(ledger, "ETH"), first, last)

    assert [point.at for point in running.points] == [NOON]
    assert first == running.starts[0] < running.starts[-1] < last


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_columns_of_a_day_on_which_clocks_change_are_of_one_length(
    ledger: Ledger, day: date
) -> None:
    start = datetime.combine(day, time.min, ZoneInfo("Europe/Berlin"))

    running = Running(make_wallet(ledger), coin(ledger, "ETH"), start, start + timedelta(days=1))

    starts = [each.timestamp() for each in (*running.starts, running.end)]
    assert {b - a for a, b in pairwise(starts)} == {(starts[-1] - starts[0]) / COLUMNS}
