import pytest

from formats.parsing.records import RowError, Skipped
from tests.imports.helpers import entries_of, lines_of, shape

HEADER = (
    "Internal id,Date and time,Transaction type,Coin type,Coin amount,USD Value,"
    "Original Reward Coin,Reward Amount In Original Coin,Confirmed"
)


def line(kind: str, asset: str, amount: str, confirmed: str = "Yes", id: str = "c1") -> str:
    return f'{id},"March 7, 2021 1:30 PM",{kind},{asset},{amount},1,,,{confirmed}'


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("Transfer", "BTC", "0.25")], [("deposit", "", "0.25 BTC", "")]),
        ([line("deposit", "BTC", "0.25")], [("deposit", "", "0.25 BTC", "")]),
        ([line("inbound_transfer", "BTC", "1")], [("deposit", "", "1 BTC", "")]),
        ([line("Outbound Transfer", "BTC", "-1")], [("withdrawal", "1 BTC", "", "")]),
        ([line("Withdrawal", "BTC", "-1")], [("withdrawal", "1 BTC", "", "")]),
        ([line("Interest", "BTC", "0.00000001")], [("reward", "", "0.00000001 BTC", "")]),
        ([line("Promo Code Reward", "BTC", "1")], [("reward", "", "1 BTC", "")]),
        ([line("Referrer Award", "BTC", "1")], [("reward", "", "1 BTC", "")]),
        ([line("Bonus Token", "CEL", "1")], [("reward", "", "1 CEL", "")]),
        (
            [line("Swap out", "BTC", "-0.1"), line("Swap in", "ETH", "2.75", id="c2")],
            [("trade", "0.1 BTC", "2.75 ETH", "")],
        ),
        ([line("Swap in", "ETH", "2.75")], [("trade", "", "2.75 ETH", "")]),
        ([line("Quiz", "BTC", "1")], [("other", "", "1 BTC", "")]),
    ],
)
def test_kinds_of_lines(lines: list[str], expected: list[tuple[str, ...]]) -> None:
    assert [shape(entry) for entry in entries_of(text(*lines))] == expected


def test_what_is_not_confirmed_moved_nothing() -> None:
    pending = line("Withdrawal", "BTC", "-1", confirmed="No")

    assert lines_of(text(pending)) == [Skipped(2, "it moved nothing: it is not confirmed")]


@pytest.mark.parametrize(
    ("broken", "column"),
    [
        (line("", "BTC", "1"), "Transaction type"),
        (line("Interest", "", "1"), "Coin type"),
        (line("Interest", "BTC", "much"), "Coin amount"),
        (line("Interest", "BTC", "1", confirmed="unheard of"), "Confirmed"),
        (line("Interest", "BTC", "1").replace("1:30", "1:75"), "Date and time"),
    ],
)
def test_broken_line_names_its_column(broken: str, column: str) -> None:
    (error,) = lines_of(text(broken))

    assert isinstance(error, RowError)
    assert error.column == column
