from decimal import Decimal

import pytest

from formats.parsing.records import RowError, Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, identities_of, lines_of, shape

HEADER = (
    "Timezone,Date,Time,Type,Currency,Amount,Quote Currency,Quote Price,Received / Paid Currency,"
    "Received / Paid Amount,Fee currency,Fee amount,Status,Transaction ID,Address"
)


def line(rest: str, time="2023-07-30,11:36:46", zone="Europe/Amsterdam") -> str:
    return f"{HEADER}\n{zone},{time},{rest}\n"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (
            "buy,ETH,0.005,EUR,2000,EUR,-10.25,EUR,0.25,Completed,1,",
            ("trade", "10 EUR", "0.005 ETH", "0.25 EUR"),
        ),
        (
            "sell,ETH,-0.01,EUR,2000,EUR,19.5,EUR,0.5,Completed,1,",
            ("trade", "0.01 ETH", "20 EUR", "0.5 EUR"),
        ),
        (
            "buy,ETH,0.005,EUR,2000,EUR,-10,BTC,0.25,Completed,1,",
            ("trade", "10 EUR", "0.005 ETH", "0.25 BTC"),
        ),
        (
            "withdrawal,USDT,-32.156874000000003,,,,,USDT,5.4,Completed,1,",
            ("withdrawal", "26.756874000000003 USDT", "", "5.4 USDT"),
        ),
        ("deposit,EUR,25,,,,,EUR,0,Completed,1,NL12***34", ("deposit", "", "25 EUR", "")),
        ("deposit,EUR,25,,,,,EUR,1,Completed,1,", ("deposit", "", "26 EUR", "1 EUR")),
        ("deposit,XLM,25,,,,,,,Completed,1,", ("deposit", "", "25 XLM", "")),
        ("staking,ETH,0.2,,,,,ETH,,Distributed,1,", ("reward", "", "0.2 ETH", "")),
        ("affiliate,EUR,2,,,,,,,Completed,1,", ("reward", "", "2 EUR", "")),
        ("internal_transfer,EUR,-2,,,,,,,Completed,1,", ("transfer", "2 EUR", "", "")),
        ("something new,EUR,-2,,,,,,,Completed,1,", ("other", "2 EUR", "", "")),
    ],
)
def test_kind_of_line_and_amounts_without_the_fee(rest, expected):
    assert [shape(entry) for entry in entries_of(line(rest))] == [expected]


@pytest.mark.parametrize(
    ("zone", "time", "expected"),
    [
        ("Europe/Amsterdam", "2023-07-30,11:36:46.620", "2023-07-30T09:36:46.620000+00:00"),
        ("Europe/Amsterdam", "2023-11-30,11:36:46", "2023-11-30T10:36:46+00:00"),
        ("UTC", "2023-07-30,11:36:46", "2023-07-30T11:36:46+00:00"),
    ],
)
def test_time_is_in_the_zone_of_its_line(zone, time, expected):
    (entry,) = entries_of(line("deposit,EUR,25,,,,,,,Completed,1,", time, zone))

    assert entry.occurred_at.isoformat() == expected


def test_line_is_named_by_its_id():
    assert identities_of(line("deposit,EUR,25,,,,,EUR,0,Completed,abc,")) == [("abc",)]


def test_masked_account_is_nobodys_and_said_so():
    (row,) = lines_of(line("withdrawal,EUR,-25,,,,,EUR,0,Completed,1,NL12***34"))

    assert [remark.column for remark in row.remarks] == ["Address"]


def test_pending_line_is_skipped():
    (row,) = lines_of(line("deposit,EUR,25,,,,,EUR,0,Pending,1,"))

    assert row == Skipped(2, "it moved nothing: its status is “Pending”")


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (line("deposit,EUR,25,,,,,EUR,0,Completed,1,", zone="Europe/Nowhere"), "Timezone"),
        (line("withdrawal,ETH,-0.5,,,,,ETH,1,Completed,1,"), "Fee amount"),
        (line("buy,ETH,1,EUR,2,,,EUR,0,Completed,1,"), "Received / Paid Currency"),
        (line("deposit,EUR,25,,,,,EUR,0,Completed,,"), "Transaction ID"),
        (line("deposit,EUR,25,,,,,EUR,0,Strange,1,"), "Status"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_sample_sums_to_what_its_rows_say():
    """Its first row has a fee larger than its amount, which is an error."""
    text = sample("bitvavo/etg_bitvavo-export.csv")
    rows = rows_of(text)
    changes = [(row["Currency"], Decimal(row["Amount"])) for row in rows[1:]]
    changes += [
        (row["Received / Paid Currency"], Decimal(row["Received / Paid Amount"]))
        for row in rows
        if row["Received / Paid Amount"]
    ]

    assert gained(built_of(text)) == added(changes)
    assert [row.line for row in lines_of(text) if isinstance(row, RowError)] == [2]


@needs_samples
def test_sample_that_ends_before_its_last_cell_says_so():
    (error,) = lines_of(sample("bitvavo/sidekick_Send_single_send.csv"))

    assert error.message == "the file ends in the middle of this row"
