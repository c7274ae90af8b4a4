import json

import pytest

from formats.parsing.records import RowError, Skipped
from tests.imports.helpers import entries_of, fixture, identities_of, lines_of, opened, shape


def activity(kind, quantity=2, price=10.5, fee=0, **kw):
    found = {"currency": "USD", "fee": fee, "quantity": quantity, "symbol": "bitcoin"}
    found |= {"type": kind, "unitPrice": price, "date": "2021-09-16T00:00:00.000Z"}
    return json.dumps(found | {"dataSource": "COINGECKO", "comment": None} | kw) + "\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (activity("BUY", fee=1.5), ("trade", "21 USD", "2 bitcoin", "1.5 USD")),
        (activity("SELL", fee=1.5), ("trade", "2 bitcoin", "21 USD", "1.5 USD")),
        (activity("ITEM"), ("trade", "21 USD", "2 bitcoin", "")),
        (activity("DIVIDEND"), ("reward", "", "21 USD", "")),
        (activity("INTEREST"), ("reward", "", "21 USD", "")),
        (activity("FEE", 0, 0, 49), ("fee", "", "", "49 USD")),
    ],
)
def test_kinds_of_activities(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == [expected]


def test_product_has_every_digit():
    (entry,) = entries_of(activity("BUY", 0.12345678, 43210.98765432))

    assert str(entry.sent.amount) == "5334.6893964221002896"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (activity("LIABILITY"), "a liability is no transaction"),
        (activity("BUY", 0, 0), "a draft: it moves nothing"),
    ],
)
def test_what_is_no_transaction_is_left_out(text, reason):
    assert lines_of(text) == [Skipped(1, reason)]


def test_unknown_kind_has_no_direction_and_is_wrong():
    message = "“BARTER” does not say whether the amount came in or went out"

    assert lines_of(activity("BARTER")) == [RowError(1, "type", message)]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (activity("BUY", -2), "quantity"),
        (activity("BUY", price=-10.5), "unitPrice"),
        (activity("BUY", price=None), "unitPrice"),
        # More digits than are kept, in the product alone.
        (activity("BUY", 1.234567890123456e-12, 1.234567890123456e-12), "unitPrice"),
        (activity("BUY", 10**70, 10**70), "unitPrice"),
        (activity("BUY", 10**70 + 1, 10**70 + 1), "unitPrice"),
    ],
)
def test_broken_activity_names_its_key(text, column):
    (error,) = lines_of(text)

    assert isinstance(error, RowError)
    assert error.column == column


@pytest.mark.parametrize(
    ("symbol", "source", "expected"),
    [
        ("BTCUSD", "YAHOO", "BTC"),
        ("BTC-USD", "YAHOO", "BTC"),
        ("MSFT", "YAHOO", "MSFT"),
        ("USD", "YAHOO", "USD"),
        ("BTCUSD", "COINGECKO", "BTCUSD"),
    ],
)
def test_coin_of_yahoo_is_without_its_currency_and_that_is_said(symbol, source, expected):
    (row,) = lines_of(activity("BUY", symbol=symbol, dataSource=source))

    assert row.value.received.asset.symbol == expected
    assert [remark.read for remark in row.remarks] == [expected] * (expected != symbol)


def test_activity_is_known_by_its_id_if_it_has_one():
    assert identities_of(activity("BUY", id="a7", comment="x")) == [("a7",)]
    assert identities_of(activity("BUY")) == identities_of(activity("BUY", comment="edited"))


def test_fixture_reads_as_it_was_written():
    assert [shape(entry) for entry in entries_of(fixture("ghostfolio.jsonl"))] == [
        ("trade", "5000.125 USD", "0.25 BTC", "1.5 USD"),
        ("reward", "", "3.1 USD", ""),
        ("fee", "", "", "49 USD"),
    ]


def document(*lines: str, name: str = "activities", **lists) -> str:
    activities = [json.loads(line) for line in lines]
    meta = {"date": "2024-01-01T00:00:00.000Z", "version": "2.1"}
    return json.dumps({"meta": meta, **lists, name: activities}, indent=2)


def test_document_is_read_as_its_lines_are():
    lines = (activity("BUY", 0.12345678, 43210.98765432), activity("FEE", 0, 0, 49))

    assert identities_of(document(*lines)) == identities_of("".join(lines))
    (trade, fee) = entries_of(document(*lines))
    assert (str(trade.sent.amount), shape(fee)[3]) == ("5334.6893964221002896", "49 USD")


def test_list_that_is_known_is_read_and_the_others_are_named():
    text = document(activity("ITEM"), accounts=[{"id": "a", "name": "b"}], tags=[])

    reader, _table = opened(text)

    assert [(each.written, each.reason) for each in reader.remarks] == [
        ("accounts", "one list of a document is read, and it is another")
    ]
