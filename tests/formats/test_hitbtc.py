from decimal import Decimal

import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, identities_of, lines_of, shape

TRADES = "{date},Instrument,Trade ID,Order ID,Side,Quantity,Price,Volume,Fee,Rebate,Total"
NEW = "Email,Date (UTC),Operation id,Type,Amount,Transaction hash,Main account balance,Currency"
OLD = "Date (UTC),Operation id,Type,Amount,Transaction Hash,Main account balance"


def traded(side="sell", fees="0.01,0", date="Date (+01)") -> str:
    return (
        f"{TRADES.format(date=date)}\n"
        f"2018-10-29 12:41:32,ETH/USD,7,9,{side},0.5,200,100,{fees},99.99\n"
    )


def moved(kind: str, amount: str, tx_hash="ab12") -> str:
    return f"{NEW}\nme@example.org,2020-10-29 11:41:32,op1,{kind},{amount},{tx_hash},1,btc\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (traded(), [("trade", "0.5 ETH", "100 USD", "0.01 USD")]),
        (traded("buy"), [("trade", "100 USD", "0.5 ETH", "0.01 USD")]),
        (
            traded("buy", "0.00,0.02"),
            [("trade", "100 USD", "0.5 ETH", ""), ("reward", "", "0.02 USD", "")],
        ),
        (
            traded("sell", "-0.02,0"),
            [("trade", "0.5 ETH", "100 USD", ""), ("reward", "", "0.02 USD", "")],
        ),
        (moved("Deposit", "0.5"), [("deposit", "", "0.5 BTC", "")]),
        (moved("Withdraw", "0.5"), [("withdrawal", "0.5 BTC", "", "")]),
        (moved("Withdraw", "-0.5"), [("withdrawal", "0.5 BTC", "", "")]),
        (moved("", "-0.5"), [("withdrawal", "0.5 BTC", "", "")]),
        (moved("Transfer", "-0.5"), [("transfer", "0.5 BTC", "", "")]),
        (moved("Something new", "0.5"), [("other", "", "0.5 BTC", "")]),
        (
            f"{OLD}\n2018-10-29 11:41:32,op1,Deposit,0.5,ab12,1,BTC\n",
            [("deposit", "", "0.5 BTC", "")],
        ),
    ],
)
def test_kind_of_line(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == expected


@pytest.mark.parametrize(
    ("title", "hour"),
    [("Date (+01)", 11), ("Date (+01:00)", 11), ("Date (UTC)", 12), ("Date (-03)", 15)],
)
def test_offset_is_in_the_title(title, hour):
    (entry,) = entries_of(traded(date=title))

    assert entry.occurred_at.hour == hour


def test_ids_name_lines_in_every_header():
    old = f"{OLD}\n2018-10-29 11:41:32,op1,Deposit,0.5,ab12,1,BTC\n"

    assert identities_of(traded()) == identities_of(traded(date="Date (UTC)")) == [("7", "sell")]
    assert identities_of(old) == identities_of(moved("Deposit", "0.5")) == [("op1",)]


def test_failed_one_is_skipped():
    assert lines_of(moved("Withdraw", "1", "")) == [
        Skipped(2, "it failed: it has no transaction hash")
    ]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (traded("sold"), "Side"),
        (traded().replace("ETH/USD", "ETHXXX"), "Instrument"),
        (f"{OLD}\n2018-10-29 11:41:32,op1,Deposit,0.5,ab12,1\n", "asset"),
        (f"{OLD}\n2018-10-29 11:41:32,op1,Deposit,0.5,ab12,1,{'B' * 201}\n", "asset"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_sample_sums_to_what_its_rows_say():
    """“sold” is no side, which is an error."""
    text, changes = sample("hitbtc/everytrade_HitBtcBeanV1.csv"), []
    for row in rows_of(text)[:2]:
        usd = Decimal(row["Volume"]) - Decimal(row["Fee"]) + Decimal(row["Rebate"])
        changes += [("ETH", -Decimal(row["Quantity"])), ("USD", usd)]

    assert gained(built_of(text)) == added(changes)
    assert wrong(text) == ["Side"]
