import zoneinfo

import pytest

from formats.parsing.records import RowError, Skipped
from tests.imports.helpers import entries_of, fixture, lines_of, shape

HEADER = (
    "oc_transaction_hash,ln_payment_hash,label,confirmations,amount_chain_bc,amount_lightning_bc,"
    "fiat_value,network_fee_bc,fiat_fee,timestamp"
)


def line(chain: str, fee: str = "", lightning: str = "0.", **kw: str) -> str:
    cells = {"hash": "AB", "payment": "", "label": "", "confirmations": "9"}
    cells |= {"time": "2024-07-02 09:10:11"} | kw
    columns = "{hash},{payment},{label},{confirmations},%s,%s,,%s,,{time}"
    return (columns % (chain, lightning, fee)).format(**cells)


def read(*lines: str, **options) -> list:
    return lines_of("\n".join([HEADER, *lines, ""]), **options)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("1.", "0."), ("deposit", "", "1 BTC", "")),
        (("-0.50012", "0.00012"), ("withdrawal", "0.5 BTC", "", "0.00012 BTC")),
        (("-0.00012", "0.00012"), ("fee", "", "", "0.00012 BTC")),
        (("-0.5", ""), ("withdrawal", "0.5 BTC", "", "")),
        (("-0.1001", "0.0001", "0.1"), ("transfer", "0.1 BTC", "0.1 BTC", "0.0001 BTC")),
        (("0.2", "", "-0.201"), ("transfer", "0.201 BTC", "0.2 BTC", "")),
        (("0.", "", "-0.00012345678"), ("withdrawal", "0.00012345678 BTC", "", "")),
        (("0.", "", "0.5"), ("deposit", "", "0.5 BTC", "")),
        (("0.1", "", "0.5"), ("deposit", "", "0.6 BTC", "")),
    ],
)
def test_change_on_the_chain_and_in_channels(cells, expected):
    (row,) = read(line(*cells))

    assert shape(row.value) == expected


def test_time_is_that_of_the_computer():
    (row,) = read(line("1."), zone=zoneinfo.ZoneInfo("Europe/Berlin"))

    assert row.value.occurred_at.isoformat() == "2024-07-02T07:10:11+00:00"
    assert row.identity == ("ab", "")


def test_label_and_hash_are_kept():
    onchain, lightning, group = read(
        line("1.", label="Rent"),
        line("0.", lightning="1.", hash="", payment="cd"),
        line("1.", hash="----"),
    )

    assert (onchain.value.labels, onchain.value.tx_hash) == (("Rent",), "ab")
    assert (lightning.value.tx_hash, lightning.value.group) == ("", "cd")
    assert (group.value.tx_hash, group.value.group) == ("", "")
    assert group.identity == ("2024-07-02T09:10:11+00:00", "1", "0")


@pytest.mark.parametrize("kw", [{"confirmations": "0"}, {"confirmations": "-1"}, {"time": ""}])
def test_what_is_not_confirmed_is_skipped(kw):
    assert read(line("1.", **kw)) == [Skipped(2, "the transaction is not confirmed yet")]


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        (("",), ("amount_chain_bc", "the cell is empty")),
        (("-1", "-0.1"), ("network_fee_bc", "the amount is negative: -0.1")),
    ],
)
def test_broken_line_names_its_column(cells, error):
    assert read(line(*cells)) == [RowError(2, *error)]


def test_transaction_is_the_same_in_every_generation():
    rows = {
        name: next(row for row in lines_of(fixture(f"{name}.csv")) if "Rent" in row.cells)
        for name in ("electrum", "electrum.satoshi", "electrum.fiat")
    }

    assert {row.identity for row in rows.values()} == {(f"2{'0' * 62}2", "")}
    assert {shape(row.value) for row in rows.values()} == {
        ("withdrawal", "0.5 BTC", "", "0.00012 BTC")
    }


def test_old_file_tells_no_fee():
    rows = lines_of(fixture("electrum.old.csv"))

    assert [shape(row.value) for row in rows] == [
        ("deposit", "", "1.25 BTC", ""),
        ("withdrawal", "0.25 BTC", "", ""),
    ]
    assert [str(each) for each in rows[1].remarks] == [
        "fee: taken as “0”: no fee is told, so none is taken"
    ]
    assert shape(entries_of(fixture("electrum.oldest.csv"))[0]) == shape(rows[0].value)
