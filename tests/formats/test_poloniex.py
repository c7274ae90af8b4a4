from decimal import Decimal

import pytest

from formats.parsing.records import RowError, Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

OLD = (
    "Date,Market,Category,Type,Price,Amount,Total,Fee,Order Number,Base Total Less Fee,"
    "Quote Total Less Fee"
)
SUPPORT = "create_time,trade_id,market,buyer_wallet,side,price,amount,fee,fee_currency,fee_total"
WITHDRAWALS = "f_date,currency,f_amount,f_feededucted,f_status"
DEPOSITS = "f_created_at,currency,f_amount,f_address,f_status"
TIME = "2020-03-31 12:11:51"


def old(side: str, base: str, quote: str, category: str = "Exchange", market: str = "LTC/BTC"):
    return f"{OLD}\n{TIME},{market},{category},{side},0.006,2,0.012,0.1%,7,{base},{quote}\n"


def new(side: str, base: str, quote: str, fee: str) -> str:
    return (
        f"{OLD},Fee Currency,Fee Total\n"
        f"{TIME},LTC/BTC,Exchange,{side},0.006,2,0.012,0.1%,7,{base},{quote},{fee}\n"
    )


def support(market: str, side: str = "Buy", fee: str = "ETH,0.002", wallet: str = "exchange"):
    return f"{SUPPORT}\n{TIME},501,{market},{wallet},{side},0.07,0.5,0.0015,{fee}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (old("Buy", "-0.012", "1.998"), ("trade", "0.012 BTC", "2 LTC", "0.002 LTC")),
        (old("Sell", "0.011988", "-2"), ("trade", "2 LTC", "0.012 BTC", "0.000012 BTC")),
        (old("Buy", "-0.012", "2"), ("trade", "0.012 BTC", "2 LTC", "")),
        (
            old("Buy", "-0.012", "1.998", market="STR/BTC"),
            ("trade", "0.012 BTC", "2 XLM", "0.002 XLM"),
        ),
        (new("Buy", "-0.012", "1.998", "LTC,0.002"), ("trade", "0.012 BTC", "2 LTC", "0.002 LTC")),
        (new("Buy", "-0.012", "2", "TRX,5"), ("trade", "0.012 BTC", "2 LTC", "5 TRX")),
        (new("Buy", "-0.012", "2", "BTC,0.002"), ("trade", "0.01 BTC", "2 LTC", "0.002 BTC")),
        (support("BTCETH"), ("trade", "0.035 BTC", "0.5 ETH", "0.002 ETH")),
        (support("USDTLTC", "Sell"), ("trade", "0.5 LTC", "0.035 USDT", "0.002 ETH")),
        (support("USDTSTR", "Sell"), ("trade", "0.5 XLM", "0.035 USDT", "0.002 ETH")),
    ],
)
def test_market_is_read_from_its_side(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == [expected]


def test_fills_of_an_order_share_its_number():
    first, second = entries_of(old("Buy", "-0.012", "1.998") + old("Buy", "-1", "2").split("\n")[1])

    assert first.group == second.group == "7"


def test_trade_is_the_same_under_the_older_header():
    assert identities_of(fixture("poloniex_trades.old.csv")) == identities_of(
        fixture("poloniex_trades.csv")
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("deposits", ("deposit", "", "0.5 BTC", "")),
        ("withdrawals", ("withdrawal", "0.4995 BTC", "", "0.0005 BTC")),
        ("withdrawals.site", ("withdrawal", "0.4995 BTC", "", "0.0005 BTC")),
    ],
)
def test_fee_was_taken_from_what_was_withdrawn(name, expected):
    assert [shape(each) for each in entries_of(fixture(f"poloniex_{name}.csv"))] == [expected]


def test_withdrawal_of_the_site_has_an_address_and_a_hash():
    site = fixture("poloniex_withdrawals.site.csv")

    (entry,) = entries_of(site)

    assert (entry.tx_hash[:4], entry.counterparty[:5]) == ("aa00", "1Boat")
    assert identities_of(site) == identities_of(fixture("poloniex_withdrawals.csv"))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"{WITHDRAWALS}\n{TIME},BTC,0.5,0.0005,FAILED\n", "FAILED"),
        (f"{DEPOSITS}\n{TIME},BTC,0.5,1Boat,PENDING\n", "PENDING"),
    ],
)
def test_what_is_not_done_moved_nothing(text, status):
    assert lines_of(text) == [Skipped(2, f"it moved nothing: its status is “{status}”")]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (old("Sold", "-0.012", "1.998"), "Type"),
        (old("Buy", "-0.012", "1.998", "Margin trade"), "Category"),
        (old("Buy", "-0.012", "2.1"), "Total"),
        (old("Buy", "-0.012", ""), "Quote Total Less Fee"),
        (old("Buy", "-0.012", "2", market="LTCX"), "Market"),
        (support("LTCX"), "market"),
        (support("BTCETH", wallet="margin"), "buyer_wallet"),
        (support("BTCETH", fee=",0.1"), "fee_currency"),
        (f"{WITHDRAWALS}\n{TIME},BTC,0.5,0.6,COMPLETED\n", "f_feededucted"),
        (f"{WITHDRAWALS}\n{TIME},BTC,0.5,0.1,Unheard of\n", "f_status"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_sample_of_the_site_is_what_its_cells_say():
    raw = sample("poloniex/everytrade_PoloniexBeanV1.csv")
    good = [row for row in rows_of(raw) if row["Category"] == "Exchange" and row["Type"] != "Sold"]
    moves = [
        (symbol, row[f"{side} Total Less Fee"])
        for row in good
        for symbol, side in zip(row["Market"].split("/"), ("Quote", "Base"), strict=True)
    ]

    assert gained(built_of(raw)) == added(moves)
    # Line 4 has no category that there is, line 5 no such type.
    assert [each.line for each in lines_of(raw) if isinstance(each, RowError)] == [4, 5]


@needs_samples
def test_sample_of_the_support_is_what_its_cells_say():
    raw = sample("poloniex/everytrade_PoloniexBeanV3.csv")
    markets = {"BTCETH": ("BTC", "ETH"), "USDTLTC": ("USDT", "LTC")}
    moves: list[tuple[str, Decimal]] = []
    for row in rows_of(raw):
        (quote, base), sign = markets[row["market"]], 1 if row["side"] == "Buy" else -1
        moves.append((base, sign * Decimal(row["amount"])))
        moves.append((quote, -sign * Decimal(row["amount"]) * Decimal(row["price"])))
        moves.append((row["fee_currency"], -Decimal(row["fee_total"])))

    assert gained(built_of(raw)) == added(moves)
