from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from formats.parsing.records import RowError
from formats.readers.binance_history import type_of
from tests.imports.helpers import built_of, entries_of, identities_of, lines_of, shape

HEADER = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark"


def move(operation: str, coin: str, change: str, account: str = "Spot", remark: str = "") -> str:
    return f"7,2024-05-16 12:57:55,{account},{operation},{coin},{change},{remark}"


BUY, SPEND = move("Transaction Buy", "ETH", "2"), move("Transaction Spend", "EUR", "-9")
FEE = move("Transaction Fee", "BNB", "-0.1")


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


def shapes(*lines: str) -> list:
    return [shape(entry) for entry in entries_of(text(*lines))]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([BUY, SPEND, FEE], ("trade", "9 EUR", "2 ETH", "0.1 BNB")),
        ([FEE, SPEND, BUY], ("trade", "9 EUR", "2 ETH", "0.1 BNB")),
        ([BUY, SPEND], ("trade", "9 EUR", "2 ETH", "")),
        (
            [move("Buy", "ETH", "2"), move("Buy", "EUR", "-9")],
            ("trade", "9 EUR", "2 ETH", ""),
        ),
        (
            [move("ETH 2.0 Staking", "BETH", "1"), move("ETH 2.0 Staking", "ETH", "-1")],
            ("trade", "1 ETH", "1 BETH", ""),
        ),
    ],
)
def test_second_with_one_of_each_is_a_trade(lines, expected):
    assert shapes(*lines) == [expected]


@pytest.mark.parametrize(
    "lines",
    [
        [BUY],
        [BUY, FEE],
        [BUY, BUY, SPEND],
        [BUY, SPEND, SPEND],
        [BUY, SPEND, FEE, FEE],
        [BUY, SPEND, move("Deposit", "BTC", "1")],
        [BUY, move("Withdraw", "EUR", "-9")],
        [move("Transaction Buy", "ETH", "0"), SPEND],
        [BUY, move("Transaction Spend", "EUR", "-9", account="Funding")],
        [BUY, SPEND.replace("12:57:55", "12:57:56")],
        [BUY, SPEND.replace("7,", "8,", 1)],
        [BUY, SPEND, move("Transaction Fee", "BNB", "0.1")],
    ],
)
def test_any_other_second_stays_one_row_per_line(lines):
    built = built_of(text(*lines))

    assert [len(each.rows) for each in built] == [1] * len(lines)


def test_six_identical_lines_are_six_rows_of_one_group():
    entries = entries_of(text(*[BUY] * 6))

    assert [shape(entry) for entry in entries] == [("trade", "", "2 ETH", "")] * 6
    assert {entry.group for entry in entries} == {"Spot 2024-05-16 12:57:55"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (FEE, ("fee", "", "", "0.1 BNB")),
        (move("Deposit", "EUR", "5"), ("deposit", "", "5 EUR", "")),
        (move("Withdraw", "EUR", "-5"), ("withdrawal", "5 EUR", "", "")),
        (move("Launchpool Earnings Withdrawal", "EUR", "5"), ("reward", "", "5 EUR", "")),
        (move("Token Swap - Distribution", "EUR", "5"), ("reward", "", "5 EUR", "")),
        (move("Token Swap - Distribution", "EUR", "-5"), ("other", "5 EUR", "", "")),
        (move("ABC", "ETH", "-15"), ("other", "15 ETH", "", "")),
        (move("ABC", "ETH", "15"), ("other", "", "15 ETH", "")),
        (move("ABC", "ETH", "0"), ("other", "", "0 ETH", "")),
        (move("Fee", "ETH", "9.1E-7"), ("other", "", "0.00000091 ETH", "")),
        (move("Sell", "ETH", "-3.605E-05"), ("trade", "0.00003605 ETH", "", "")),
    ],
)
def test_line_by_itself_goes_by_its_sign(line, expected):
    assert shapes(line) == [expected]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("Simple Earn Locked Rewards", "reward"),
        ("ETH 2.0 Staking Rewards", "reward"),
        ("Commission History", "reward"),
        ("Airdrop Assets", "airdrop"),
        ("Transfer Between Main and Funding Wallet", "transfer"),
        ("Simple Earn Flexible Subscription", "transfer"),
        ("POS savings purchase", "transfer"),
        ("Staking Redemption", "transfer"),
        ("Fiat Deposit", "deposit"),
        ("Fiat Withdraw", "withdrawal"),
        ("Funding Fee", "other"),
        ("Realized Profit and Loss", "other"),
    ],
)
def test_operations_have_types(operation, expected):
    assert type_of(operation.lower()) == expected


def test_remarks_of_a_trade_become_one_note():
    lines = [BUY + "one", SPEND + "two", FEE + "one"]

    assert [entry.note for entry in entries_of(text(*lines))] == ["one; two"]


def test_year_of_two_digits_comes_first():
    header = HEADER.replace("UTC_Time", "Time").replace("_", " ")

    (entry,) = entries_of(f"{header}\n7,20-03-15 10:00:00,Spot,Deposit,BTC,1,\n")

    assert entry.occurred_at == datetime(2020, 3, 15, 10, tzinfo=UTC)


@pytest.mark.parametrize(("column", "hour"), [("UTC_Time", 10), ("Time", 8)])
def test_zone_is_asked_for_only_where_the_column_does_not_name_one(column, hour):
    header = HEADER.replace("UTC_Time", column)
    line = "7,2020-07-15 10:00:00,Spot,Deposit,BTC,1,"

    (entry,) = entries_of(f"{header}\n{line}\n", zone=ZoneInfo("Europe/Berlin"))

    assert entry.occurred_at == datetime(2020, 7, 15, hour, tzinfo=UTC)


def test_line_is_the_same_in_every_generation():
    old = "UTC_Time,Account,Operation,Coin,Change,Remark\n2020-07-15 10:00:00,Spot,Buy,BTC,1.0,\n"
    new = (
        '"User ID,Time,Account,Operation,Coin,Change,Remark"\n'
        '"7,""20-07-15 10:00:00"",""Spot"",""Buy"",""BTC"",""1"",""late"""\n'
    )
    elsewhere = {"zone": ZoneInfo("Asia/Tokyo")}

    assert identities_of(old) == identities_of(new) == identities_of(new, **elsewhere)


def test_remark_may_be_missing():
    (entry,) = entries_of(text(BUY.removesuffix(",")))

    assert entry.note == ""


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (BUY.replace("2024-05-16 12:57:55", ""), "UTC_Time"),
        (BUY.replace("ETH,2", ","), "Coin"),
        (BUY.replace("ETH,2", "ETH,"), "Change"),
        (BUY.replace("ETH,2", "ETH,two"), "Change"),
        (BUY.replace("Spot", ""), "Account"),
    ],
)
def test_broken_line_names_its_first_bad_column(line, column):
    (error,) = lines_of(text(line))

    assert isinstance(error, RowError)
    assert (error.line, error.column) == (2, column)
