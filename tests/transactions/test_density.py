from datetime import UTC, datetime, timedelta

import pytest

from transactions.queries.density import Density

MAY, JULY = datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
# Nothing in June.
SPREAD = Density([(JULY, 300), (MAY, 60)])


@pytest.mark.parametrize(
    ("at", "rows"),
    [
        (JULY + timedelta(days=45), 0),
        (JULY + timedelta(days=20), 100),
        (JULY, 300),
        (JULY - timedelta(days=9), 300),
        (MAY + timedelta(days=15), 330),
        (MAY - timedelta(days=900), 360),
    ],
)
def test_rows_that_are_later(at: datetime, rows: float) -> None:
    assert SPREAD.later_than(at) == pytest.approx(rows)


@pytest.mark.parametrize(
    ("rows", "at"),
    [
        (-1, None),
        (0, JULY + timedelta(days=30)),
        (100, JULY + timedelta(days=20)),
        (330, MAY + timedelta(days=15)),
        (360, None),
    ],
)
def test_moment_that_rows_are_later_than(rows: float, at: datetime | None) -> None:
    assert SPREAD.moment(rows) == at


def test_last_month_of_all_years_has_an_end() -> None:
    """Django keeps such a date, though no form takes it."""
    assert Density([(datetime(9999, 12, 1, tzinfo=UTC), 1)]).moment(0)
