from decimal import Decimal

import pytest

from tests.formats.samples import SAMPLES, added, gained, needs_samples
from tests.formats.trackers import number, placed, raw_rows
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of

HEADER = "Date,Action,Symbol,Account,Volume,Price,Currency,Fee,FeeCurrency,Total"
SAMPLE = SAMPLES / "bitcoin_tax" / "rotki_bitcoin_tax_trades.csv"


def line(action, total, fee=",", volume="2", rest=(), account="Kraken"):
    cells = f"{action},BTC,{account},{volume},50,EUR,{fee},{total}"
    columns = "".join(f",{name}" for name, _value in rest)
    values = "".join(f",{value}" for _name, value in rest)
    return f"{HEADER}{columns}\n2018-06-03 21:16:15 +0000,{cells}{values}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line("BUY", "-101.5", "1.5,EUR"), ("trade", "100 EUR", "2 BTC", "1.5 EUR")),
        (line("BUY", "-100", "0.1,BNB"), ("trade", "100 EUR", "2 BTC", "0.1 BNB")),
        (line("BUY", "-100", "0.1,BTC"), ("trade", "100 EUR", "2 BTC", "0.1 BTC")),
        (line("SELL", "98.5", "1.5,EUR"), ("trade", "2 BTC", "100 EUR", "1.5 EUR")),
        (
            line("BUY", "-101.4999999", "1.5,EUR", rest=[("Cost/Proceeds", "101.5")]),
            ("trade", "100 EUR", "2 BTC", "1.5 EUR"),
        ),
        (line("SWAP", "2"), ("trade", "2 BTC", "2 EUR", "")),
        (line("SWAP", "-2"), ("trade", "2 EUR", "2 BTC", "")),
        (line("INCOME", "100"), ("income", "", "2 BTC", "")),
        (line("MINING", "100"), ("reward", "", "2 BTC", "")),
        (line("GIFTIN", "100"), ("gift", "", "2 BTC", "")),
        (line("BORROW", "100"), ("other", "", "2 BTC", "")),
        (line("SPEND", "100", "1,EUR"), ("payment", "2 BTC", "", "1 EUR")),
        (line("DONATION", "100"), ("gift", "2 BTC", "", "")),
        (line("GIFT", "100"), ("gift", "2 BTC", "", "")),
        (line("STOLEN", "100"), ("loss", "2 BTC", "", "")),
        (line("LOST", "100"), ("loss", "2 BTC", "", "")),
        (line("REPAY", "100"), ("other", "2 BTC", "", "")),
    ],
)
def test_kinds_of_lines(text, expected):
    assert placed(text) == [("Kraken", *expected)]


def test_unknown_action_has_no_direction_and_is_wrong():
    (error,) = lines_of(line("BARTER", "100"))

    assert error.column == "Action"
    assert error.message == "“BARTER” does not say whether the amount came in or went out"


def test_line_without_an_account_is_of_the_site():
    (row,) = lines_of(line("SPEND", "100", account=""))

    assert row.wallet.name == "Bitcoin.tax"
    assert [remark.column for remark in row.remarks] == ["Account"]


def test_total_of_what_is_no_trade_is_its_worth():
    entries = [entries_of(line(action, "100"))[0] for action in ("SPEND", "BUY")]

    assert [entry.value and str(entry.value.amount) for entry in entries] == ["100", None]


def test_noise_of_the_total_makes_no_other_line():
    texts = [line("BUY", "-101.5", "1.5,EUR"), line("BUY", "-101.49999", "1.5,EUR")]

    assert identities_of(texts[0]) == identities_of(texts[1])


@pytest.mark.parametrize(("action", "expected"), [("SPEND", "bob"), ("INCOME", "ann")])
def test_other_side_is_kept(action, expected):
    rest = [("Memo", "beans"), ("TxHash", "f00d"), ("Sender", "ann"), ("Recipient", "bob")]
    (entry,) = entries_of(line(action, "100", rest=rest))

    assert (entry.counterparty, entry.tx_hash, entry.note) == (expected, "f00d", "beans")


def test_fixtures_read_as_they_were_written():
    files = [fixture("bitcoin_tax.csv"), fixture("bitcoin_tax.spending.csv")]

    assert [row for text in files for row in placed(text)] == [
        ("Kraken", "trade", "1000 EUR", "0.25 BTC", "2.6 EUR"),
        ("Kraken", "trade", "0.1 BTC", "500 EUR", "1.3 EUR"),
        ("Bitcoin.tax", "payment", "0.01 BTC", "", ""),
        ("Kraken", "income", "", "0.02 BTC", ""),
    ]


@needs_samples
def test_sums_are_those_of_the_file():
    """Cost and proceeds are what left and reached the account, fees and all."""
    moves: list[tuple[str, Decimal]] = []
    for row in raw_rows(SAMPLE):
        action, symbol, volume, currency, exact = row[1], row[2], row[4], row[6], row[10]
        sign = 1 if action == "BUY" else -1
        moves += [(symbol, sign * number(volume)), (currency, -sign * number(exact))]

    assert gained(built_of(SAMPLE.read_bytes())) == added(moves)
