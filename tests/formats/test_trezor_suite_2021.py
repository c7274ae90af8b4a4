import pytest

from formats.parsing.records import ImportFailed, RowError, Skipped
from tests.imports.helpers import lines_of, opened, shape

HEADER = "Date & Time,Type,Transaction ID,Addresses,Fee,Total"
NAME = {"file_name": "export-btc-20210501.csv"}


def line(kind: str, total: str, fee: str = "0.1", **kw: str) -> str:
    cells = {"time": "2021-05-01 08:09:10", "hash": "AB", "addresses": "bc1you"} | kw
    return "{time},%s,{hash},{addresses},%s,%s".format(**cells) % (kind, fee, total)


def read(*lines: str, header: str = HEADER) -> list:
    return lines_of("\n".join([header, *lines, ""]), **NAME)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("RECV", "1.5"), ("deposit", "", "1.5 BTC", "")),
        (("SENT", "1.5"), ("withdrawal", "1.5 BTC", "", "0.1 BTC")),
        (("SENT", "0"), ("fee", "", "", "0.1 BTC")),
        (("SELF", "1.5"), ("transfer", "1.5 BTC", "1.5 BTC", "0.1 BTC")),
        (("SELF", "0"), ("fee", "", "", "0.1 BTC")),
        (("FAILED", "1.5"), ("fee", "", "", "0.1 BTC")),
    ],
)
def test_total_is_without_the_fee(cells, expected):
    (row,) = read(line(*cells))

    assert shape(row.value) == expected


def test_fee_of_what_came_in_was_the_senders():
    (row,) = read(line("RECV", "1.5"))

    assert [str(each) for each in row.remarks] == [
        "Fee: “0.1” is left out: whoever sent it paid this"
    ]


def test_failed_transaction_keeps_its_fee():
    failed, free = read(line("FAILED", "1.5"), line("FAILED", "1.5", "0"))

    assert failed.value.status == "failed"
    assert free == Skipped(3, "the transaction failed: nothing was moved")


def test_time_may_be_in_seconds():
    (row,) = read(
        line("SENT", "1", time="1700000000"), header=HEADER.replace("Date & Time", "Timestamp")
    )

    assert row.value.occurred_at.isoformat() == "2023-11-14T22:13:20+00:00"
    assert (row.value.counterparty, row.value.tx_hash) == ("bc1you", "ab")


@pytest.mark.parametrize(
    ("cells", "column"),
    [(("JOINT", "1"), "Type"), (("SENT", ""), "Total"), (("SENT", "1", "-1"), "Fee")],
)
def test_broken_line_names_its_column(cells, column):
    (error,) = read(line(*cells))

    assert isinstance(error, RowError)
    assert error.column == column


def test_coin_that_no_name_says_is_asked_for():
    with pytest.raises(ImportFailed, match="Which coin this file is of, only its name can say"):
        opened(f"{HEADER}\n", file_name="export.csv")
