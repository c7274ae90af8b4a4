from decimal import Decimal

import pytest

from formats.parsing.records import Skipped, Source, key_of
from formats.readers.kraken_ledgers import asset_of
from formats.readers.kraken_trades import pair_of
from tests.factories import make_ledger
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, counts, entries_of, lines_of, opened, run, shape
from transactions.models import Transaction

HEADER = "txid,ordertxid,pair,time,type,ordertype,price,cost,fee,vol,margin,misc,ledgers"
NEWEST = (
    "txid,ordertxid,pair,aclass,subclass,time,type,ordertype,price,cost,fee,vol,margin,misc,"
    "ledgers,posttxid,posstatuscode"
)
LEDGERS = "txid,refid,time,type,subtype,aclass,asset,amount,fee,balance"


def line(pair: str = "XXBTZEUR", side: str = "buy", ledgers: str = '"L1,L2"', margin: str = "0"):
    time = "2021-02-02 13:30:51.7025"
    return f"T1,O1,{pair},{time},{side},limit,30000,300,0.78,0.01,{margin},,{ledgers}"


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


LEGS = "\n".join(
    [
        LEDGERS,
        "L1,T1,2021-02-02 13:30:51,trade,,currency,ZEUR,-300,0.78,9",
        "L2,T1,2021-02-02 13:30:51,trade,,currency,XXBT,0.01,0,9",
        "L3,R3,2021-02-03 13:30:51,deposit,,currency,ZEUR,50,0,9",
        "",
    ]
)


@pytest.mark.parametrize(
    ("pair", "base", "quote"),
    [
        ("XXBTZEUR", "BTC", "EUR"),
        ("XETHXXBT", "ETH", "BTC"),
        ("XXDGXXBT", "DOGE", "BTC"),
        ("USDTZUSD", "USDT", "USD"),
        ("XBTUSDC", "BTC", "USDC"),
        ("XTZEUR", "XTZ", "EUR"),
        ("XTZXBT", "XTZ", "BTC"),
        ("BATUSD", "BAT", "USD"),
        ("XRPRLUSD", "XRP", "RLUSD"),
        ("RLUSDUSD", "RLUSD", "USD"),
        ("PYUSDEUR", "PYUSD", "EUR"),
        ("SHIBUSD", "SHIB", "USD"),
        ("1INCHEUR", "1INCH", "EUR"),
        ("ADAETH", "ADA", "ETH"),
        ("XBT/USDT", "BTC", "USDT"),
        ("ETH2.SETH", "ETH2", "ETH"),
    ],
)
def test_pair_is_two_assets(pair, base, quote):
    _reader, table = opened(text(line(pair)))

    codes = pair_of(table.cells(next(table.records())))

    assert tuple(asset_of(code).symbol for code in codes) == (base, quote)


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        ("buy", ("trade", "300 EUR", "0.01 BTC", "0.78 EUR")),
        ("sell", ("trade", "0.01 BTC", "300 EUR", "0.78 EUR")),
    ],
)
def test_line_is_a_trade_of_the_group_of_its_legs(side, expected):
    (entry,) = entries_of(text(line(side=side)))

    assert shape(entry) == expected
    assert (entry.group, f"{entry.occurred_at:%H:%M:%S.%f}") == ("T1", "13:30:51.702500")


@pytest.mark.parametrize("ledgers", ['"L1,L2"', '"L1","L2"', '"L1, L2"', "L1,L2,"])
def test_line_is_known_by_itself_and_by_its_lines_of_the_ledgers(ledgers):
    (row,) = lines_of(text(line(ledgers=ledgers)))

    own, *legs = row.sources
    assert row.identity == ("T1",)
    assert own == Source("kraken_trades", key_of(("T1",)))
    assert legs == [Source("kraken_ledgers", key_of((each,))) for each in ("L1", "L2")]


def test_columns_of_the_newest_header_are_none_of_the_ledgers():
    new = "T1,O1,XXBTZEUR,forex,crypto,2021-02-02 13:30:51.7,buy,limit,3,300,0.78,0.01,0,,"

    (row,) = lines_of(f'{NEWEST}\n{new}"L1,L2",P1,closed\n')

    assert row.identity == ("T1",)
    assert len(row.sources) == 3


def test_trade_without_its_lines_says_that_it_may_come_twice():
    (row,) = lines_of(text(line(ledgers='""')))

    assert len(row.sources) == 1
    assert [remark.column for remark in row.remarks] == ["ledgers"]


def test_margin_trade_moves_nothing_and_says_so():
    assert lines_of(text(line(margin="12.5"))) == [
        Skipped(2, "traded on margin: what it cost and gained stands in the ledgers")
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (line("XXBTWHAT"), "pair"),
        (line(side="settle"), "type"),
        (line().replace("13:30:51.7025", "13:61"), "time"),
        (line().replace(",300,", ",,"), "cost"),
        (line().replace("T1,", ",", 1), "txid"),
    ],
)
def test_broken_line_names_its_column(row, column):
    assert wrong(text(row)) == [column]


def balances() -> dict[str, Decimal]:
    changes: list[tuple[str, Decimal]] = []
    for each in Transaction.objects.alive():
        for part, sign in (("received", 1), ("sent", -1), ("fee", -1)):
            if asset := getattr(each, f"{part}_asset"):
                changes.append((asset.symbol, sign * getattr(each, f"{part}_amount")))
    return added(changes)


@pytest.mark.django_db
@pytest.mark.parametrize("ledgers", ['"L1,L2"', '"L1","L2"'])
@pytest.mark.parametrize("ledgers_first", [True, False])
def test_trades_and_ledgers_of_an_account_give_each_trade_once(ledgers_first, ledgers):
    ledger, trades = make_ledger(), text(line(ledgers=ledgers))
    files = [LEGS, trades] if ledgers_first else [trades, LEGS]

    results = [run(ledger, each) for each in (*files, *files)]

    assert Transaction.objects.alive().count() == 2
    assert balances() == added([("EUR", "-250.78"), ("BTC", "0.01")])
    first = (3, 3, 0, 0, 0, 2) if ledgers_first else (1, 1, 0, 0, 0, 1)
    second = (1, 0, 1, 0, 0, 0) if ledgers_first else (3, 1, 2, 0, 0, 1)
    assert [counts(result) for result in results[:2]] == [first, second]
    assert [result.imported for result in results[2:]] == [0, 0]


@pytest.mark.django_db
def test_trades_of_another_wallet_are_others():
    ledger = make_ledger()

    run(ledger, LEGS, "One account")
    result = run(ledger, text(line()), "Another account")

    assert counts(result) == (1, 1, 0, 0, 0, 1)


@needs_samples
def test_sample_is_what_its_cells_say():
    raw = sample("kraken_trades/cointaxman_kraken-trades.csv")
    changes: list[tuple[str, Decimal]] = []
    for row in rows_of(raw):
        quote = row["pair"][-3:] if row["pair"].endswith("EUR") else "USDC"
        sign = 1 if row["type"] == "buy" else -1
        cost = -sign * Decimal(row["cost"]) - Decimal(row["fee"])
        changes += [("BTC", sign * Decimal(row["vol"])), (quote, cost)]

    assert gained(built_of(raw)) == added(changes)
