from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from formats.parsing.records import RowError
from tests.imports.helpers import entries_of, fixture, identities_of, lines_of, shape

NEWEST = (
    "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,"
    "Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes,Sender Address,"
    "Recipient Address"
)
OLD = (
    "Timestamp,Transaction Type,Asset,Quantity Transacted,EUR Spot Price at Transaction,"
    "EUR Subtotal,EUR Total (inclusive of fees),EUR Fees,Notes"
)
OLDEST = (
    "Timestamp,Transaction Type,Asset,Quantity Transacted,USD Spot Price at Transaction,Subtotal,"
    "Total (inclusive of fees),Notes"
)


def new(kind, asset, quantity, money=("", "", ""), notes="", currency="EUR", to=",") -> str:
    return (
        f"id1,2025-01-17 16:57:02 UTC,{kind},{asset},{quantity},{currency},€1.5,"
        f'{money[0]},{money[1]},{money[2]},"{notes}",{to}'
    )


def old(kind, asset, quantity, money=("", "", ""), notes="") -> str:
    return f'2020-09-27T18:36:58Z,{kind},{asset},{quantity},1.5,{",".join(money)},"{notes}"'


def one(header: str, line: str):
    (entry,) = entries_of(f"{header}\n{line}\n")
    return entry


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            new("Buy", "BTC", "0.01", ("€67.01", "€70.00", "€2.99")),
            ("trade", "67.01 EUR", "0.01 BTC", "2.99 EUR"),
        ),
        (
            new("Sell", "BTC", "-0.01", ("€70.00", "€67.01", "€2.99")),
            ("trade", "0.01 BTC", "70 EUR", "2.99 EUR"),
        ),
        (new("Buy", "BTC", "1", ("", "€70.00", "")), ("trade", "70 EUR", "1 BTC", "")),
        (
            new("Convert", "BTC", "-0.5", notes="Converted 0.5 BTC to 1,500.25 XRP"),
            ("trade", "0.5 BTC", "1500.25 XRP", ""),
        ),
        (
            new("Convert", "BTC", "0.5", ("€9", "€8", ""), "Converted 0.5 BTC to 7 XRP"),
            ("trade", "0.5 BTC", "7 XRP", ""),
        ),
        (new("Send", "ETH2", "-0.18"), ("withdrawal", "0.18 ETH2", "", "")),
        (new("Send", "ETH2", "0.18"), ("withdrawal", "0.18 ETH2", "", "")),
        (new("Receive", "ETH", "0.18"), ("deposit", "", "0.18 ETH", "")),
        (new("Staking Income", "ETH", "9.1E-7"), ("reward", "", "0.00000091 ETH", "")),
        (new("Exchange Deposit", "ETH", "-2"), ("transfer", "2 ETH", "", "")),
        (new("Retail Staking Transfer", "ETH2", "2"), ("transfer", "", "2 ETH2", "")),
        (new("Something New", "ETH", "-2"), ("other", "2 ETH", "", "")),
        (new("Something New", "ETH", "2"), ("other", "", "2 ETH", "")),
        (
            new(
                "Advanced Trade Buy",
                "BTC",
                "0.1",
                ("€9", "€9", "€0"),
                "Bought 0.1 BTC for 9,500.5 USDC on BTC-USDC at 95005 USDC/BTC",
            ),
            ("trade", "9500.5 USDC", "0.1 BTC", ""),
        ),
        (
            new(
                "Advanced Trade Buy",
                "BTC",
                "0.1",
                ("€9", "€9", "€0"),
                "Bought 0.1 BTC for $9,500.5 USDC on BTC-USDC",
            ),
            ("trade", "9500.5 USDC", "0.1 BTC", ""),
        ),
        (
            new(
                "Advanced Trade Sell",
                "BTC",
                "-0.1",
                ("€10", "€9", "€1"),
                "Sold 0.1 BTC for 9 EUR on BTC-EUR at 100 EUR/BTC",
            ),
            ("trade", "0.1 BTC", "10 EUR", "1 EUR"),
        ),
    ],
)
def test_newest_generation_has_signs(line, expected):
    assert shape(one(NEWEST, line)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            old("Buy", "BTC", "0.03", ("295.60", "300.00", "4.40")),
            ("trade", "295.6 EUR", "0.03 BTC", "4.4 EUR"),
        ),
        (
            old("Sell", "BTC", "0.03", ("240.32", "236.74", "3.58")),
            ("trade", "0.03 BTC", "240.32 EUR", "3.58 EUR"),
        ),
        (old("Send", "BTC", "0.03"), ("withdrawal", "0.03 BTC", "", "")),
        (old("Receive", "BTC", "0.03"), ("deposit", "", "0.03 BTC", "")),
        (old("Coinbase Earn", "GRT", "3"), ("reward", "", "3 GRT", "")),
        (old("Pro Deposit", "BTC", "3"), ("transfer", "3 BTC", "", "")),
        (old("Pro Withdrawal", "BTC", "3"), ("transfer", "", "3 BTC", "")),
    ],
)
def test_older_generations_go_by_the_type(line, expected):
    assert shape(one(OLD, line)) == expected


