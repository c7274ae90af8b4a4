from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from formats.parsing.records import RowError, Skipped
from tests.formats.samples import added, gained, needs_samples, sample, wrong
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

HEADER = "transactTime,transactType,amount,fee,address,transactStatus,walletBalance"
TRADES = "transactTime,symbol,execType,side,lastQty,lastPx,execCost,orderID"
TIME = '"12/25/2019, 5:47:25 AM"'


def line(
    kind: str, amount: str, fee: str = "0", status: str = "Completed", address: str = "XBTUSD"
) -> str:
    return f"{HEADER}\n{TIME},{kind},{amount},{fee},{address},{status},0\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line("Deposit", "5000000", "null"), ("deposit", "", "0.05 BTC", "")),
        (
            line("Withdrawal", "-5746216", "100000"),
            ("withdrawal", "0.05646216 BTC", "", "0.001 BTC"),
        ),
        (line("RealisedPNL", "85517"), ("income", "", "0.00085517 BTC", "")),
        (line("RealisedPNL", "-201"), ("loss", "0.00000201 BTC", "", "")),
        (line("Funding", "-1"), ("loss", "0.00000001 BTC", "", "")),
        (line("AffiliatePayout", "100"), ("reward", "", "0.000001 BTC", "")),
        (line("Transfer", "-100"), ("transfer", "0.000001 BTC", "", "")),
        (line("Conversion", "100"), ("trade", "", "0.000001 BTC", "")),
        (line("Something", "100"), ("other", "", "0.000001 BTC", "")),
    ],
)
def test_amounts_are_satoshi_with_the_fee_in_them(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == [expected]


@pytest.mark.parametrize(
    ("unit", "amount"), [("XBt", "0.05 BTC"), ("USDt", "5 USDT"), ("", "0.05 BTC")]
)
def test_newer_header_names_the_unit(unit, amount):
    text = f"{HEADER},currency\n{TIME},Deposit,5000000,0,,Completed,0,{unit}\n"

    assert [shape(entry)[2] for entry in entries_of(text)] == [amount]


def test_address_is_the_other_one_of_a_withdrawal_and_else_the_contract():
    (withdrawn,) = entries_of(line("Withdrawal", "-5", address="3QJmV3"))
    (gained_,) = entries_of(line("RealisedPNL", "5"))

    assert (withdrawn.counterparty, withdrawn.note) == ("3QJmV3", "")
    assert (gained_.counterparty, gained_.note) == ("", "XBTUSD")


def test_time_is_of_the_zone_that_was_chosen_and_the_line_the_same_in_each():
    text = line("Deposit", "5")

    (entry,) = entries_of(text, zone=ZoneInfo("Asia/Tokyo"))

    assert f"{entry.occurred_at:%Y-%m-%d %H:%M:%S}" == "2019-12-24 20:47:25"
    assert identities_of(text) == identities_of(text, zone=ZoneInfo("Asia/Tokyo"))


def test_trade_of_a_contract_moves_no_coins_and_says_what_it_was():
    trade, funding = entries_of(fixture("bitmex_trades.csv"))

    assert shape(trade) == ("other", "", "0 BTC", "")
    assert trade.note == "Trade Sell 100 XBTUSD @ 7000"
    assert funding.note == "Funding 100 XBTUSD @ 7000"
    assert (trade.group[:4], funding.group) == ("eeee", "")


@pytest.mark.parametrize("status", ["Canceled", "Pending"])
def test_what_is_not_done_moved_nothing(status):
    assert lines_of(line("Withdrawal", "-5", status=status)) == [
        Skipped(2, f"it moved nothing: its status is “{status}”")
    ]


def test_unknown_kind_is_told():
    (row,) = lines_of(line("Something", "100"))

    assert [(remark.column, remark.read) for remark in row.remarks] == [("transactType", "other")]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (line("Deposit", "0.5"), "amount"),
        (line("Deposit", ""), "amount"),
        (line("Deposit", "5", "much"), "fee"),
        (line("Withdrawal", "-5", "6"), "fee"),
        (line("Deposit", "5", status="Unheard of"), "transactStatus"),
        (line("Deposit", "5").replace("5:47:25 AM", "25:47"), "transactTime"),
        (f"{HEADER},currency\n{TIME},Deposit,5,0,,Completed,0,ETh\n", "currency"),
        (f"{TRADES}\n{TIME},XBTUSD,Trade,Sell,100,,5,e1\n", "lastPx"),
        # An address that is quoted twice over spoils its own line only.
        (line("Withdrawal", "-5", address='""3QJmV3').replace("Completed", '"Completed"'), ""),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_sample_is_what_its_cells_say():
    raw = sample("bitmex/rotki_bitmex_wallet_history.csv")
    moves: list[tuple[str, Decimal]] = []
    for number, text in enumerate(raw.splitlines()[1:], 2):
        cells = text.strip('"').split('","')
        if number != 3 and cells[5] == "Completed":
            moves.append(("BTC", Decimal(cells[2]) / 10**8))

    lines = lines_of(raw)

    assert gained(built_of(raw)) == added(moves)
    # In line 3 a quotation mark is opened twice; the last line was canceled.
    assert [each.line for each in lines if isinstance(each, RowError)] == [3]
    assert [each.line for each in lines if isinstance(each, Skipped)] == [11]
