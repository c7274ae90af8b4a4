from decimal import Decimal

import pytest

from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, identities_of, shape

OLD = "Type,Datetime,Account,Amount,Value,Rate,Fee,Sub Type"
NEW = (
    "ID,Account,Type,Subtype,Datetime,Amount,Amount currency,Value,Value currency,Rate,"
    "Rate currency,Fee,Fee currency,Order ID"
)


def old(kind: str, rest: str, time="Jan. 28, 2022, 12:13 AM") -> str:
    return f'{OLD}\n{kind},"{time}",Main Account,{rest}\n'


def new(kind: str, rest: str, order="9") -> str:
    return f"{NEW}\n7,Main Account,{kind},2025-01-02T10:00:00Z,{rest},{order}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (old("Deposit", "2.0 ETH,,,,"), ("deposit", "", "2 ETH", "")),
        (old("Card Deposit", "20 EUR,,,1 EUR,"), ("deposit", "", "20 EUR", "1 EUR")),
        (old("Withdrawal", "20 EUR,,,3.00 EUR,"), ("withdrawal", "20 EUR", "", "3 EUR")),
        (
            old("Market", "1 ETH,2000 EUR,2000 EUR,10.5 EUR,Sell"),
            ("trade", "1 ETH", "2000 EUR", "10.5 EUR"),
        ),
        (
            old("Market", "1 ETH,2000 EUR,2000 EUR,0 EUR,Buy"),
            ("trade", "2000 EUR", "1 ETH", ""),
        ),
        (old("Staking reward", "0.01 ETH,,,,"), ("reward", "", "0.01 ETH", "")),
        (
            new("Market,Buy", "2,LTC,100,EUR,50,EUR,0.5,EUR"),
            ("trade", "100 EUR", "2 LTC", "0.5 EUR"),
        ),
        (
            new("Market,Sell", "0.5,ETH,0.02,BTC,0.04,BTC,0.00001,BTC"),
            ("trade", "0.5 ETH", "0.02 BTC", "0.00001 BTC"),
        ),
        (
            new("Withdrawal,", "100,XLM,,,,,0.005,XLM"),
            ("withdrawal", "100 XLM", "", "0.005 XLM"),
        ),
        (new("Deposit,", "1,LTC,,,,,,"), ("deposit", "", "1 LTC", "")),
        (new("Airdrop,", "1,FLR,,,,,,"), ("airdrop", "", "1 FLR", "")),
        (new("Interest,", "1,FLR,,,,,,"), ("reward", "", "1 FLR", "")),
        (new("Referral bonus,", "1,FLR,,,,,,"), ("reward", "", "1 FLR", "")),
    ],
)
def test_kind_of_line(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == [expected]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("Jan. 28, 2022, 12:13 AM", "2022-01-28T00:13"),
        ("March 1, 2022, 12:13 PM", "2022-03-01T12:13"),
        ("May 1, 2022, 01:13 PM", "2022-05-01T13:13"),
        ("Sept. 9, 2022, 11:59 PM", "2022-09-09T23:59"),
        ("Dec. 31, 2022, 1:00 PM", "2022-12-31T13:00"),
    ],
)
def test_month_is_understood_as_it_is_written(time, expected):
    (entry,) = entries_of(old("Deposit", "2.0 ETH,,,,", time))

    assert entry.occurred_at.isoformat() == f"{expected}:00+00:00"


def test_new_line_is_named_by_its_id_and_grouped_by_its_order():
    text = new("Market,Buy", "2,LTC,100,EUR,50,EUR,0.5,EUR")

    assert identities_of(text) == [("7",)]
    assert [entry.group for entry in entries_of(text)] == ["9"]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (old("Deposit", "2.0 ETH,,,,", "XXX. 14, 2022, 12:13 AM"), "Datetime"),
        (old("Deposit", ",,,,"), "Amount"),
        (old("Sub Account Transfer", "1 ETH,,,,"), "Type"),
        (old("Market", "1 ETH,,,,Buy"), "Value"),
        (old("Market", "1 ETH,1 EUR,,,Swap"), "Sub Type"),
        (new("Deposit,", "1,,,,,,,"), "Amount currency"),
        (new("Something new,", "1,LTC,,,,,,"), "Type"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_old_sample_sums_to_what_its_rows_say():
    signs = {"Deposit": (1, 0), "Market": (-1, 1), "Withdrawal": (-1, 0)}
    text, changes = sample("bitstamp/rotki_bitstamp.csv"), []
    for row in rows_of(text):
        for name, sign in zip(("Amount", "Value", "Fee"), (*signs[row["Type"]], -1), strict=True):
            if row[name]:
                number, symbol = row[name].split()
                changes.append((symbol, sign * Decimal(number)))

    # The last line has no line ending, and all of its cells.
    assert gained(built_of(text)) == added(changes)


@needs_samples
def test_new_sample_sums_to_what_its_rows_say():
    signs = {"Deposit": (1, 0), "Buy": (1, -1), "Sell": (-1, 1), "Withdrawal": (-1, 0)}
    text, changes = sample("bitstamp_v2/everytrade_BitstampBeanV2.csv"), []
    for row in rows_of(text):
        pair = signs[row["Subtype"] or row["Type"]]
        for name, sign in zip(("Amount", "Value", "Fee"), (*pair, -1), strict=True):
            if row[name]:
                changes.append((row[f"{name} currency"], sign * Decimal(row[name])))

    assert gained(built_of(text)) == added(changes)
