import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import wrong
from tests.imports.helpers import built_of, entries_of, identities_of, lines_of, shape

HEADER = "no,time,action_desc,action_data,type,change_amount,amount,total"


def line(kind: str, coin: str, change: str, reference="501", number="1") -> str:
    return f"{number},2024-01-15 12:00:00,{kind},{reference},{coin},{change},9,9"


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [
                line("Order Filled", "BTC", "0.05"),
                line("Order Filled", "USDT", "-1500"),
                line("Trading Fees", "USDT", "-1.5"),
            ],
            [("trade", "1500 USDT", "0.05 BTC", "1.5 USDT")],
        ),
        (
            [
                line("Order Placed", "USDT", "-1500"),
                line("Order Fullfilled", "BTC", "0.02"),
                line("Order Fullfilled", "BTC", "0.01"),
                line("Trade Fee", "BTC", "-0.001"),
                line("Trade Fee", "POINT", "-1"),
                line("Order Cancelled", "USDT", "500"),
            ],
            [("trade", "1000 USDT", "0.03 BTC", "0.001 BTC"), ("fee", "", "", "1 POINT")],
        ),
        (
            [line("Order Placed", "USDT", "-1500"), line("Order Cancelled", "USDT", "1500")],
            [("transfer", "1500 USDT", "1500 USDT", "")],
        ),
        (
            [line("Order Filled", "BTC", "1"), line("Order Filled", "USDT", "-5", "502")],
            [("trade", "", "1 BTC", ""), ("trade", "5 USDT", "", "")],
        ),
        (
            [
                line("Dust Swap-Small Balances Deducted", "ABC", "-1"),
                line("Dust Swap-GT Added", "GT", "2"),
            ],
            [("trade", "1 ABC", "2 GT", "")],
        ),
        (
            [
                line("Dust Swap-Small Balances Deducted", "ABC", "-1"),
                line("Dust Swap-Small Balances Deducted", "XYZ", "-1"),
                line("Dust Swap-GT Added", "GT", "2"),
            ],
            [("trade", "1 ABC", "", ""), ("trade", "1 XYZ", "", ""), ("trade", "", "2 GT", "")],
        ),
        ([line("Deposits", "BTC", "1", "")], [("deposit", "", "1 BTC", "")]),
        ([line("Withdrawals", "BTC", "-1")], [("withdrawal", "1 BTC", "", "")]),
        ([line("Airdrop bonus", "GT", "1")], [("airdrop", "", "1 GT", "")]),
        ([line("HODL Interest", "GT", "1")], [("reward", "", "1 GT", "")]),
        ([line("Referral Superior Rebate", "GT", "1")], [("reward", "", "1 GT", "")]),
        ([line("Trading Fees", "GT", "-1", "")], [("fee", "", "", "1 GT")]),
        ([line("Something new", "GT", "-1")], [("other", "1 GT", "", "")]),
    ],
)
def test_kind_of_line(lines, expected):
    assert [shape(entry) for entry in entries_of(text(*lines))] == expected


def test_every_line_is_in_one_transaction():
    lines = [line("Order Filled", "BTC", "0.05"), line("Order Filled", "USDT", "-1500")]

    (built,) = built_of(text(*lines))

    assert [row.line for row in built.rows] == [2, 3]
    assert built.entry.group == "501"


def test_number_of_a_line_does_not_name_it():
    one, other = (text(line("Deposits", "BTC", "1.0", number=n)) for n in ("1", "7"))

    assert identities_of(one) == identities_of(other)


def test_what_changed_nothing_is_skipped():
    assert lines_of(text(line("Order Placed", "BTC", "0"))) == [Skipped(2, "it changed no balance")]


@pytest.mark.parametrize(
    ("broken", "column"),
    [
        (line("Deposits", "BTC", ""), "change_amount"),
        (line("Deposits", "", "1"), "type"),
        (line("", "BTC", "1"), "action_desc"),
    ],
)
def test_broken_line_names_its_column(broken, column):
    assert wrong(text(broken)) == [column]
