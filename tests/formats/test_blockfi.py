import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

HEADER = "Cryptocurrency,Amount,Transaction Type,Confirmed At"
TRADES = (
    "Trade ID,Date,Buy Quantity,Buy Currency,Sold Quantity,Sold Currency,Rate Amount,"
    "Rate Currency,Type"
)


def line(kind: str, amount: str = " 0.5", time: str = "2021-02-05 11:45:58") -> str:
    return f"{HEADER}\nBTC,{amount},{kind},{time}\n"


@pytest.mark.parametrize(
    ("kind", "amount", "expected"),
    [
        ("Deposit", "0.5", ("deposit", "", "0.5 BTC", "")),
        ("Wire Deposit", "0.5", ("deposit", "", "0.5 BTC", "")),
        ("Withdrawal", "-0.5", ("withdrawal", "0.5 BTC", "", "")),
        ("ACH Withdrawal", "-0.5", ("withdrawal", "0.5 BTC", "", "")),
        ("Withdrawal Fee", "-0.5", ("fee", "", "", "0.5 BTC")),
        ("Crypto Transfer", "0.5", ("deposit", "", "0.5 BTC", "")),
        ("Crypto Transfer", "-0.5", ("withdrawal", "0.5 BTC", "", "")),
        ("Interest Payment", "0.5", ("reward", "", "0.5 BTC", "")),
        ("Bonus Payment", "0.5", ("reward", "", "0.5 BTC", "")),
        ("Referral Bonus", "0.5", ("reward", "", "0.5 BTC", "")),
        ("Cc Rewards Redemption", "0.5", ("reward", "", "0.5 BTC", "")),
        ("BIA Withdraw", "-0.5", ("transfer", "0.5 BTC", "", "")),
        ("Something New", "-0.5", ("other", "0.5 BTC", "", "")),
    ],
)
def test_kind_and_sign_tell_what_moved(kind, amount, expected):
    assert [shape(entry) for entry in entries_of(line(kind, amount))] == [expected]


def test_unknown_kind_is_told():
    (row,) = lines_of(line("Something New"))

    assert [(remark.column, remark.read) for remark in row.remarks] == [
        ("Transaction Type", "other")
    ]


def test_trade_is_one_line_of_its_own_file():
    assert [shape(entry) for entry in entries_of(fixture("blockfi_trades.csv"))] == [
        ("trade", "0.5 BTC", "20000.5 USDC", "")
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line("Trade"), "one side of a trade: BlockFi's file of trades has both together"),
        (line("Deposit", time=""), "it moved nothing: it is not confirmed"),
    ],
)
def test_what_is_left_out_says_why(text, reason):
    assert lines_of(text) == [Skipped(2, reason)]


@pytest.mark.parametrize(("name", "place"), [("blockfi.rate", 2), ("blockfi_trades.frequency", 0)])
def test_line_is_the_same_with_more_columns(name, place):
    all_lines = lines_of(fixture(f"{name.split('.')[0]}.csv"))

    assert identities_of(fixture(f"{name}.csv")) == [all_lines[place].identity]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (line("Deposit", ""), "Amount"),
        (line("", "1"), "Transaction Type"),
        (line("Deposit", time="yesterday"), "Confirmed At"),
        (f"{TRADES}\nA1,2021-01-30 23:59:59,,usdc,1,btc,,,\n", "Buy Quantity"),
        (f"{TRADES}\nA1,2021-01-30 23:59:59,1,usdc,1,,,,\n", "Sold Currency"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_samples_are_what_their_cells_say():
    raw, trades = (
        sample(f"blockfi/rotki_blockfi-{name}.csv") for name in ("transactions", "trades")
    )
    lines = [row for row in rows_of(raw) if row["Transaction Type"] != "Trade"]
    (trade,) = rows_of(trades)

    assert gained(built_of(raw)) == added((row["Cryptocurrency"], row["Amount"]) for row in lines)
    assert gained(built_of(trades)) == added(
        [
            (trade["Buy Currency"].upper(), trade["Buy Quantity"]),
            (trade["Sold Currency"], f"-{trade['Sold Quantity']}"),
        ]
    )
