import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

HEADER = (
    "id,status,timestamp,rate,minerFee,inputAmount,inputCurrency,inputAddress,inputTxid,"
    "outputAmount,outputCurrency,outputAddress,outputTxid,refundAddress,refundCurrency,refundTxid"
)


def line(status: str = "complete", fee: str = "0.002", got: str = "0.5005", asset: str = "DASH"):
    time = "2019-06-26T12:11:55.670Z"
    return f"{HEADER}\nf1,{status},{time},0.005,{fee},100.5,DAI,,aa,{got},{asset},X,bb,,,\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line(), ("trade", "100.5 DAI", "0.5025 DASH", "0.002 DASH")),
        (line(fee="0"), ("trade", "100.5 DAI", "0.5005 DASH", "")),
    ],
)
def test_what_came_out_is_less_the_miner_s_fee(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == [expected]


def test_trade_has_its_hash_and_where_the_coins_went():
    (entry,) = entries_of(fixture("shapeshift.csv"))

    assert (entry.tx_hash, entry.counterparty[-2:], entry.group) == ("cc00", "aa", "ff01")
    assert f"{entry.occurred_at:%H:%M:%S.%f}" == "12:11:55.670000"
    assert identities_of(fixture("shapeshift.csv")) == [("ff01",)]


@pytest.mark.parametrize("status", ["returned", "failed", "error"])
def test_what_came_back_is_no_trade(status):
    assert lines_of(line(status)) == [
        Skipped(2, f"it moved nothing: its status is “{status}”"),
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (line("unheard of"), "status"),
        (line(got=""), "outputAmount"),
        (line(asset=""), "outputCurrency"),
        (line(fee="-1"), "minerFee"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_sample_is_what_its_cells_say():
    raw = sample("shapeshift/rotki_shapeshift-trade-history.csv")
    done = [row for row in rows_of(raw) if row["status"] == "complete"]
    came = [(row["outputCurrency"], row["outputAmount"]) for row in done]
    went = [(row["inputCurrency"], f"-{row['inputAmount']}") for row in done]

    assert gained(built_of(raw)) == added([*came, *went])
