"""Templates of sites that wrote no export of their own here: Accointing, ZenLedger, TaxBit."""

import pytest

from tests.formats.trackers import placed
from tests.imports.helpers import entries_of, fixture, lines_of

ACCOINTING = (
    "transactionType,date,inBuyAmount,inBuyAsset,outSellAmount,outSellAsset,feeAmount (optional),"
    "feeAsset (optional),classification (optional),operationId (optional)"
)
ZENLEDGER = (
    "Timestamp,Type,IN Amount,IN Currency,Out Amount,Out Currency,Fee Amount,Fee Currency,"
    "Exchange(optional),US Based,Txid"
)
TAXBIT = (
    "Date and Time,Transaction Type,Sent Quantity,Sent Currency,Sending Source,Received Quantity,"
    "Received Currency,Receiving Destination,Fee,Fee Currency,Exchange Transaction ID,"
    "Blockchain Transaction Hash"
)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("order,{},1,BTC,9,EUR,0.5,EUR,", ("trade", "9 EUR", "1 BTC", "0.5 EUR")),
        ("deposit,{},1,BTC,,,,,", ("deposit", "", "1 BTC", "")),
        ("deposit,{},1,BTC,,,,,add_funds", ("deposit", "", "1 BTC", "")),
        ("withdraw,{},,,1,BTC,,,", ("withdrawal", "1 BTC", "", "")),
        ("deposit,{},1,BTC,,,,,staked", ("reward", "", "1 BTC", "")),
        ("deposit,{},1,BTC,,,,,hard_fork", ("airdrop", "", "1 BTC", "")),
        ("deposit,{},1,BTC,,,,,margin_gain", ("income", "", "1 BTC", "")),
        ("withdraw,{},,,1,BTC,,,gift_sent", ("gift", "1 BTC", "", "")),
        ("withdraw,{},,,1,BTC,,,payment", ("payment", "1 BTC", "", "")),
        ("withdraw,{},,,1,BTC,,,lost", ("loss", "1 BTC", "", "")),
        ("withdraw,{},,,1,BTC,,,fee", ("fee", "1 BTC", "", "")),
        ("deposit,{},1,BTC,,,,,barter", ("deposit", "", "1 BTC", "")),
    ],
)
def test_kinds_of_lines_of_accointing(cells, expected):
    text = f"{ACCOINTING}\n{cells.format('02/03/2021 10:00:00')},o1\n"

    assert placed(text) == [("", *expected)]
    assert entries_of(text)[0].labels == (("barter",) if "barter" in cells else ())


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("trade,1,BTC,9,EUR,0.5,EUR", ("trade", "9 EUR", "1 BTC", "0.5 EUR")),
        ("receive,1,BTC,,,,", ("deposit", "", "1 BTC", "")),
        ("send,,,1,BTC,0.1,BTC", ("withdrawal", "1 BTC", "", "0.1 BTC")),
        ("misc_reward,1,BTC,,,,", ("reward", "", "1 BTC", "")),
        ("staking reward,1,BTC,,,,", ("reward", "", "1 BTC", "")),
        ("airdrop,1,BTC,,,,", ("airdrop", "", "1 BTC", "")),
        ("margin gain,1,BTC,,,,", ("income", "", "1 BTC", "")),
        ("gift sent,,,1,BTC,,", ("gift", "1 BTC", "", "")),
        ("payment,,,1,BTC,,", ("payment", "1 BTC", "", "")),
        ("stolen,,,1,BTC,,", ("loss", "1 BTC", "", "")),
        ("fee,,,,,0.1,BTC", ("fee", "", "", "0.1 BTC")),
        ("barter,,,1,BTC,,", ("other", "1 BTC", "", "")),
    ],
)
@pytest.mark.parametrize(
    "date", ["02/03/2022T10:00:00Z", "02/03/2022 10:00", "2022-02-03 10:00:00"]
)
def test_kinds_of_lines_of_zenledger(cells, expected, date):
    text = f"{ZENLEDGER}\n{date},{cells},Kraken,No,f00d\n"

    assert placed(text) == [("Kraken", *expected)]
    assert f"{entries_of(text)[0].occurred_at:%F %T}" == "2022-02-03 10:00:00"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("Buy,9,EUR,A,1,BTC,A,0.5,EUR", [("A", "trade", "9 EUR", "1 BTC", "0.5 EUR")]),
        ("Transfer In,,,,1,BTC,A,,", [("A", "deposit", "", "1 BTC", "")]),
        ("Transfer Out,1,BTC,A,,,,0.1,BTC", [("A", "withdrawal", "1 BTC", "", "0.1 BTC")]),
        ("Income,,,,1,BTC,A,,", [("A", "income", "", "1 BTC", "")]),
        ("Expense,1,BTC,A,,,,,", [("A", "payment", "1 BTC", "", "")]),
        ("Gift Sent,1,BTC,A,,,,,", [("A", "gift", "1 BTC", "", "")]),
        ("Barter,1,BTC,,,,,,", [("TaxBit", "other", "1 BTC", "", "")]),
        (
            "Transfer,1,BTC,A,1,BTC,B,,",
            [("A", "transfer", "1 BTC", "", ""), ("B", "transfer", "", "1 BTC", "")],
        ),
    ],
)
def test_kinds_of_lines_of_taxbit(cells, expected):
    assert placed(f"{TAXBIT}\n2022-02-03T10:00:00Z,{cells},x1,f00d\n") == expected


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (ZENLEDGER, "2022-02-03 10:00:00,barter,,,1,BTC,,,Kraken,No,f00d"),
        (TAXBIT, "2022-02-03T10:00:00Z,Barter,1,BTC,A,,,,,,x1,f00d"),
    ],
)
def test_unknown_kind_is_said(header, line):
    (row,) = lines_of(f"{header}\n{line}\n")

    assert [remark.read for remark in row.remarks] == ["other"]


@pytest.mark.parametrize("name", ["accointing", "zenledger", "taxbit"])
def test_fixtures_read_without_a_remark(name):
    assert [row.remarks for row in lines_of(fixture(f"{name}.csv"))] == [[], []]
