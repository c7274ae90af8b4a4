from datetime import UTC, datetime, timedelta

import pytest

from transactions.queries.density import Density

MARCH, FEBRUARY = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)
MAY = datetime(2025, 5, 1, tzinfo=UTC)
# Nothing in April.
SPREAD = Density([(MAY, 310), (MARCH, 62), (FEBRUARY, 56)])


@pytest.mark.parametrize(
    ("at", "rows"),
    [
        (MAY + timedelta(days=45), 0),
        (MAY + timedelta(days=21), 100),
        (MAY, 310),
        (MAY - timedelta(days=9), 310),
        (MARCH + timedelta(days=1), 370),
        (FEBRUARY + timedelta(days=14), 400),
        (FEBRUARY - timedelta(days=900), 428),
    ],
)
def test_rows_that_are_later(at: datetime, rows: float) -> None:
    assert SPREAD.later_than(at) == pytest.approx(rows, abs=0.01)


@pytest.mark.parametrize("rows", [0, 1, 309.5, 310, 371, 372, 373, 427])
def test_moment_that_rows_are_later_than(rows: float) -> None:
    at = SPREAD.moment(rows)

    assert at
    assert SPREAD.later_than(at) == pytest.approx(rows, abs=0.01)


@pytest.mark.parametrize("rows", [-1, 428])
def test_no_moment_has_fewer_rows_than_none_or_more_than_all_behind_it(rows: float) -> None:
    assert SPREAD.moment(rows) is None


def test_last_month_of_all_years_has_an_end() -> None:
    """Django keeps such a date, though no form takes it."""
    assert Density([(datetime(9999, 12, 1, tzinfo=UTC), 1)]).moment(0)
