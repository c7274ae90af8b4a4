import pytest

from formats.parsing.records import RowError, Skipped
from tests.imports.helpers import entries_of, fixture, identities_of, lines_of, shape

HEADER = "Time,Type,Amount,Unit,Fee,Fee Unit,Address,Transaction ID,Note"


def line(kind: str, amount: str = "150000", fee: str = "", **kw: str) -> str:
    cells = {"time": "2024-05-01T10:11:12+02:00", "unit": "satoshi", "hash": "AB", "note": ""}
    cells |= {"paid": "satoshi" if fee else "", "address": "bc1you"} | kw
    cells |= {"kind": kind, "amount": amount, "fee": fee}
    columns = "{time},{kind},{amount},{unit},{fee},{paid},{address},{hash},{note}"
    return columns.format(**cells)


def read(*lines: str) -> list:
    return lines_of("\n".join([HEADER, *lines, ""]))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"kind": "received"}, ("deposit", "", "0.0015 BTC", "")),
        ({"kind": "sent", "fee": "231"}, ("withdrawal", "0.0015 BTC", "", "0.00000231 BTC")),
        ({"kind": "sent"}, ("withdrawal", "0.0015 BTC", "", "")),
        (
            {"kind": "sent_to_yourself", "fee": "231"},
            ("transfer", "0.0015 BTC", "0.0015 BTC", "0.00000231 BTC"),
        ),
        ({"kind": "received", "unit": "litoshi"}, ("deposit", "", "0.0015 LTC", "")),
        (
            {"kind": "sent", "amount": "1" + 18 * "0", "unit": "wei", "fee": "1", "paid": "wei"},
            ("withdrawal", "1 ETH", "", "0.000000000000000001 ETH"),
        ),
        (
            {"kind": "sent", "amount": "12.5", "unit": "USDT", "fee": "1", "paid": "wei"},
            ("withdrawal", "12.5 USDT", "", "0.000000000000000001 ETH"),
        ),
        ({"kind": "sent", "amount": "0", "fee": "231"}, ("fee", "", "", "0.00000231 BTC")),
    ],
)
def test_amount_is_in_its_unit(cells, expected):
    (row,) = read(line(**cells))

    assert shape(row.value) == expected


def test_addresses_of_one_transaction_share_its_hash_and_pay_its_fee_once():
    entries = entries_of(fixture("bitbox.csv"))

    assert [(entry.group[-1], shape(entry)[3], entry.note) for entry in entries] == [
        ("1", "", "Salary"),
        ("2", "0.00000231 BTC", "Rent"),
        ("2", "", "Rent"),
    ]
    assert entries[0].occurred_at.isoformat() == "2024-05-01T08:11:12+00:00"


def test_own_addresses_are_nobody_elses():
    sides = [
        row.value.counterparty
        for row in read(line("sent"), line("received"), line("sent_to_yourself"))
    ]

    assert sides == ["bc1you", "", ""]


def test_what_is_not_confirmed_is_skipped():
    assert read(line("received", time="")) == [Skipped(2, "the transaction is not confirmed yet")]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"kind": "burnt"}, "Type"),
        ({"kind": "sent", "amount": ""}, "Amount"),
        ({"kind": "sent", "amount": "1.5"}, "Amount"),
        ({"kind": "sent", "unit": ""}, "Unit"),
        ({"kind": "sent", "hash": ""}, "Transaction ID"),
    ],
)
def test_broken_line_names_its_column(cells, column):
    (error,) = read(line(**cells))

    assert isinstance(error, RowError)
    assert error.column == column


def test_worth_has_no_sign():
    (entry,) = entries_of(fixture("bitbox.values.csv").replace(b"88.11", b"-88.11"))

    assert str(entry.value.amount) == "88.11"


def test_line_is_the_same_with_and_without_values():
    (entry,) = entries_of(fixture("bitbox.values.csv"))

    assert (str(entry.value.amount), entry.value.currency) == ("88.11", "CHF")
    (identity,) = identities_of(fixture("bitbox.values.csv"))
    assert identity == lines_of(fixture("bitbox.csv"))[0].identity
