from decimal import Decimal

import pytest

from formats.parsing.records import RowError
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

NEW = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee"
OLD = "Date(UTC);Market;Type;Price;Amount;Total;Fee;Fee Coin"


def new(rest: str) -> str:
    return f"{NEW}\n2024-03-08 10:15:42,{rest}\n"


def old(rest: str) -> str:
    return f"{OLD}\n2024-03-08 10:15:42;{rest}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            new("BTCEUR,BUY,50000,0.05BTC,2500EUR,0.002BNB"),
            ("trade", "2500 EUR", "0.05 BTC", "0.002 BNB"),
        ),
        (
            new("BTCEUR,SELL,50000,0.05BTC,2500EUR,2.5EUR"),
            ("trade", "0.05 BTC", "2500 EUR", "2.5 EUR"),
        ),
        (new("BTCEUR,BUY,50000,0.05BTC,2500EUR,0BNB"), ("trade", "2500 EUR", "0.05 BTC", "")),
        (
            new("1INCHUSDT,BUY,2,7.51INCH,15USDT,0.0011INCH"),
            ("trade", "15 USDT", "7.5 1INCH", "0.001 1INCH"),
        ),
        (
            new("1000SATSFDUSD,SELL,2,5001000SATS,15FDUSD,0.1BNB"),
            ("trade", "500 1000SATS", "15 FDUSD", "0.1 BNB"),
        ),
        (
            new("NEWCOINODD,BUY,2,3NEWCOIN,6ODD,0.1NEWCOIN"),
            ("trade", "6 ODD", "3 NEWCOIN", "0.1 NEWCOIN"),
        ),
        (
            f'{NEW}\n"2022-02-18 13:24:05,ADABTC,BUY,""1,500"",""2,500.0ADA"",""1,250BTC"",1ADA"\n',
            ("trade", "1250 BTC", "2500 ADA", "1 ADA"),
        ),
        (
            old("LTCBTC;BUY;0.007393;1.61;0.01190273;0.00161;LTC"),
            ("trade", "0.01190273 BTC", "1.61 LTC", "0.00161 LTC"),
        ),
        (
            old("BNBBKRW;SELL;300000;2;600000;0.002;BNB"),
            ("trade", "2 BNB", "600000 BKRW", "0.002 BNB"),
        ),
        (
            old("1INCHUSDT;SELL;1.508;99.4;149.8952;0.0994;BNB"),
            ("trade", "99.4 1INCH", "149.8952 USDT", "0.0994 BNB"),
        ),
    ],
)
def test_line_is_a_trade_without_its_fee(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == [expected]


@pytest.mark.parametrize("time", ["24-03-08 10:15:42", "2024-03-08 10:15:42"])
def test_time_is_utc_with_the_year_first_however_short(time):
    text = new("BTCEUR,BUY,1,1BTC,1EUR,0BNB").replace("2024-03-08 10:15:42", time)

    (entry,) = entries_of(text)

    assert entry.occurred_at.isoformat() == "2024-03-08T10:15:42+00:00"


def test_lines_of_the_old_and_the_new_file_are_the_same():
    before = identities_of(old("BTCEUR;BUY;50000;0.05;2500;0.002;BNB"))
    after = identities_of(new("BTCEUR,BUY,50000,0.0500BTC,2500.00EUR,0.002BNB"))
    czech = identities_of(
        "Čas,Pár,Strana,Cena,Provedeno,Částka,Poplatek\n"
        "24-03-08 10:15:42,BTCEUR,BUY,50000,0.05BTC,2500EUR,0.002BNB\n"
    )

    assert before == after == czech


def test_thousands_are_remarked():
    lines = lines_of(new('ADABTC,BUY,"1,500","2,500ADA","1,250BTC",1ADA'))

    assert [remark.column for remark in lines[0].remarks] == ["Executed", "Amount"]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (old("LTCBTC;DEPOSITZ;1;1;1;0;LTC"), "Type"),
        (old("LTCBTC;BUY;1;1;1;0.5;"), "Fee Coin"),
        (old("LTC;BUY;1;1;1;0.5;LTC"), "Market"),
        (new("LTCBTC,BUY,1,1ETH,1BTC,0BNB"), "Pair"),
        (new("LTCBTC,BUY,1,,1BTC,0BNB"), "Executed"),
        (new("LTCBTC,BUY,1,1LTC,1BTC,x"), "Fee"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


def test_missing_fee_is_remarked():
    (line,) = lines_of(new("LTCBTC,BUY,1,1LTC,1BTC,"))

    assert [str(remark) for remark in line.remarks] == [
        "Fee: taken as “0”: no fee is told, so none is taken"
    ]


@needs_samples
def test_old_sample_sums_to_what_its_rows_say():
    """Of DEPOSITZ, which is no side, there is an error."""
    text = sample("binance_trades/everytrade_BinanceBeanV1.csv")
    changes = []
    for row in rows_of(text, ";"):
        base, quote = row["Market"].removesuffix("BTC").removesuffix("USDT"), "BTC"
        quote = "USDT" if row["Market"].endswith("USDT") else "BTC"
        sign = {"BUY": 1, "SELL": -1, "DEPOSITZ": 0}[row["Type"]]
        changes += [
            (base, sign * Decimal(row["Amount"])),
            (quote, -sign * Decimal(row["Total"])),
            (row["Fee Coin"], -abs(sign) * Decimal(row["Fee"])),
        ]

    assert gained(built_of(text)) == added(changes)
    assert wrong(text) == ["Type"]


@needs_samples
def test_new_sample_sums_to_what_its_rows_say():
    """Three of its rows have quotation marks that do not match, which is an error."""
    text = sample("binance_trades/everytrade_BinanceBeanV3.csv")
    errors = [line for line in lines_of(text) if isinstance(line, RowError)]
    right = 12 - len(errors) - 2

    assert gained(built_of(text)) == added(
        [
            ("ADA", 0),
            ("BTC", Decimal("-1250") * right),
            ("SOL", "0.48"),
            ("USDT", Decimal("-62.376") - Decimal("10.0419")),
            ("BNB", Decimal("-0.00010548") - Decimal("0.00001853")),
            ("1INCH", "5.1"),
        ]
    )
    assert all("quotation marks" in line.message for line in errors)


def test_fixture_of_whole_rows_in_quotes_is_read():
    assert len(entries_of(fixture("binance_trades.csv"))) == 3
