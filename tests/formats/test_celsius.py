import pytest

from formats.parsing.records import RowError, Skipped
from tests.imports.helpers import entries_of, lines_of, shape

HEADER = (
    "Internal id, Date and time, Transaction type, Coin type, Coin amount, USD Value"
    ", Original Reward Coin, Reward Amount In Original Coin, Confirmed"
)


def line(
    kind: str,
    asset: str,
    amount: str,
    value: str = "",
    confirmed: str = "Yes",
    time: str = "February 6, 2022 2:05 PM",
) -> str:
    return f'da097cf7,"{time}",{kind},{asset},{amount},{value},,,{confirmed}'


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("Transfer", "BTC", "1")], [("deposit", "", "1 BTC", "")]),
        ([line("Inbound Transfer", "BTC", "1")], [("deposit", "", "1 BTC", "")]),
        ([line("deposit", "MCDAI", "1")], [("deposit", "", "1 DAI", "")]),
        ([line("Withdrawal", "BTC", "-1")], [("withdrawal", "1 BTC", "", "")]),
        ([line("outbound_transfer", "BTC", "-1")], [("withdrawal", "1 BTC", "", "")]),
        ([line("Reward", "CEL", "1")], [("reward", "", "1 CEL", "")]),
        ([line("interest", "CEL", "1")], [("reward", "", "1 CEL", "")]),
        ([line("Promo Code Reward", "BTC", "1")], [("reward", "", "1 BTC", "")]),
        ([line("referred_award", "BTC", "1")], [("reward", "", "1 BTC", "")]),
        ([line("Bonus Token", "CEL", "1")], [("reward", "", "1 CEL", "")]),
        ([line("Collateral", "ETH", "-1")], [("transfer", "1 ETH", "", "")]),
        ([line("Loan Interest Payment", "ETH", "-1")], [("payment", "1 ETH", "", "")]),
        (
            [line("Swap out", "BTC", "-1"), line("Swap in", "ETH", "13")],
            [("trade", "1 BTC", "13 ETH", "")],
        ),
        ([line("Swap out", "BTC", "-1")], [("trade", "1 BTC", "", "")]),
        ([line("Quiz", "BTC", "1")], [("other", "", "1 BTC", "")]),
        ([line("", "BTC", "-1")], [("other", "1 BTC", "", "")]),
    ],
)
def test_kinds_of_lines(lines: list[str], expected: list[tuple[str, ...]]) -> None:
    assert [shape(entry) for entry in entries_of(text(*lines))] == expected


@pytest.mark.parametrize(
    "lines",
    [
        [line("Withdrawal", "BTC", "-1", "-41500.5")],
        [line("Swap out", "BTC", "-1", "-41500.5"), line("Swap in", "ETH", "13", "41400")],
    ],
)
def test_value_is_kept_and_has_no_sign(lines: list[str]) -> None:
    (entry,) = entries_of(text(*lines))

    assert (f"{entry.value.amount:f}", entry.value.currency) == ("41500.5", "USD")


def test_swap_is_worth_what_went_out_in_whatever_order_the_lines_stand() -> None:
    lines = [line("swap_out", "BTC", "-1", "-50"), line("swap_in", "ETH", "9", "49")]

    for some in (lines, lines[::-1]):
        (entry,) = entries_of(text(*some))
        assert str(entry.value.amount) == "50"


def test_swaps_of_one_minute_stay_apart_where_a_pair_would_be_a_guess() -> None:
    swaps = [
        *(line("Swap out", "BTC", "-1"), line("Swap in", "ETH", "13")),
        *(line("Swap out", "LTC", "-1"), line("Swap in", "ADA", "100")),
    ]

    assert len(entries_of(text(*swaps))) == 4


def test_time_is_of_the_afternoon() -> None:
    (entry,) = entries_of(text(line("Transfer", "BTC", "1")))

    assert entry.occurred_at.isoformat() == "2022-02-06T14:05:00+00:00"


def test_what_is_not_confirmed_moved_nothing() -> None:
    assert lines_of(text(line("Withdrawal", "BTC", "-1", confirmed="No"))) == [
        Skipped(2, "it moved nothing: it is not confirmed")
    ]


@pytest.mark.parametrize(
    ("broken", "column"),
    [
        (line("Reward", "", "1"), "Coin type"),
        (line("Reward", "CEL", "much"), "Coin amount"),
        (line("Reward", "CEL", "1", "much"), "USD Value"),
        (line("Reward", "CEL", "1", confirmed="unheard of"), "Confirmed"),
        (line("Reward", "CEL", "1", time="yesterday"), "Date and time"),
        (line("Reward", "CEL", "1").replace("da097cf7", ""), "Internal id"),
    ],
)
def test_broken_line_names_its_column(broken: str, column: str) -> None:
    (error,) = lines_of(text(broken))

    assert isinstance(error, RowError)
    assert error.column == column
