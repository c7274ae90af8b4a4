from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, identities_of, lines_of, shape

HEADER = (
    "Trade ID,Date/Time,Market,Price,Deviation,Amount in BTC,Amount,Currency,Transaction Fee,"
    "Trade Fee BTC,Trade Fee BSQ,Buyer Deposit,Seller Deposit,Offer type,Status"
)


def line(
    offer: str, asset: str = "EUR", fees: str = "0.0001,,0.25", status: str = "Completed"
) -> str:
    time = "10 Mar 2021 10:40:20"
    amounts = f"0.01,500,{asset},{fees},0.002,0.003"
    return f"{HEADER}\na1,{time},BTC/EUR,50000,N/A,{amounts},{offer},{status}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            line("Sell BTC"),
            [("trade", "0.01 BTC", "500 EUR", "0.0001 BTC"), ("fee", "", "", "0.25 BSQ")],
        ),
        (
            line("Buy BTC", fees="0.0001,0.00006,"),
            [("trade", "500 EUR", "0.01 BTC", "0.00016 BTC")],
        ),
        (line("Sell BTC", fees=",,0.25"), [("trade", "0.01 BTC", "500 EUR", "0.25 BSQ")]),
        (line("Sell DASH", "DASH", ",,"), [("trade", "500 DASH", "0.01 BTC", "")]),
        (line("Buy BSQ", "BSQ", ",,", "Mediated"), [("trade", "0.01 BTC", "500 BSQ", "")]),
    ],
)
def test_offer_tells_what_was_given(text, expected):
    built = built_of(text)

    assert [shape(each.entry) for each in built] == expected
    assert [len(each.rows) for each in built] == [1, 0][: len(built)]
    assert {each.entry.group for each in built} == {"a1"}


def test_time_is_of_the_zone_that_was_chosen():
    first, _fee = entries_of(line("Sell BTC"), zone=ZoneInfo("Europe/Berlin"))

    assert f"{first.occurred_at:%Y-%m-%d %H:%M:%S}" == "2021-03-10 09:40:20"
    assert identities_of(line("Sell BTC")) == [("a1",)]


def test_canceled_trade_moved_nothing():
    assert lines_of(line("Sell BTC", status="Canceled")) == [
        Skipped(2, "it moved nothing: its status is “Canceled”")
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (line("Lend BTC"), "Offer type"),
        (line("Sell XMR"), "Offer type"),
        (line("Sell BTC", ""), "Currency"),
        (line("Sell BTC", fees="-1,,"), "Transaction Fee"),
        (line("Sell BTC", status="Unheard of"), "Status"),
        (line("Sell BTC").replace("10 Mar 2021", "10.03.21"), "Date/Time"),
        (line("Sell BTC").replace("0.01,", ",", 1), "Amount in BTC"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_sample_is_what_its_cells_say():
    raw = sample("bisq/rotki_bisq_trades.csv")
    moves: list[tuple[str, Decimal]] = []
    for row in rows_of(raw):
        if row["Status"] == "Canceled":
            continue
        side, asset = row["Offer type"].split()
        bitcoin = 1 if (side == "Buy") == (asset == "BTC") else -1
        moves.append(("BTC", bitcoin * Decimal(row["Amount in BTC"])))
        moves.append((row["Currency"], -bitcoin * Decimal(row["Amount"])))
        moves.append(("BTC", -Decimal(row["Transaction Fee"])))
        moves.append(("BTC", -Decimal(row["Trade Fee BTC"] or 0)))
        moves.append(("BSQ", -Decimal(row["Trade Fee BSQ"] or 0)))

    assert gained(built_of(raw)) == added(moves)
    assert [each.line for each in lines_of(raw) if isinstance(each, Skipped)] == [7]
