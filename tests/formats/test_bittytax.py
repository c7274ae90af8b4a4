from decimal import Decimal

import pytest
from openpyxl import load_workbook

from formats.readers.bittytax import TYPES
from imports.uploads.archives import csv_of, filled
from tests.formats.samples import SAMPLES, added, gained, needs_samples
from tests.formats.trackers import number, placed, raw_rows
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
from transactions.models import TransactionType

HEADER = (
    "Type,Buy Quantity,Buy Asset,Buy Value in GBP,Sell Quantity,Sell Asset,Sell Value in GBP,"
    "Fee Quantity,Fee Asset,Fee Value in GBP,Wallet,Timestamp,Note"
)
SAMPLE = SAMPLES / "bittytax" / "example.csv"


def line(kind, got=",,", sent=",,", fee=",,", wallet="Desk", time="2018-03-04 09:00:00"):
    return f"{HEADER}\n{kind},{got},{sent},{fee},{wallet},{time},note\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line("Trade", "1,BTC,", "9,GBP,", "2,GBP,"), ("trade", "9 GBP", "1 BTC", "2 GBP")),
        (line("Trade", "1,BTC,", "9,GBP,", "0,BTC,"), ("trade", "9 GBP", "1 BTC", "")),
        (line("Deposit", "1,BTC,"), ("deposit", "", "1 BTC", "")),
        (line("Withdrawal", sent="1,BTC,"), ("withdrawal", "1 BTC", "", "")),
        (line("Stake", sent="1,BTC,"), ("transfer", "1 BTC", "", "")),
        (line("Unstake", "1,BTC,"), ("transfer", "", "1 BTC", "")),
        (line("Mining", "1,BTC,"), ("reward", "", "1 BTC", "")),
        (line("Staking-Reward", "1,BTC,"), ("reward", "", "1 BTC", "")),
        (line("Income", "1,BTC,"), ("income", "", "1 BTC", "")),
        (line("Fork", "1,BTC,"), ("airdrop", "", "1 BTC", "")),
        (line("Gift-Received", "1,BTC,"), ("gift", "", "1 BTC", "")),
        (line("Charity-Sent", sent="1,BTC,"), ("gift", "1 BTC", "", "")),
        (line("Spend", sent="1,BTC,"), ("payment", "1 BTC", "", "")),
        (line("Lost", sent="1,BTC,"), ("loss", "1 BTC", "", "")),
        (line("Margin-Fee", sent="1,BTC,"), ("fee", "1 BTC", "", "")),
        (line("Loan", "1,BTC,"), ("other", "", "1 BTC", "")),
        (line("Barter", "1,BTC,"), ("other", "", "1 BTC", "")),
    ],
)
def test_kinds_of_lines(text, expected):
    assert placed(text) == [("Desk", *expected)]


def test_types_are_ours():
    assert {*TYPES.values()} <= {*TransactionType.values}


def test_unknown_kind_is_said():
    (row,) = lines_of(line("Barter", "1,BTC,"))

    assert [remark.written for remark in row.remarks] == ["Barter"]


@pytest.mark.parametrize("text", [line("Income", "1,BTC,450.5"), line("Spend", sent="1,BTC,450.5")])
def test_worth_is_that_of_the_side_that_has_one(text):
    (entry,) = entries_of(text)

    assert (str(entry.value.amount), entry.value.currency) == ("450.5", "GBP")


def test_time_of_a_workbook_names_the_same_line():
    texts = [line("Deposit", "1,BTC,", time=f"2018-03-04{mark}09:00:00") for mark in " T"]

    assert identities_of(texts[0]) == identities_of(texts[1])


def test_fixture_reads_as_it_was_written():
    assert [shape(entry) for entry in entries_of(fixture("bittytax.csv"))] == [
        ("deposit", "", "500 GBP", ""),
        ("trade", "400 GBP", "0.05 BTC", "1.2 GBP"),
        ("payment", "0.002 BTC", "", ""),
    ]


@needs_samples
def test_sums_are_those_of_the_file():
    moves: list[tuple[str, Decimal]] = []
    for _type, got, bought, _1, gave, sold, _2, fee, paid, *_rest in raw_rows(SAMPLE):
        moves += [(bought, number(got)), (sold, -number(gave)), (paid, -number(fee))]

    assert gained(built_of(SAMPLE.read_bytes())) == added(moves)


@needs_samples
def test_workbook_is_the_same_as_the_csv():
    book = load_workbook(SAMPLE.with_suffix(".xlsx"), read_only=True, data_only=True)
    text = b"".join(csv_of(filled(book.worksheets[0])))

    assert identities_of(text) == identities_of(SAMPLE.read_bytes())
    assert gained(built_of(text)) == gained(built_of(SAMPLE.read_bytes()))


def test_same_line_in_two_wallets_is_known_whichever_comes_first(ledger):
    lines = [line("Mining", "1,BTC,", wallet=name) for name in ("Desk", "Phone")]
    row = lines[1].splitlines()[1]
    run(ledger, f"{lines[0]}{row}\n", wallet="")

    assert counts(run(ledger, lines[1], wallet="")) == (1, 0, 1, 0, 0, 0)
