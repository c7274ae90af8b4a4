import zoneinfo

import pytest

from formats.parsing.records import ImportFailed, RowError
from tests.imports.helpers import entries_of, fixture, identities_of, lines_of, shape

HEADER = "Date,Time,TX id,Address,Address Label,TX type,Value,TX total,Balance"
NAME = {"file_name": "account_1_btc.csv"}


def line(kind: str, value: str, total: str, **kw: str) -> str:
    cells = {"hash": "AB", "address": "1A", "label": "", "time": "08:09:10"} | kw
    columns = "2018-05-01,{time},{hash},{address},{label},%s,%s,%s,9"
    return (columns % (kind, value, total)).format(**cells)


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("IN", "1.5", "1.5")], [("deposit", "", "1.5 BTC", "")]),
        ([line("OUT", "1", "-1.1")], [("withdrawal", "1 BTC", "", "0.1 BTC")]),
        ([line("OUT", "1", "-1")], [("withdrawal", "1 BTC", "", "")]),
        ([line("SELF", "1", "-0.1")], [("transfer", "1 BTC", "1 BTC", "0.1 BTC")]),
        ([line("SELF", "", "-0.1")], [("transfer", "0 BTC", "0 BTC", "0.1 BTC")]),
        (
            [line("OUT", "1", "-3.1"), line("OUT", "2", "-3.1", address="1B")],
            [("withdrawal", "1 BTC", "", "0.1 BTC"), ("withdrawal", "2 BTC", "", "")],
        ),
        (
            [line("OUT", "1", "-3.1"), line("OUT", "2", "", address="1B")],
            [("withdrawal", "1 BTC", "", "0.1 BTC"), ("withdrawal", "2 BTC", "", "")],
        ),
        (
            [line("OUT", "1", "-1.1"), line("OUT", "2", "-2.1")],
            [("withdrawal", "1 BTC", "", ""), ("withdrawal", "2 BTC", "", "")],
        ),
    ],
)
def test_total_less_the_outputs_is_the_fee(lines, expected):
    assert [shape(entry) for entry in entries_of(text(*lines), **NAME)] == expected


@pytest.mark.parametrize(
    "lines", [[line("OUT", "1", "-0.5")], [line("OUT", "1", "-1.1"), line("OUT", "2", "-2.1")]]
)
def test_total_that_explains_nothing_is_said(lines):
    row = lines_of(text(*lines), **NAME)[0]

    assert [each.reason for each in row.remarks] == [
        "it and the outputs do not tell the fee, so none is taken"
    ]


def test_line_that_is_broken_takes_only_itself_away():
    broken, good = lines_of(text(line("OUT", "x", "-1"), line("OUT", "1", "-1.1")), **NAME)

    assert isinstance(broken, RowError)
    assert shape(good.value) == ("withdrawal", "1 BTC", "", "0.1 BTC")


def test_other_side_label_and_local_time_are_kept():
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")

    (entry,) = entries_of(text(line("OUT", "1", "-1.1", label="Rent")), zone=berlin, **NAME)

    assert (entry.counterparty, entry.labels) == ("1A", ("Rent",))
    assert (entry.tx_hash, entry.group) == ("ab", "ab")
    assert entry.occurred_at.isoformat() == "2018-05-01T06:09:10+00:00"


def test_coin_stands_in_the_name_of_the_file():
    (entry,) = entries_of(fixture("trezor_old.labels_ltc.csv"), file_name="savings_LTC.csv")

    assert shape(entry) == ("deposit", "", "1.5 LTC", "")


@pytest.mark.parametrize("name", ["", "export.csv", "account_bitcoin.csv"])
def test_coin_that_no_name_says_is_asked_for(name):
    with pytest.raises(ImportFailed, match="Which coin this file is of, only its name can say"):
        entries_of(text(), file_name=name)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (("SWAP", "1", "1"), "TX type"),
        (("OUT", "-1", "1"), "Value"),
        (("OUT", "1", "x"), "TX total"),
    ],
)
def test_broken_line_names_its_column(cells, column):
    (error,) = lines_of(text(line(*cells)), **NAME)

    assert isinstance(error, RowError)
    assert error.column == column


def test_line_is_the_same_with_and_without_labels():
    new = text(line("IN", "1.50", "1.5", label="Salary"))
    old = new.replace("Address Label,", "").replace("Salary,", "")

    assert identities_of(old, **NAME) == identities_of(new, **NAME)
