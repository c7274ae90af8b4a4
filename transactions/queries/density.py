"""About how many rows of a ledger come before or after a moment, by the numbers of its months."""

from datetime import datetime, timedelta


class Density:
    """Of `months`: the beginnings of months and the number of rows of each, the latest first. Rows
    of a month are taken to be spread evenly over it."""

    def __init__(self, months: list[tuple[datetime, int]]) -> None:
        self.months = [(month, length(month), n) for month, n in months]

    def later_than(self, at: datetime) -> float:
        """The number of rows."""
        return sum(
            n * max(0, 1 - max(at - month, timedelta(0)) / whole) for month, whole, n in self.months
        )

    def moment(self, rows: float) -> datetime | None:
        """The one that so many rows are later than; None where there are not so many."""
        for month, whole, n in self.months if rows >= 0 else ():
            if rows < n:
                return month + whole * (1 - rows / n)
            rows -= n
        return None


def length(month: datetime) -> timedelta:
    """Up to its last moment: the next month may be beyond all dates."""
    last_days = (month + timedelta(days=27 + n) for n in (1, 2, 3))
    days = 28 + sum(day.month == month.month for day in last_days)
    return timedelta(days=days, microseconds=-1)
