import csv

import pytest

from formats.parsing.records import Row, RowError, Skipped
from tests.formats.samples import SAMPLES, added, gained, needs_samples
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

HEADER = "Date (UTC),Label,Value,Balance,Fee,Value (USD),Txid"


def line(change: str, fee: str = "", **kw: str) -> str:
    cells = {"time": "2024-12-31 12:33:02", "label": "", "hash": "AB"} | kw
    return '{time},"{label}",{change},9,{fee},-1.5,{hash}'.format(change=change, fee=fee, **cells)


def read(*lines: str) -> list:
    return lines_of("\n".join([HEADER, *lines, ""]))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("200000",), ("deposit", "", "0.002 BTC", "")),
        (("-15612", "231"), ("withdrawal", "0.00015381 BTC", "", "0.00000231 BTC")),
        (("-454", "454"), ("fee", "", "", "0.00000454 BTC")),
        (("-0.00015612", "0.00000231"), ("withdrawal", "0.00015381 BTC", "", "0.00000231 BTC")),
        (("1.00000000",), ("deposit", "", "1 BTC", "")),
        (("1",), ("deposit", "", "0.00000001 BTC", "")),
        (("-15612",), ("withdrawal", "0.00015612 BTC", "", "")),
        (("-100", "231"), ("withdrawal", "0.000001 BTC", "", "")),
        (("-100", "0"), ("withdrawal", "0.000001 BTC", "", "")),
        (("0", "0"), ("withdrawal", "0 BTC", "", "")),
    ],
)
def test_change_includes_the_fee(cells, expected):
    (row,) = read(line(*cells))

    assert shape(row.value) == expected


@pytest.mark.parametrize(
    ("unit", "change", "expected"),
    [
        ("BTC", "2", "2 BTC"),
        ("BTC", "2.00000000", "2 BTC"),
        ("BTC", '"1,000.5"', "1000.5 BTC"),
        ("sats", "2", "0.00000002 BTC"),
        ("sats", '"1,000"', "0.00001 BTC"),
    ],
)
def test_unit_is_what_the_title_says(unit, change, expected):
    header = f"Date (UTC),Label,Value ({unit}),Balance ({unit}),Fee ({unit}),Value (USD),Txid"
    (entry,) = entries_of(f"{header}\n{line(change)}\n")

    assert shape(entry) == ("deposit", "", expected, "")


def test_thousands_of_satoshi_are_no_bitcoin():
    (row,) = read(line('"-15,612"', "231"))

    assert shape(row.value) == ("withdrawal", "0.00015381 BTC", "", "0.00000231 BTC")


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        (("-15612",), "Fee: taken as “0”: no fee is told, so none is taken"),
        (
            ("-100", "231"),
            "Fee: “231” is left out: it is more than what left, so others paid a part of it",
        ),
    ],
)
def test_fee_that_is_not_taken_is_said(cells, remark):
    (row,) = read(line(*cells))

    assert [str(each) for each in row.remarks] == [remark]


def test_labels_stand_in_one_cell_and_a_long_one_becomes_a_note():
    (row,) = read(line("1", label=f"Salary, May, {'x' * 101}"))

    assert (row.value.labels, row.value.note) == (("Salary", "May"), "x" * 101)


def test_value_and_hash_are_kept():
    (row,) = read(line("-15612", "231"))

    assert (str(row.value.value.amount), row.value.value.currency) == ("1.5", "USD")
    assert (row.value.tx_hash, row.value.group) == ("ab", "ab")


def test_what_is_no_transaction_is_skipped():
    lines = [line("1", time="Unconfirmed"), "# Rates are approximate.,,,,,,", "", "# Short"]

    assert read(*lines) == [
        Skipped(2, "the transaction is not confirmed yet"),
        Skipped(3, "a remark of Sparrow, not a transaction"),
        Skipped(5, "a remark of Sparrow, not a transaction"),
    ]


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ({"change": ""}, ("Value", "the cell is empty")),
        ({"change": "1", "hash": ""}, ("Txid", "the cell is empty")),
        ({"change": "-9", "fee": "-1"}, ("Fee", "the amount is negative: -0.00000001")),
    ],
)
def test_broken_line_names_its_column(cells, error):
    assert read(line(**cells)) == [RowError(2, *error)]


def test_transaction_is_the_same_in_every_unit():
    rows = [row for row in lines_of(fixture("sparrow.csv")) if isinstance(row, Row)]
    first = [row.identity for row in rows]
    shapes = [shape(row.value) for row in rows]

    assert identities_of(fixture("sparrow.bitcoin.csv")) == first[:2]
    assert identities_of(fixture("sparrow.units.csv")) == first[:1]
    assert [shape(entry) for entry in entries_of(fixture("sparrow.bitcoin.csv"))] == shapes[:2]
    assert [shape(entry) for entry in entries_of(fixture("sparrow.units.csv"))] == shapes[:1]


@needs_samples
def test_sample_adds_up():
    data = (SAMPLES / "sparrow/satsigner_sparrow_tx.csv").read_text()

    assert gained(built_of(data)) == added(
        ("BTC", f"{row['Value']}E-8") for row in csv.DictReader(data.splitlines()) if row["Txid"]
    )
