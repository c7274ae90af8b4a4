from decimal import Decimal

import pytest

from formats.parsing.records import RowError, Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, identities_of, lines_of, shape

OLD = "tradeCreatedAt,symbol,side,price,size,funds,fee,feeCurrency"
EXCEL = "tradeCreatedAt;orderId;symbol;side;price;size;funds;fee;liquidity;feeCurrency;orderType"
COINS = "Time,Pair,Side,FilledPrice,FilledPriceCoin,Amount,AmountCoin,Volume,VolumeCoin,Fee,FeeCoin"
FILLS = (
    "UID,Account Type,Order ID,Symbol,Side,Order Type,Avg. Filled Price,Filled Amount,"
    "Filled Volume,Filled Volume (USDT),Filled Time(UTC+02:00),Fee,Maker/Taker,Fee Currency"
)
ORDERS = (
    "UID,Account Type,Order ID,Order Time(UTC+02:00),Symbol,Side,Order Type,Order Price,"
    "Order Amount,Avg. Filled Price,Filled Amount,Filled Volume,Filled Volume (USDT),"
    "Filled Time(UTC+02:00),Fee,Fee Currency,Tax,Status"
)
CONVERTS = "UID,Account Type,Payment Account,Sell,Buy,Price,Time of Update(UTC+02:00),Status"
OUT = (
    "UID,Account Type,Time(UTC+02:00),Coin,Amount,Fee,Hash,Withdrawal Address/Account,"
    "Transfer Network,Status,Remarks"
)
IN = OUT.replace("Withdrawal Address/Account", "Deposit Address")
BUNDLE = "UID,Account Type,Time(UTC+02:00),Remarks,Status,Fee,Amount,Coin,Transfer Network"
ACCOUNT = "UID,Account Type,Currency,Side,Amount,Fee,Time(UTC+08:00),Remark,Type"
ADDRESS = "0x00000000000000000000000000000000000000bb"


def fill(side="BUY", fee="0.45,TAKER,USDT") -> str:
    return (
        f"{FILLS}\n****4228,mainAccount,,KAS-USDT,{side},MARKET,0.15,1500,225,225,"
        f"2023-12-04 06:25:42,{fee}\n"
    )


def order(filled="1500", status="deal", order_id="65aa", tax="") -> str:
    return (
        f"{ORDERS}\n1,m,{order_id},2023-12-04 06:25:40,KAS-USDT,BUY,MARKET,0,1500,0.15,{filled},"
        f"225,225,2023-12-04 06:25:42,0.45,USDT,{tax},{status}\n"
    )


def moves(*lines: str) -> str:
    return "\n".join([ACCOUNT, *(f"*1,{line}" for line in lines), ""])


