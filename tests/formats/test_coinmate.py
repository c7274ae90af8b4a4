import pytest

from formats.parsing.records import RowError, Skipped
from tests.imports.helpers import entries_of, lines_of, shape

HEADER = (
    "ID;Date;Type;Amount;Amount Currency;Price;Price Currency;Fee;Fee Currency;Total;Total Currency"
    ";Description;Status"
)
HASH = "1f2e3d4c5b6a79880f1e2d3c4b5a69780f1e2d3c4b5a69781f2e3d4c5b6a7988"


def line(
    kind: str,
    amount: str,
    fee: str = " ; ",
    total: str = " ; ",
    note: str = "",
    status: str = "OK",
    time: str = "2024-01-31 14:05:00",
) -> str:
    return f"7;{time};{kind};{amount}; ; ;{fee};{total};{note};{status}"


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            line("QUICK_BUY", "0.5;LTC", "0.1;EUR", "-23.1;EUR"),
            ("trade", "23 EUR", "0.5 LTC", "0.1 EUR"),
        ),
        (
            line("SELL", "-0.5;LTC", "0.1;EUR", "22.9;EUR"),
            ("trade", "0.5 LTC", "23 EUR", "0.1 EUR"),
        ),
        (
            line("BUY", "0.5;LTC", "0.01;LTC", "23.1;EUR"),
            ("trade", "23.1 EUR", "0.5 LTC", "0.01 LTC"),
        ),
        (line("DEPOSIT", "100;EUR", status="COMPLETED"), ("deposit", "", "100 EUR", "")),
        (
            line("WITHDRAWAL", "-1;LTC", "0.01;LTC", "-1.01;LTC"),
            ("withdrawal", "1 LTC", "", "0.01 LTC"),
        ),
        (line("BALANCE_MOVE_CREDIT", "1;LTC"), ("transfer", "", "1 LTC", "")),
        (line("BALANCE_MOVE_DEBIT", "-1;LTC"), ("transfer", "1 LTC", "", "")),
        (line("REFERRAL", "0.1;LTC"), ("reward", "", "0.1 LTC", "")),
        (line("", "0.1;CZK", note="User: somebody (ID: 1)"), ("reward", "", "0.1 CZK", "")),
        (line("LOAN", "-1;LTC"), ("other", "1 LTC", "", "")),
    ],
)
def test_kinds_of_lines(written: str, expected: tuple[str, ...]) -> None:
    assert [shape(entry) for entry in entries_of(text(written))] == [expected]


def test_withdrawal_says_which_transaction_it_was() -> None:
    (entry,) = entries_of(text(line("WITHDRAWAL", "-1;LTC", note=f"LTC: {HASH}")))

    assert entry.tx_hash == HASH
    assert entry.note == f"LTC: {HASH}"


def test_czech_date_begins_with_the_day() -> None:
    (entry,) = entries_of(text(line("DEPOSIT", "1;CZK", time="03.04.2021 9:42")))

    assert f"{entry.occurred_at:%Y-%m-%d %H:%M}" == "2021-04-03 09:42"


def test_what_was_cancelled_moved_nothing() -> None:
    cancelled = line("WITHDRAWAL", "-1;LTC", status="CANCELLED")

    assert lines_of(text(cancelled)) == [Skipped(2, "it moved nothing: its status is “CANCELLED”")]


@pytest.mark.parametrize(
    ("broken", "column"),
    [
        (line("DEPOSIT", "much;LTC"), "Amount"),
        (line("DEPOSIT", "1;"), "Amount Currency"),
        (line("", "1;LTC"), "Type"),
        (line("BUY", "1;LTC", total=" ;EUR"), "Total"),
        (line("BUY", "1;LTC"), "Total Currency"),
        (line("BUY", "1;LTC", "2;EUR", "-1;EUR"), "Fee"),
        (line("BUY", "1;LTC", "2; ", "-1;EUR"), "Fee Currency"),
        (line("DEPOSIT", "1;LTC", status="unheard of"), "Status"),
        (line("DEPOSIT", "1;LTC", time="2024-01-31"), "Date"),
        (line("DEPOSIT", "1;LTC").replace("7;", ";", 1), "ID"),
    ],
)
def test_broken_line_names_its_column(broken: str, column: str) -> None:
    (error,) = lines_of(text(broken))

    assert isinstance(error, RowError)
    assert error.column == column
