import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import wrong
from tests.imports.helpers import entries_of, identities_of, lines_of, shape

PLAIN = (
    "Uid,Spot Pairs,Order Type,Direction,Filled Value,Filled Price,Filled Quantity,Fees,"
    "Transaction ID,Order No.,Timestamp (UTC+0)"
)
COINS = (
    "Spot Pairs,Order Type,Direction,feeCoin,ExecFeeV2,Filled Value,Filled Price,Filled Quantity,"
    "Fees,Transaction ID,Order No.,Timestamp (UTC)"
)
FUNDING = "Uid,Date & Time(UTC),Coin,QTY,Type,Account Balance,Description"
OLD_FUNDING = "Type,Coin,Amount,Wallet Balance,Time(UTC)"
UNIFIED = (
    "Uid,Currency,Contract,Type,Direction,Quantity,Position,Filled Price,Funding,Fee Paid,"
    "Cash Flow,Change,Wallet Balance,Action,Time(UTC)"
)


def traded(side: str) -> str:
    return f"{PLAIN}\n1,BTCUSDT,LIMIT,{side},100,1000,0.1,0.0001,7, 9,2024-11-29 12:30:00\n"


def funded(quantity: str, kind: str, description: str) -> str:
    return f"{FUNDING}\n1,2026-06-05 08:16:17,EUR,{quantity},{kind},9,{description}\n"


def leg(asset: str, kind: str, change: str, fee="0", flow="0", funding="0", price="5") -> str:
    return (
        f"1,{asset},BTCEUR,{kind},BUY,1,--,{price},{funding},{fee},{flow},{change},9,--,"
        "2026-09-22 19:11:48"
    )


def unified(*lines: str) -> str:
    return "\n".join([UNIFIED, *lines, ""])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (traded("BUY"), [("trade", "100 USDT", "0.1 BTC", "0.0001 BTC")]),
        (traded("SELL"), [("trade", "0.1 BTC", "100 USDT", "0.0001 USDT")]),
        (
            traded("SELL").replace("BTCUSDT", "XRPRLUSD"),
            [("trade", "0.1 XRP", "100 RLUSD", "0.0001 RLUSD")],
        ),
        (
            f"{COINS}\nBTCEUR,MARKET,BUY,MNT,0.5,100,1000,0.1,--,7, 9,08:22 2026-06-05\n",
            [("trade", "100 EUR", "0.1 BTC", "0.5 MNT")],
        ),
        (
            f"{COINS}\nBTCEUR,MARKET,SELL,EUR,0.5,100,1000,0.1,--,7, 9,08:22 2026-06-05\n",
            [("trade", "0.1 BTC", "100 EUR", "0.5 EUR")],
        ),
        (funded("17.5", "Fiat", "Deposit"), [("deposit", "", "17.5 EUR", "")]),
        (funded("-5", "Withdraw", "Withdrawal"), [("withdrawal", "5 EUR", "", "")]),
        (funded("5", "TRANSFER", "Withdrawal"), [("withdrawal", "5 EUR", "", "")]),
        (funded("-5", "Transfer out", "To Unified"), [("transfer", "5 EUR", "", "")]),
        (
            funded("5", "x", "Transfer to Derivatives Account"),
            [("transfer", "", "5 EUR", "")],
        ),
        (
            funded("1", "Earn", "Easy Earn | Flexible Interest Distribution"),
            [("reward", "", "1 EUR", "")],
        ),
        (
            funded("-1", "Earn", "Easy Earn | Flexible Subscription"),
            [("transfer", "1 EUR", "", "")],
        ),
        (funded("-1", "Bybit Card", "Purchase"), [("payment", "1 EUR", "", "")]),
        (funded("1", "Airdrop", "Token Splash"), [("airdrop", "", "1 EUR", "")]),
        (funded("1", "Something new", ""), [("other", "", "1 EUR", "")]),
        (
            f"{OLD_FUNDING}\nuserDeposit,BTC,0.5,0.5,2022-06-05 08:16:17\n",
            [("deposit", "", "0.5 BTC", "")],
        ),
        (
            f"{OLD_FUNDING}\ninternalAccountTransferWithdrawal,BTC,-1,0,2022-06-05 08:16:17\n",
            [("transfer", "1 BTC", "", "")],
        ),
        (
            unified(leg("BTC", "TRADE", "0.9", "-0.1", "1"), leg("EUR", "TRADE", "-5", flow="-5")),
            [("trade", "5 EUR", "1 BTC", "0.1 BTC")],
        ),
        (
            unified(leg("BTC", "TRADE", "1", flow="1"), leg("EUR", "TRADE", "-5", price="6")),
            [("trade", "", "1 BTC", ""), ("trade", "5 EUR", "", "")],
        ),
        (unified(leg("EUR", "TRADE", "0.9", "-0.1", "1")), [("trade", "", "1 EUR", "0.1 EUR")]),
        (unified(leg("EUR", "TRADE", "0.9", "0.1", "1")), [("trade", "", "1 EUR", "0.1 EUR")]),
        (unified(leg("EUR", "TRADE", "-0.1", "-0.1")), [("fee", "", "", "0.1 EUR")]),
        (unified(leg("EUR", "SETTLEMENT", "-1", funding="-1")), [("other", "1 EUR", "", "")]),
        (unified(leg("EUR", "TRANSFER_IN", "9")), [("transfer", "", "9 EUR", "")]),
        (unified(leg("EUR", "TRANSFER_OUT", "-9")), [("transfer", "9 EUR", "", "")]),
        (unified(leg("EUR", "AIRDROP", "9")), [("airdrop", "", "9 EUR", "")]),
        (unified(leg("EUR", "BONUS", "9")), [("reward", "", "9 EUR", "")]),
        (unified(leg("EUR", "NEW KIND", "9")), [("other", "", "9 EUR", "")]),
    ],
)
def test_kind_of_line(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == expected


def test_time_of_day_may_come_first():
    text = f"{COINS}\nBTCEUR,MARKET,SELL,EUR,1,9,9,1,--,7, 9,08:22 2026-06-05\n"

    (entry,) = entries_of(text)

    assert entry.occurred_at.isoformat() == "2026-06-05T08:22:00+00:00"
    assert (entry.group, identities_of(text)) == ("9", [("7",)])


def test_line_above_the_header_and_missing_ids_do_not_matter():
    lines = unified(leg("EUR", "TRANSFER_IN", "9"))

    assert identities_of(f"UID: 1,Company Name: ,Country: \n{lines}") == identities_of(lines)


@pytest.mark.parametrize(
    "text", [funded("0", "Earn", ""), unified(leg("EUR", "TRADE", "0"))], ids=["funding", "unified"]
)
def test_what_changed_nothing_is_skipped(text):
    assert lines_of(text) == [Skipped(2, "it changed no balance")]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (traded("SWAP"), "Direction"),
        (traded("BUY").replace("2024-11-29", "29/11/24"), "Timestamp (UTC+0)"),
        (funded("", "Earn", ""), "QTY"),
        (unified(leg("", "TRADE", "1")), "Currency"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]