def test_oldest_generation_has_days_units_and_no_fees():
    entry = one(OLDEST, "10/06/2015,Buy,BTC,1,247.26,0 USD,249.73 USD,")

    assert shape(entry) == ("trade", "249.73 USD", "1 BTC", "")
    assert entry.occurred_at == datetime(2015, 10, 6, tzinfo=UTC)


def test_day_begins_in_the_given_zone():
    text = f"{OLDEST}\n10/06/2015,Receive,BTC,1,247.26,,,\n"

    (entry,) = entries_of(text, zone=ZoneInfo("America/New_York"))

    assert entry.occurred_at == datetime(2015, 10, 6, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("money", "value"),
    [(("-€5.5", "-€6", ""), "5.5"), (("", "€6", ""), "6"), (("", "", ""), None)],
)
def test_stated_value_is_the_subtotal_else_the_total(money, value):
    stated = one(NEWEST, new("Send", "ETH", "-1", money)).value

    assert (stated and (str(stated.amount), stated.currency)) == (value and (value, "EUR"))


@pytest.mark.parametrize(
    ("line", "other"),
    [
        (new("Send", "BTC", "-1", to=",bc1recipient"), "bc1recipient"),
        (new("Receive", "BTC", "1", to="0xsender,"), "0xsender"),
        (new("Send", "BTC", "-1", notes="Sent 1 BTC to 1PCzu"), "1PCzu"),
        (new("Receive", "BTC", "1", notes="Received 1 BTC from Coinbase Earn"), "Coinbase"),
        (new("Send", "BTC", "-1", notes="Sent 1 BTC to "), ""),
    ],
)
def test_other_side_is_a_column_or_in_the_notes(line, other):
    assert one(NEWEST, line).counterparty == other


def test_notes_are_kept():
    assert one(OLD, old("Send", "BTC", "1", notes="for, rent")).note == "for, rent"


def test_line_is_the_same_in_every_generation():
    oldest = f"{OLDEST}\n2020-09-27T18:36:58Z,Send,BTC,1,9,0 USD,9 USD,\n"
    middle = f"{OLD}\n{old('Send', 'BTC', '1.0', ('9', '9', '0'))}\n"
    newest = f"{NEWEST}\n{new('Send', 'BTC', '-1')}\n".replace(
        "2025-01-17 16:57:02", "2020-09-27 18:36:58"
    )

    assert identities_of(oldest) == identities_of(middle) == identities_of(newest)


@pytest.mark.parametrize(
    ("header", "line", "column"),
    [
        (OLD, old("Something New", "BTC", "1"), "Transaction Type"),
        (OLD, old("", "BTC", "1"), "Transaction Type"),
        (OLD, old("Buy", "BTC", "1"), "EUR Total (inclusive of fees)"),
        (OLD, old("Buy", "BTC", "1", ("5", "5", "6")), "EUR Fees"),
        (OLD, old("Buy", "BTC", ""), "Quantity Transacted"),
        (OLD, old("Buy", "", "1"), "Asset"),
        (NEWEST, new("Convert", "BTC", "1", notes="for fun"), "Notes"),
        (NEWEST, new("Convert", "BTC", "1", notes="Converted 1 ETH to 2 XRP"), "Notes"),
        (NEWEST, new("Convert", "BTC", "1", notes="Converted 1 BTC to 2,5 XRP"), "Notes"),
        (NEWEST, new("Convert", "BTC", "1", notes=f"Converted 1 BTC to 2 {'X' * 201}"), "Notes"),
        (NEWEST, new("Buy", "BTC", "1", ("1", "1", "0"), currency=""), "Price Currency"),
        (NEWEST, new("Buy", "BTC", "1", ("1", "1 2", "0")), NEWEST.split(",")[8]),
        (OLDEST, "10/06/15,Buy,BTC,1,247.26,0 USD,249.73 USD,", "Timestamp"),
    ],
)
def test_broken_line_names_its_column(header, line, column):
    (error,) = lines_of(f"{header}\n{line}\n")

    assert isinstance(error, RowError)
    assert (error.line, error.column) == (2, column)


def test_fixture_with_a_preamble_and_cp1252_reads_as_it_was_written():
    entries = entries_of(fixture("coinbase.preamble-cp1252.csv"))

    assert [shape(entry) for entry in entries] == [
        ("trade", "19.01 EUR", "0.004 ETH", "0.99 EUR"),
        ("withdrawal", "0.001 BTC", "", ""),
    ]
    assert entries[0].note == "Bought 0.004 ETH for €20.00 EUR"
