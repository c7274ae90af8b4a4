import csv

import pytest

from formats.parsing.records import RowError, Skipped
from tests.formats.samples import SAMPLES, added, gained, needs_samples
from tests.imports.helpers import (
    built_of,
    entries_of,
    fixture,
    identities_of,
    lines_of,
    opened,
    shape,
)

HEADER = (
    "Timestamp,Date,Time,Type,Transaction ID,Fee,Fee unit,Address,Label,Amount,Amount unit,"
    "Fiat (USD),Other"
)
ME = "0x1111111111111111111111111111111111111111"
YOU = "0x2222222222222222222222222222222222222222"


def line(kind: str, amount: str = "1.5", fee: str = "", **kw: str) -> str:
    cells = {"time": "1700000000", "address": "you", "label": "", "asset": "BTC", "other": ""}
    cells |= {"unit": "BTC" if fee else "", "hash": "ab"} | kw
    columns = (
        '{time},14. 11. 2023,x,%s,{hash},%s,{unit},{address},"{label}",%s,{asset},"1,019.3",{other}'
    )
    return (columns % (kind, fee, amount)).format(**cells)


def read(*lines: str, **options: str) -> list:
    return lines_of("\n".join([HEADER, *lines, ""]), **options)


def shapes(*lines: str, **options: str) -> list:
    return [shape(row.value) for row in read(*lines, **options)]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"kind": "RECV"}, ("deposit", "", "1.5 BTC", "")),
        ({"kind": "recv"}, ("deposit", "", "1.5 BTC", "")),
        ({"kind": "SENT", "fee": "0.1"}, ("withdrawal", "1.5 BTC", "", "0.1 BTC")),
        ({"kind": "SENT"}, ("withdrawal", "1.5 BTC", "", "")),
        ({"kind": "SELF", "fee": "0.1"}, ("transfer", "1.5 BTC", "1.5 BTC", "0.1 BTC")),
        ({"kind": "FAILED", "fee": "0.1"}, ("fee", "", "", "0.1 BTC")),
        ({"kind": "SENT", "amount": "0", "fee": "0.1"}, ("fee", "", "", "0.1 BTC")),
        ({"kind": "SENT", "amount": "ID 77", "fee": "0.1"}, ("fee", "", "", "0.1 BTC")),
        (
            {"kind": "SENT", "amount": "", "asset": "", "address": "", "fee": "0.1"},
            ("fee", "", "", "0.1 BTC"),
        ),
        (
            {"kind": "SELF", "amount": "3", "address": "Claim rewards", "asset": "ADA"},
            ("reward", "", "3 ADA", ""),
        ),
        (
            {"kind": "SENT", "amount": "2", "address": "Stake", "asset": "ADA"},
            ("transfer", "2 ADA", "2 ADA", ""),
        ),
    ],
)
def test_output_becomes(cells, expected):
    assert shapes(line(**cells)) == [expected]


def test_outputs_of_one_transaction_share_its_hash_and_pay_its_fee_once():
    entries = entries_of(fixture("trezor_suite.csv"))

    assert [(shape(entry), entry.labels) for entry in entries] == [
        (("deposit", "", "0.5 BTC", ""), ("Salary",)),
        (("withdrawal", "0.1 BTC", "", "0.0001 BTC"), ("Rent",)),
        (("withdrawal", "0.05 BTC", "", ""), ()),
        (("transfer", "0.2 BTC", "0.2 BTC", "0.0002 BTC"), ()),
        (("fee", "", "", "0.0003 BTC"), ()),
    ]
    assert entries[1].group == entries[2].group == entries[1].tx_hash
    assert [entry.status for entry in entries].count("failed") == 1


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("RECV", ["Fee: “0.1” is left out: whoever sent it paid this"] * 2),
        ("SENT", ["Fee: “0.1” is left out: another line of this transaction has its fee"]),
    ],
)
def test_fee_of_somebody_else_or_of_another_line_is_not_taken(kind, said):
    rows = read(line(kind, fee="0.1"), line(kind, fee="0.1", address="another"))

    assert sum(bool(row.value.fee) for row in rows) == (kind == "SENT")
    remarks = [str(each) for row in rows for each in row.remarks if each.column == "Fee"]
    assert remarks == said


