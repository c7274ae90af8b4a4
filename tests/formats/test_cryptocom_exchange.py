import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import wrong
from tests.imports.helpers import entries_of, fixture, identities_of, lines_of, shape

TRADES = (
    "account_type,order_id,trade_id,create_time_utc,symbol,side,liquditiy_indicator,"
    "traded_price,traded_quantity,fee,fee_currency"
)
TRANSFERS = "create_time_utc,currency,amount,fee,address,status"
TIME = "2021-03-01 10:00:00.123"


def fill(**cells: str) -> str:
    cells = {"account": "SPOT", "market": "CRO_USDT", "side": "BUY", "price": "0.15"} | cells
    return (
        f"{TRADES}\n{cells['account']},O1,T1,{TIME},{cells['market']},{cells['side']},TAKER,"
        f"{cells['price']},100,0.25,CRO\n"
    )


def moved(status: str, amount: str = "0.5") -> str:
    return f"{TRANSFERS}\n{TIME},BTC,{amount},0.0004,bc1qxy,{status}\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "trades",
            [
                ("trade", "15 USDT", "100 CRO", "0.25 CRO"),
                ("trade", "0.01 BTC", "500.005 USDT", "0.5 USDT"),
            ],
        ),
        (
            "transfers",
            [("deposit", "", "500 USDT", ""), ("withdrawal", "0.01 BTC", "", "0.0004 BTC")],
        ),
        ("interest", [("reward", "", "1.36986301 CRO", "")]),
        ("rebates", [("reward", "", "0.2 CRO", "")]),
    ],
)
def test_lines_of_each_file(name, expected):
    text = fixture(f"cryptocom_exchange_{name}.csv")

    assert [shape(entry) for entry in entries_of(text)] == expected


def test_address_is_the_own_one_of_a_deposit():
    deposit, withdrawal = entries_of(fixture("cryptocom_exchange_transfers.csv"))

    assert (deposit.own_address[-2:], deposit.counterparty) == ("aa", "")
    assert (withdrawal.own_address, withdrawal.counterparty[:4]) == ("", "bc1q")


@pytest.mark.parametrize("status", ["0", "2", "6"])
def test_what_is_not_done_moved_nothing(status):
    assert lines_of(moved(status)) == [
        Skipped(2, f"it moved nothing: its status is “{status}”"),
    ]


def test_trade_is_named_by_its_id():
    assert identities_of(fill()) == [("T1",)]


def test_cost_of_a_quantity_with_a_sign_has_none():
    text = fill(side="SELL").replace(",100,", ",-100,")

    assert [shape(entry) for entry in entries_of(text)] == [
        ("trade", "100 CRO", "15 USDT", "0.25 CRO")
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (fill(account="MARGIN"), "account_type"),
        (fill(market="CROX"), "symbol"),
        (fill(side="LEND"), "side"),
        (fill(price=""), "traded_price"),
        (fill(price="-0.15"), "traded_price"),
        (fill(price="0." + "1" * 37), "traded_price"),
        (moved("5", "much"), "amount"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


def test_product_that_is_too_fine_is_not_rounded():
    long = fill(price="0." + "1" * 36).replace(",100,", ",0.3,")

    (error,) = lines_of(long)

    assert (error.column, "too many decimals" in error.message) == ("traded_price", True)