def move(asset: str, side: str, amount: str, kind: str, fee="0", remark="", account="main") -> str:
    return f"{account},{asset},{side},{amount},{fee},2025-01-24 01:02:11,{remark},{kind}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (fill(), ("trade", "225 USDT", "1500 KAS", "0.45 USDT")),
        (fill("sell"), ("trade", "1500 KAS", "225 USDT", "0.45 USDT")),
        (fill(fee="0,MAKER,"), ("trade", "225 USDT", "1500 KAS", "")),
        (order(), ("trade", "225 USDT", "1500 KAS", "0.45 USDT")),
        (
            f"{OLD}\n2022-04-28 12:36:00,XTZ-USDT,sell,2.5,10,25,0.025,USDT\n",
            ("trade", "10 XTZ", "25 USDT", "0.025 USDT"),
        ),
        (
            f"{COINS}\n2022-04-28 12:36:00,XTZ/USDT,BUY,2.5,USDT,10,XTZ,25,USDT,0.1,KCS\n",
            ("trade", "25 USDT", "10 XTZ", "0.1 KCS"),
        ),
        (
            f"{CONVERTS}\n*,m,TRADE,10285.1 KAS,16272.9 DOGE,1,2023-12-04 08:28:21,SUCCESS\n",
            ("trade", "10285.1 KAS", "16272.9 DOGE", ""),
        ),
        (
            f"{OUT}\n*,m,2023-12-04 06:21:52,USDT,1497,1,0xab,{ADDRESS},ERC20,SUCCESS,\n",
            ("withdrawal", "1497 USDT", "", "1 USDT"),
        ),
        (
            f"{IN}\n*,m,2023-12-04 06:21:52,USDT,1497,0,0xab,{ADDRESS},ERC20,SUCCESS,\n",
            ("deposit", "", "1497 USDT", ""),
        ),
        (
            f"{BUNDLE}\n*,m,2023-12-04 06:21:52,Deposit,SUCCESS,0,1497,USDT,TRX\n",
            ("deposit", "", "1497 USDT", ""),
        ),
        (
            f"{BUNDLE}\n*,m,2023-12-04 06:21:52,Withdrawal,SUCCESS,2,1497,USDT,TRX\n",
            ("withdrawal", "1497 USDT", "", "2 USDT"),
        ),
        (moves(move("XMR", "Deposit", "15", "Deposit")), ("deposit", "", "15 XMR", "")),
        (
            moves(move("BTC", "Withdrawal", "0.030015", "Withdraw", "0.000015")),
            ("withdrawal", "0.03 BTC", "", "0.000015 BTC"),
        ),
        (moves(move("XMR", "Withdrawal", "0.2", "Transfer")), ("transfer", "0.2 XMR", "", "")),
        (
            moves(move("KCS", "Deposit", "2", "KCS Bonus")),
            ("reward", "", "2 KCS", ""),
        ),
        (
            moves(move("KCS", "Withdrawal", "2", "KuCoin Earn Subscription")),
            ("transfer", "2 KCS", "", ""),
        ),
        (moves(move("KCS", "Deposit", "2", "", remark="Rewards")), ("reward", "", "2 KCS", "")),
        (moves(move("KCS", "Deposit", "2", "")), ("deposit", "", "2 KCS", "")),
        (moves(move("KCS", "Deposit", "2", "Something new")), ("other", "", "2 KCS", "")),
        (
            moves(
                move("LDO", "Deposit", "13.3", "Spot"),
                move("USDT", "Withdrawal", "23.023", "Spot", "0.023"),
            ),
            ("trade", "23 USDT", "13.3 LDO", "0.023 USDT"),
        ),
        (
            moves(
                move("LDO", "Withdrawal", "1", "Convert Dust to KCS"),
                move("KCS", "Deposit", "2", "Convert Dust to KCS"),
            ),
            ("trade", "1 LDO", "2 KCS", ""),
        ),
    ],
)
def test_kind_of_line(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == [expected]


def test_legs_of_one_second_that_are_several_trades_stay_alone():
    lines = [
        move("LDO", "Deposit", "1", "Spot"),
        move("ADA", "Deposit", "1", "Spot"),
        move("USDT", "Withdrawal", "2", "Spot"),
    ]

    assert [len(built.rows) for built in built_of(moves(*lines))] == [1, 1, 1]


def test_legs_of_two_accounts_are_no_trade():
    lines = [
        move("LDO", "Deposit", "1", "Spot"),
        move("USDT", "Withdrawal", "2", "Spot", account="trade"),
    ]

    assert len(entries_of(moves(*lines))) == 2


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("(UTC+02:00)", "2023-12-04T04:25:42+00:00"),
        ("(UTC-05:30)", "2023-12-04T11:55:42+00:00"),
        ("(UTC)", "2023-12-04T06:25:42+00:00"),
        ("", "2023-12-04T06:25:42+00:00"),
    ],
)
def test_zone_is_in_the_title(title, expected):
    (entry,) = entries_of(fill().replace("(UTC+02:00)", title))

    assert entry.occurred_at.isoformat() == expected


def test_line_is_the_same_in_each_zone():
    other = fill().replace("+02:00", "+08:00").replace("06:25:42", "12:25:42")

    assert identities_of(fill()) == identities_of(other)


