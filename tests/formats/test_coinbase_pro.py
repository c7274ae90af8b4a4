from decimal import Decimal

import pytest

from tests.factories import make_ledger
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import (
    built_of,
    counts,
    entries_of,
    fixture,
    identities_of,
    lines_of,
    run,
    shape,
)
from transactions.models import Transaction

HEADER = "portfolio,type,time,amount,balance,amount/balance unit,transfer id,trade id,order id"
FILLS = "portfolio,trade id,product,side,created at,size,size unit,price,fee,total,"
FILLS += "price/fee/total unit"
TIME = "2020-03-15T10:55:12.843Z"


def leg(kind: str, amount: str, asset: str, trade: str = "101", order: str = "O1") -> str:
    return f"default,{kind},{TIME},{amount},9,{asset},,{trade},{order}"


def moved(kind: str, amount: str, asset: str, transfer: str = "A1") -> str:
    return f"default,{kind},{TIME},{amount},9,{asset},{transfer},,"


def fill(side: str, total: str, size: str = "50", fee: str = "0.00375") -> str:
    return f"default,101,ETH-BTC,{side},{TIME},{size},ETH,0.025,{fee},{total},BTC"


def text(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines, ""])


BOUGHT = (leg("match", "50", "ETH"), leg("match", "-1.25", "BTC"), leg("fee", "-0.00375", "BTC"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([moved("deposit", "2.5", "BTC")], [("deposit", "", "2.5 BTC", "")]),
        ([moved("withdrawal", "-2.5", "BTC")], [("withdrawal", "2.5 BTC", "", "")]),
        (BOUGHT, [("trade", "1.25 BTC", "50 ETH", "0.00375 BTC")]),
        (BOUGHT[:2], [("trade", "1.25 BTC", "50 ETH", "")]),
        (
            [*BOUGHT[:2], leg("fee", "0", "BTC")],
            [("trade", "1.25 BTC", "50 ETH", "")],
        ),
        (
            [*BOUGHT[:2], leg("fee", "0.1", "BTC")],
            [("trade", "1.25 BTC", "50 ETH", ""), ("reward", "", "0.1 BTC", "")],
        ),
        (BOUGHT[1:], [("trade", "1.25 BTC", "", ""), ("fee", "", "", "0.00375 BTC")]),
        (
            [
                *BOUGHT[:2],
                leg("match", "-7", "USD", order="O2"),
                leg("match", "1", "SOL", "101", "O2"),
            ],
            [("trade", "1.25 BTC", "50 ETH", ""), ("trade", "7 USD", "1 SOL", "")],
        ),
        (
            [moved("conversion", "-5", "USD"), moved("conversion", "5", "USDC")],
            [("trade", "5 USD", "5 USDC", "")],
        ),
        (
            [moved("conversion", "-5", "USD", ""), moved("conversion", "5", "USDC", "")],
            [("trade", "5 USD", "", ""), ("trade", "", "5 USDC", "")],
        ),
        (
            [*BOUGHT[:2], leg("rebate", "0.1", "BTC")],
            [("trade", "1.25 BTC", "50 ETH", ""), ("reward", "", "0.1 BTC", "")],
        ),
        ([moved("something", "-1", "USD")], [("other", "1 USD", "", "")]),
    ],
)
def test_lines_of_a_trade_are_one(lines, expected):
    assert [shape(entry) for entry in entries_of(text(*lines))] == expected


def test_unknown_kind_is_told():
    (row,) = lines_of(text(moved("something", "-1", "USD")))

    assert [(remark.column, remark.read) for remark in row.remarks] == [("type", "other")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (fill("BUY", "-1.25375"), ("trade", "1.25 BTC", "50 ETH", "0.00375 BTC")),
        (fill("SELL", "1.24625"), ("trade", "50 ETH", "1.25 BTC", "0.00375 BTC")),
        (
            fill("BUY", "-0.00005534535", "0.001", "2.7535e-7"),
            ("trade", "0.00005507 BTC", "0.001 ETH", "0.00000027535 BTC"),
        ),
    ],
)
def test_total_of_a_fill_is_with_its_fee(line, expected):
    assert [shape(entry) for entry in entries_of(text(line, header=FILLS))] == [expected]


def test_line_is_the_same_in_the_older_header():
    old, new = fixture("coinbase_pro.old.csv"), fixture("coinbase_pro.csv")

    assert identities_of(old) == identities_of(new)[:1]
    assert identities_of(fixture("coinbase_pro_fills.old.csv")) == [("ETH-BTC", "101")]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (leg("match", "", "ETH"), "amount"),
        (leg("match", "1", ""), "amount/balance unit"),
        (leg("", "1", "ETH"), "type"),
        (leg("match", "1", "ETH").replace("10:55", "25:61"), "time"),
    ],
)
def test_broken_line_names_its_column(line, column):
    assert wrong(text(line)) == [column]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (fill("SWAP", "-1"), "side"),
        (fill("BUY", "-0.001"), "fee"),
        (fill("BUY", "-1", fee="-1"), "fee"),
    ],
)
def test_broken_fill_names_its_column(line, column):
    assert wrong(text(line, header=FILLS)) == [column]


@pytest.mark.django_db
@pytest.mark.parametrize("fills_first", [True, False])
def test_fills_and_statement_of_an_account_give_each_trade_once(fills_first):
    ledger = make_ledger()
    files = [text(fill("BUY", "-1.25375"), header=FILLS), text(*BOUGHT)]

    results = [run(ledger, each) for each in (files if fills_first else files[::-1])]

    assert Transaction.objects.alive().count() == 1
    lines = [(1, 1, 0, 0, 0, 1), (3, 0, 3, 0, 0, 0)]
    again = [(3, 3, 0, 0, 0, 1), (1, 0, 1, 0, 0, 0)]
    assert [counts(result) for result in results] == (lines if fills_first else again)


@needs_samples
def test_sample_is_what_its_cells_say():
    raw = sample("coinbase_pro/rotki_coinbasepro.csv")
    rows = rows_of(raw)

    built = built_of(raw)

    assert gained(built) == added((row["Amount/balance unit"], row["Amount"]) for row in rows)
    assert sum(Decimal(row["Amount"]) != 0 for row in rows) == len(rows)
    assert [each.entry.type for each in built if len(each.rows) == 3] == ["trade"] * 5