def test_what_a_contract_gave_came_in():
    lines = [
        line("RECV", address=ME, asset="ETH"),
        line("SENT", address=YOU, asset="USDC", fee="0.1", unit="ETH"),
        line("SENT", address=ME.upper().replace("X", "x"), asset="DAI"),
    ]

    assert shapes(*lines)[1:] == [
        ("withdrawal", "1.5 USDC", "", "0.1 ETH"),
        ("deposit", "", "1.5 DAI", ""),
    ]


def test_output_to_the_own_account_does_not_leave_it():
    lines = [line("RECV", address="me"), line("SENT", address="me", fee="0.1")]

    assert shapes(*lines)[1:] == [("transfer", "1.5 BTC", "1.5 BTC", "0.1 BTC")]


def test_own_address_that_no_line_names_is_asked_for():
    text = f"{HEADER}\n{line('SENT', address=ME, asset='DAI')}\n"

    silent, _table = opened(text)
    told, _table = opened(text, owner_address=ME)

    assert ["or with --owner-address" in str(each) for each in silent.remarks] == [True]
    assert told.remarks == []
    assert shape(entries_of(text, owner_address=ME)[0]) == ("deposit", "", "1.5 DAI", "")


def test_worth_has_no_sign():
    (row,) = read(line("SENT").replace("1,019.3", "-1,019.3"))

    assert str(row.value.value.amount) == "1019.3"


def test_other_side_time_label_and_value_are_kept():
    out, into = read(line("SENT", address="you", label="'=Rent"), line("RECV", address="me"))

    assert (out.value.counterparty, out.value.labels) == ("you", ("=Rent",))
    assert out.value.occurred_at.isoformat() == "2023-11-14T22:13:20+00:00"
    assert (str(out.value.value.amount), out.value.value.currency) == ("1019.3", "USD")
    assert into.value.counterparty == ""
    assert [row.value.counterparty for row in read(line("SELF", address="me"))] == [""]


def test_what_moves_nothing_is_skipped():
    lines = [
        line("SENT", time=""),
        line("SENT", "", asset="", address="", other="OP_RETURN (hello)"),
        line("FAILED"),
    ]

    assert read(*lines) == [
        Skipped(2, "the transaction is not confirmed yet"),
        Skipped(3, "this output moves nothing"),
        Skipped(4, "the transaction failed: nothing was moved"),
    ]


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        (
            {"kind": "JOINT"},
            ("Type", "“JOINT” is not known, so it cannot be told whether it came in or went out"),
        ),
        ({"kind": "SENT", "asset": ""}, ("Amount unit", "the cell is empty")),
        ({"kind": "SENT", "amount": "-1"}, ("Amount", "the amount is negative: -1")),
        ({"kind": "SENT", "hash": ""}, ("Transaction ID", "the cell is empty")),
        (
            {"kind": "SENT", "time": "soon"},
            ("Timestamp", "“soon” is not a Unix time in seconds, such as 1706710000"),
        ),
    ],
)
def test_broken_line_names_its_column(cells, error):
    assert read(line(**cells)) == [RowError(2, *error)]


def test_line_is_the_same_in_every_language_and_at_every_price():
    (old,) = identities_of(fixture("trezor_suite.semicolons.csv"))
    rows = [row for row in lines_of(fixture("trezor_suite.csv")) if not isinstance(row, Skipped)]

    assert rows[1].identity == old


@needs_samples
def test_sample_adds_up():
    data = (SAMPLES / "trezor_suite/everytrade_TrezorSuiteBeanV1.csv").read_text()
    rows = list(csv.DictReader(data.splitlines(), delimiter=";"))

    assert {row["Type"] for row in rows} == {"SENT"}
    assert gained(built_of(data)) == added(
        ("BTC", f"-{row[name]}") for row in rows for name in ("Amount", "Fee") if row[name]
    )
