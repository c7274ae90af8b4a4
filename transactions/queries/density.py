"""About how many rows of a ledger come before or after a moment, by the numbers of its months."""

from datetime import datetime, timedelta

# About.
MONTH = timedelta(days=30)


class Density:
    """Of `months`: the beginnings of months and the number of rows of each, the latest first. Rows
    of a month are taken to be spread evenly over it."""

    def __init__(self, months: list[tuple[datetime, int]]) -> None:
        self.months = [(month, month + MONTH, n) for month, n in months]

    def later_than(self, at: datetime) -> float:
        """The number of rows."""
        return sum(
            n * max(timedelta(0), end - max(at, month)) / MONTH for month, end, n in self.months
        )

    def moment(self, rows: float) -> datetime | None:
        """The one that so many rows are later than; None where there are not so many."""
        for _month, end, n in self.months if rows >= 0 else ():
            if rows < n:
                return end - MONTH * (rows / n)
            rows -= n
        return None
