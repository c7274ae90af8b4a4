from decimal import Decimal

import pytest

from formats.parsing.records import Row, RowError, Skipped
from imports.pipeline.reading import understood
from tests.formats.samples import added, gained, needs_samples, sample
from tests.imports.helpers import (
    built_of,
    counts,
    entries_of,
    lines_of,
    opened,
    run,
    shape,
)
from transactions.models import Transaction

HEADER = "Date(UTC);Pair;Type;Order Price;Order Amount;AvgTrading Price;Filled;Total;status"
FILLS = ";Date(UTC);Trading Price;Filled;Total;Fee;;;"


def order(side="BUY", filled="0.04", status="Filled", total="240") -> str:
    return f"2020-03-19 17:02:52;BTCUSDT;{side};0.0;0.04;6000;{filled};{total};{status}"


def fill(quantity="0.04", total="240", fee="0.01BNB", time="2020-03-19 17:02:52") -> str:
    return f";{time};6000;{quantity};{total};{fee};;;"


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([order(), FILLS, fill()], [("trade", "240 USDT", "0.04 BTC", "0.01 BNB")]),
        ([order("SELL"), FILLS, fill()], [("trade", "0.04 BTC", "240 USDT", "0.01 BNB")]),
        (
            [order(), FILLS, fill("0.03", "180"), fill("0.01", "60", "0.02BNB")],
            [("trade", "240 USDT", "0.04 BTC", "0.03 BNB")],
        ),
        (
            [order(), FILLS, fill("0.03", "180"), fill("0.01", "60", "0.00001BTC")],
            [("trade", "240 USDT", "0.04 BTC", "0.01 BNB"), ("fee", "", "", "0.00001 BTC")],
        ),
        (
            [order(), FILLS, fill(), order("SELL"), FILLS, fill(fee="0BNB")],
            [("trade", "240 USDT", "0.04 BTC", "0.01 BNB"), ("trade", "0.04 BTC", "240 USDT", "")],
        ),
        ([order()], [("trade", "240 USDT", "0.04 BTC", "")]),
        (
            [order().replace("USDT", "BKRW"), FILLS, fill(fee="0.00001BTC")],
            [("trade", "240 BKRW", "0.04 BTC", "0.00001 BTC")],
        ),
        ([order(filled="0", status="Canceled", total="0")], []),
    ],
)
def test_order_with_its_fills_is_one_trade(lines, expected):
    assert [shape(entry) for entry in entries_of(text(*lines))] == expected


def test_every_line_is_accounted_for():
    lines = lines_of(text(order(), FILLS, fill(), order(filled="0", status="Canceled")))

    assert [line.reason for line in lines if isinstance(line, Skipped)] == [
        "the order of the fills under it, which are counted",
        "the heading of the fills under it",
        "nothing of this order was filled: Canceled",
    ]
    assert [line.line for line in lines if isinstance(line, Row)] == [4]


def test_order_without_its_fills_is_remarked():
    (line,) = lines_of(text(order()))

    assert [remark.column for remark in line.remarks] == ["Total"]


@pytest.mark.parametrize(
    ("lines", "column", "message"),
    [
        ([order("SOLD")], "Type", "“SOLD” is neither a buy nor a sell"),
        ([fill()], "", "there is no order above this fill"),
        ([order(), fill()], "", "there is no heading above this fill"),
        ([order(), FILLS, fill(fee="much")], "Fee", "is not an amount"),
    ],
)
def test_line_that_cannot_be_understood_is_an_error(lines, column, message):
    errors = [line for line in lines_of(text(*lines)) if isinstance(line, RowError)]

    assert [error.column for error in errors] == [column]
    assert message in errors[0].message


def test_row_that_is_read_alone_knows_its_order():
    reader, table = opened(text(order("SELL"), FILLS, fill()))
    *_others, last = table.records()

    line = understood(reader, table, table.record_at(last.at, last.line, is_last=True))

    assert isinstance(line, Row)
    assert not line.value.buys


def test_row_with_ids_and_more_columns_is_the_same():
    header = HEADER.replace("Pair", "orderId;clientOrderId;Pair") + ";Strategy Id;Strategy Type"
    row = order().replace("BTCUSDT", "8,38977E+18;x;BTCUSDT") + ";;"

    assert lines_of("\n".join([header, row, FILLS, fill(), ""]))[2].identity == (
        lines_of(text(order(), FILLS, fill()))[2].identity
    )


def test_date_as_a_spreadsheet_writes_it_needs_its_order():
    damaged = order().replace("2020-03-19 17:02:52", "09.03.2020 17:02")

    assert lines_of(text(damaged))[0].column == "Date(UTC)"
    (entry,) = entries_of(text(damaged), date_order="dmy")
    assert entry.occurred_at.isoformat() == "2020-03-09T17:02:00+00:00"


def test_fills_are_the_lines_of_the_trade_history(ledger):
    trades = (
        "Date(UTC),Pair,Side,Price,Executed,Amount,Fee\n"
        "2020-03-19 17:02:52,BTCUSDT,BUY,6000,0.04BTC,240USDT,0.01BNB\n"
    )

    assert counts(run(ledger, text(order(), FILLS, fill()))) == (3, 1, 0, 2, 0, 1)
    assert counts(run(ledger, trades)) == (1, 0, 1, 0, 0, 0)
    assert Transaction.objects.count() == 1


@needs_samples
def test_sample_sums_to_what_its_fills_say():
    """Two orders with SOLD, which is no side, are errors."""
    raw = sample("binance_orders_multirow/everytrade_BinanceBeanV2.csv")
    changes, sign = [], 0
    for line in raw.splitlines()[1:]:
        cells = line.split(";")
        if cells[0]:
            sign = {"BUY": 1, "SELL": -1}.get(cells[2], 0)
        elif cells[1] != "Date(UTC)":
            fee = next(unit for unit in ("BNB", "BTC", "USDT") if cells[5].endswith(unit))
            changes += [
                ("BTC", sign * Decimal(cells[3])),
                ("USDT", -sign * Decimal(cells[4])),
                (fee, -Decimal(cells[5].removesuffix(fee))),
            ]
    errors = [line for line in lines_of(raw) if isinstance(line, RowError)]
    told = built_of(raw)

    assert [error.column for error in errors] == ["Type", "Type"]
    assert gained(told) == added(changes)
