import pytest

from tests.formats.trackers import placed
from tests.imports.helpers import entries_of, fixture, lines_of

HEADER = (
    "Timestamp,Platform,Wallet,Type,Incoming,Incoming Asset,Outgoing,Outgoing Asset,Fee,Fee Asset,"
    "Smart Contract,Smart Contract Method,Blockchain Tx,Notes"
)
COIN, TOKEN = f"0x{'0' * 40}", f"0x{'Ab' * 20}"


def line(kind, got=",", sent=",", fee=",", place="binance,Spot"):
    return f"{HEADER}\n2023-05-06 07:08:09,{place},{kind},{got},{sent},{fee},,,f00d,note\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            line("Swap", "9,binance:ETH", "1,binance:BTC", "-0.1,binance:BNB"),
            ("trade", "1 BTC", "9 ETH", "0.1 BNB"),
        ),
        (line("Deposit", "1,binance:BTC"), ("deposit", "", "1 BTC", "")),
        (line("Withdraw", sent="1,binance:BTC"), ("withdrawal", "1 BTC", "", "")),
        (line("Reward", "1,binance:BTC"), ("reward", "", "1 BTC", "")),
        (line("Loss", sent="1,binance:BTC"), ("loss", "1 BTC", "", "")),
        (line("Stake", sent="1,binance:BTC"), ("transfer", "1 BTC", "", "")),
        (line("Borrow", "1,binance:BTC"), ("other", "", "1 BTC", "")),
        (line("Approve", fee=f"-0.1,ethereum:{COIN}:ETH"), ("fee", "", "", "0.1 ETH")),
        (line("Unknown", "1,binance:BTC"), ("deposit", "", "1 BTC", "")),
        (line("Barter", "1,binance:BTC"), ("other", "", "1 BTC", "")),
    ],
)
def test_kinds_of_lines(text, expected):
    assert placed(text) == [("binance Spot", *expected)]


def test_unknown_kind_is_said():
    (row,) = lines_of(line("Barter", "1,binance:BTC"))

    assert [remark.written for remark in row.remarks] == ["Barter"]


@pytest.mark.parametrize("prefix", ["", "chain."])
def test_tokens_are_known_by_chain_and_contract(prefix):
    (entry,) = entries_of(line("Deposit", f"1,{prefix}ethereum:{TOKEN}:DAI"))

    assert entry.received.asset == ("DAI", "", "ethereum", TOKEN.lower())


def test_address_is_a_wallet_by_itself():
    (row,) = lines_of(line("Deposit", "1,binance:BTC", place=f"ethereum,{TOKEN}"))

    assert row.wallet == (TOKEN, "chain")


def test_fixture_reads_as_it_was_written():
    assert [row[1:] for row in placed(fixture("privatefolio.csv"))] == [
        ("trade", "0.5 ETH", "900 DAI", "0.002 ETH"),
        ("deposit", "", "0.25 BTC", ""),
    ]