def test_withdrawal_is_the_same_in_each_header():
    long = f"{OUT}\n*,m,2023-12-04 06:21:52,USDT,10,1,0xab,{ADDRESS},ERC20,SUCCESS,\n"
    short = f"{BUNDLE}\n*,m,2023-12-04 06:21:52,Withdrawal,SUCCESS,1,10,USDT,TRX\n"

    assert identities_of(long) == identities_of(short)
    (entry,) = entries_of(long)
    assert (entry.tx_hash, entry.counterparty) == ("0xab", ADDRESS)


def test_file_of_a_spreadsheet_needs_its_options():
    text = (
        f"{EXCEL}\n17.11.2021 10:21:26;;AVAX-USDT;buy;95,317;57,7348;5503,1;5,5;taker;USDT;limit\n"
    )

    (entry,) = entries_of(text, decimal_comma=True, date_order="dmy")

    assert shape(entry) == ("trade", "5503.1 USDT", "57.7348 AVAX", "5.5 USDT")
    assert isinstance(lines_of(text)[0], RowError)


def test_order_is_named_by_its_id_or_else_by_what_it_was():
    assert identities_of(order()) == [("65aa",)]
    assert len(identities_of(order(order_id=""))[0]) > 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (order("0", "cancelled"), "nothing of this order was filled: cancelled"),
        (order(status="active"), "the order is still open: active"),
        (
            f"{OUT}\n*,m,2023-12-04 06:21:52,USDT,1,1,0xab,,ERC20,FAILURE,\n",
            "it moved nothing: its status is “FAILURE”",
        ),
        (
            f"{CONVERTS}\n*,m,TRADE,1 KAS,1 DOGE,1,2023-12-04 08:28:21,FAIL\n",
            "it moved nothing: its status is “FAIL”",
        ),
    ],
)
def test_what_moved_nothing_is_skipped(text, reason):
    assert lines_of(text) == [Skipped(2, reason)]


def test_tax_is_left_out_and_said_so():
    (line,) = lines_of(order(tax="1.5"))

    assert [remark.column for remark in line.remarks] == ["Tax"]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (fill("SWAP"), "Side"),
        (fill(fee="0.45,TAKER,"), "Fee Currency"),
        (fill().replace("KAS-USDT", "KAS"), "Symbol"),
        (moves(move("KCS", "Sideways", "2", "Spot")), "Side"),
        (moves(move("KCS", "Deposit", "0", "Spot")), "Amount"),
        (moves(move("KCS", "Withdrawal", "2", "Spot", fee="2.5")), "Fee"),
        (f"{OUT}\n*,m,2023-12-04 06:21:52,USDT,-5,1,,{ADDRESS},TRX,SUCCESS,\n", "Amount"),
        (f"{CONVERTS}\n*,m,TRADE,,1 DOGE,1,2023-12-04 08:28:21,SUCCESS\n", "Sell"),
        (f"{BUNDLE}\n*,m,2023-12-04 06:21:52,Deposit,ODD,0,1,USDT,TRX\n", "Status"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_sample_of_trades_sums_to_what_its_rows_say():
    """Its last row has all of its cells, though no line ending."""
    text, changes = sample("kucoin/rotki_kucoin_order_history.csv"), []
    for row in rows_of(text):
        base, quote = row["symbol"].split("-")
        sign = 1 if row["side"] == "buy" else -1
        changes += [
            (base, sign * Decimal(row["size"])),
            (quote, -sign * Decimal(row["funds"])),
            (row["feeCurrency"], -Decimal(row["fee"])),
        ]

    assert gained(built_of(text)) == added(changes)


@needs_samples
def test_sample_of_transfers_sums_to_what_its_rows_say():
    text = sample("kucoin/everytrade_KuCoinWithdrawalDeposit.csv")
    signs = {"Deposit": 1, "Withdrawal": -1}
    changes = [
        (row["Coin"], signs[row["Remarks"]] * Decimal(row["Amount"])) for row in rows_of(text)
    ]

    assert gained(built_of(text)) == added(changes) == {}
    assert len(entries_of(text)) == 2
