from decimal import Decimal

import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, identities_of, lines_of, opened, shape

TRADES = "#,PAIR,AMOUNT,PRICE,FEE,FEE CURRENCY,DATE,ORDER ID"
TRANSFERS = "#,DATE,CURRENCY,STATUS,AMOUNT,FEES,DESCRIPTION,TRANSACTION ID,NOTE"
LEDGER = "#,DESCRIPTION,CURRENCY,AMOUNT,BALANCE,DATE,WALLET"
ADDRESS = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"


def traded(amount="0.5", price="9000.5", fee="-0.1", asset="USD", time="04-02-20 16:52:06") -> str:
    return f"{TRADES}\n7,BTC/USD,{amount},{price},{fee},{asset},{time},9\n"


def moved(amount="-0.5", fee="-0.0004", status="COMPLETED") -> str:
    return (
        f"{TRANSFERS}\n3,04-02-20 16:52:06,BTC,{status},{amount},{fee},{ADDRESS},ab12,to my own\n"
    )


def ledger(*lines: tuple[str, str, str]) -> str:
    rows = (
        f"{n},{text},{coin},{change},1,04-02-20 16:52:06,exchange"
        for n, (text, coin, change) in enumerate(lines)
    )
    return "\n".join([LEDGER, *rows, ""])


EXCHANGE = "Exchange 0.5 BTC for USD @ 100 on wallet exchange"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (traded(), [("trade", "4500.25 USD", "0.5 BTC", "0.1 USD")]),
        (traded("-0.5"), [("trade", "0.5 BTC", "4500.25 USD", "0.1 USD")]),
        (traded(fee="0"), [("trade", "4500.25 USD", "0.5 BTC", "")]),
        (
            traded(fee="0.1"),
            [("trade", "4500.25 USD", "0.5 BTC", ""), ("reward", "", "0.1 USD", "")],
        ),
        (traded("0.5$", "9 000.5$"), [("trade", "4500.25 USD", "0.5 BTC", "0.1 USD")]),
        (moved(), [("withdrawal", "0.5 BTC", "", "0.0004 BTC")]),
        (moved("0.5", "0"), [("deposit", "", "0.5 BTC", "")]),
        (
            ledger((EXCHANGE, "BTC", "0.5"), (EXCHANGE, "USD", "-50")),
            [("trade", "50 USD", "0.5 BTC", "")],
        ),
        (ledger((EXCHANGE, "BTC", "0.5")), [("trade", "", "0.5 BTC", "")]),
        (
            ledger(("Trading fees for 0.5 BTC @ 100 (0.2%) on wallet exchange", "BTC", "-0.1")),
            [("fee", "", "", "0.1 BTC")],
        ),
        (
            ledger(("Deposit (BITCOIN) #1 on wallet exchange", "BTC", "1")),
            [("deposit", "", "1 BTC", "")],
        ),
        (
            ledger(("Bitcoin Withdrawal #1 on wallet exchange", "BTC", "-1")),
            [("withdrawal", "1 BTC", "", "")],
        ),
        (
            ledger(("Crypto Withdrawal fee on wallet exchange", "BTC", "-1")),
            [("fee", "", "", "1 BTC")],
        ),
        (
            ledger(("Transfer of 1 BTC from wallet Exchange to Deposit", "BTC", "-1")),
            [("transfer", "1 BTC", "", "")],
        ),
        (
            ledger(("Margin Funding Payment on wallet funding", "BTC", "1")),
            [("reward", "", "1 BTC", "")],
        ),
        (
            ledger(("Earned fees from user 1 on wallet exchange", "BTC", "1")),
            [("reward", "", "1 BTC", "")],
        ),
        (ledger(("Affiliate Rebate on wallet x", "BTC", "1")), [("reward", "", "1 BTC", "")]),
        (ledger(("Staking reward on wallet x", "BTC", "1")), [("reward", "", "1 BTC", "")]),
        (ledger(("Settlement @ 100 on wallet margin", "BTC", "1")), [("other", "", "1 BTC", "")]),
        (ledger(("Delist adjustment on wallet x", "BTC", "-1")), [("loss", "1 BTC", "", "")]),
        (ledger(("Something new", "BTC", "1")), [("other", "", "1 BTC", "")]),
    ],
)
def test_kind_of_line(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == expected


@pytest.mark.parametrize(
    ("time", "order", "expected"),
    [
        ("04-02-20 16:52:06", "", "2020-02-04T16:52:06+00:00"),
        ("04-02-20 16:52:06", "dmy", "2020-02-04T16:52:06+00:00"),
        ("04-02-20 16:52:06", "mdy", "2020-04-02T16:52:06+00:00"),
        ("04-02-20 16:52:06.123", "", "2020-02-04T16:52:06.123000+00:00"),
        ("2020-02-04 16:52:06", "", "2020-02-04T16:52:06+00:00"),
    ],
)
def test_day_comes_first_unless_said(time, order, expected):
    (entry,) = entries_of(traded(time=time), date_order=order)

    assert entry.occurred_at.isoformat() == expected


def test_total_is_said_to_be_reckoned():
    reader, _table = opened(traded())

    assert [remark.column for remark in reader.remarks] == ["PRICE"]


def test_ids_name_lines_and_the_ledger_which_had_none_goes_by_content():
    old = ledger((EXCHANGE, "BTC", "0.5")).replace("#,", "", 1).replace("\n0,", "\n")

    assert identities_of(traded()) == [("7",)]
    assert identities_of(moved()) == [("3",)]
    assert identities_of(old) == identities_of(ledger((EXCHANGE, "BTC", "0.5")))


def test_withdrawal_says_where_it_went():
    (entry,) = entries_of(moved())

    assert (entry.tx_hash, entry.counterparty, entry.note) == ("ab12", ADDRESS, "to my own")


def test_what_moved_nothing_is_skipped():
    assert lines_of(moved(status="CANCELED")) == [
        Skipped(2, "it moved nothing: its status is “CANCELED”")
    ]
    assert lines_of(ledger(("Deposit", "BTC", "0"))) == [Skipped(2, "it changed no balance")]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (traded("0.0"), "AMOUNT"),
        (traded(time="12-20-20 16:52:06"), "DATE"),
        (traded(asset=""), "FEE CURRENCY"),
        (traded().replace("BTC/USD", "BTC"), "PAIR"),
        (moved(status="ODD"), "STATUS"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_sample_sums_to_what_its_rows_say():
    """A row of no amount and two of a twentieth month are errors."""
    text, changes = sample("bitfinex_trades/everytrade_BitfinexBeanV1.csv"), []
    for row in rows_of(text):
        amount, price = (
            Decimal(row[name].strip("$").replace(" ", "")) for name in ("AMOUNT", "PRICE")
        )
        if amount and "-20-20" not in row["DATE"]:
            changes += [
                ("BTC", amount),
                ("USD", -amount * price),
                (row["FEE CURRENCY"], Decimal(row["FEE"])),
            ]

    assert gained(built_of(text)) == added(changes)
    assert wrong(text) == ["AMOUNT", "DATE", "DATE"]
