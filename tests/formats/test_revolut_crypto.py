import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from formats.parsing.records import RowError
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, identities_of, lines_of, shape

HEADER = "Symbol,Type,Quantity,Price,Value,Fees,Date"


def line(
    kind: str = "Buy",
    value: str = "45.00 SEK",
    fee: str = "0.50 SEK",
    time: str = "May 5, 2020, 10:10:57 PM",
) -> str:
    return f'{HEADER}\nBTC,{kind},0.0005,"90,000.00 SEK","{value}","{fee}","{time}"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line(), ("trade", "45 SEK", "0.0005 BTC", "0.5 SEK")),
        (line("Buy - Revolut X"), ("trade", "45 SEK", "0.0005 BTC", "0.5 SEK")),
        (line("Sell"), ("trade", "0.0005 BTC", "45 SEK", "0.5 SEK")),
        (line("Sell - Revolut X", "$1,045.25"), ("trade", "0.0005 BTC", "1045.25 USD", "0.5 SEK")),
        (line("Buy", "€10.00", "€0.24"), ("trade", "10 EUR", "0.0005 BTC", "0.24 EUR")),
        (line("Buy", "£10.00", "£0.00"), ("trade", "10 GBP", "0.0005 BTC", "")),
        (line("Send"), ("withdrawal", "0.0005 BTC", "", "0.5 SEK")),
        (line("Payment", fee=""), ("payment", "0.0005 BTC", "", "")),
        (line("Receive", fee=""), ("deposit", "", "0.0005 BTC", "")),
        (line("Staking reward", "", ""), ("reward", "", "0.0005 BTC", "")),
        (line("Learn reward", "", ""), ("reward", "", "0.0005 BTC", "")),
        (line("Stake", fee=""), ("transfer", "0.0005 BTC", "0.0005 BTC", "")),
        (line("Unstake", fee=""), ("transfer", "0.0005 BTC", "0.0005 BTC", "")),
    ],
)
def test_type_tells_what_the_quantity_did(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == [expected]


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("May 5, 2020, 10:10:57 PM", "2020-05-05 20:10:57"),
        ("May 5, 2020, 10:10:57\N{NARROW NO-BREAK SPACE}PM", "2020-05-05 20:10:57"),
        ("13 Apr 2021, 09:54:54", "2021-04-13 07:54:54"),
    ],
)
def test_time_is_of_the_phone_s_language_and_zone(written, time):
    text = line(time=written)

    (entry,) = entries_of(text, zone=ZoneInfo("Europe/Stockholm"))

    assert f"{entry.occurred_at:%Y-%m-%d %H:%M:%S}" == time
    assert identities_of(text) == identities_of(text, zone=ZoneInfo("Europe/Stockholm"))


def test_value_is_told_where_nothing_was_paid():
    (sent,), (bought,) = entries_of(line("Send")), entries_of(line())

    assert (sent.value, bought.value) == ((Decimal(45), "SEK"), None)


def test_a_dollar_sign_is_taken_as_one_of_the_united_states_and_told():
    (row,) = lines_of(line(value="$10.00"))

    assert ("Value", "10 USD") in [(remark.column, remark.read) for remark in row.remarks]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (line("Something new"), "Type"),
        (line(value=""), "Value"),
        (line(value="45.00"), "Value"),
        (line(fee="some"), "Fees"),
        (line(time="5 mai 2020, 10:10:57"), "Date"),
        (line().replace("0.0005", ""), "Quantity"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


def money(cell: str) -> tuple[str, Decimal]:
    sign = {"€": "EUR", "$": "USD"}.get(cell[:1], cell[-3:] or "SEK")
    return sign, Decimal(re.sub(r"[^0-9.]", "", cell) or 0)


@needs_samples
def test_sample_is_what_its_cells_say():
    raw = sample("revolut_crypto/etg_revolut-crypto-export.csv")
    signs = {"Buy": 1, "Sell": -1, "Receive": 1, "Staking reward": 1, "Send": -1, "Stake": 0}
    moves: list[tuple[str, Decimal]] = []
    for row in rows_of(raw):
        sign, (currency, value) = signs[row["Type"]], money(row["Value"])
        moves.append((row["Symbol"], sign * Decimal(row["Quantity"])))
        if row["Type"] in ("Buy", "Sell"):
            moves.append((currency, -sign * value))
        moves.append((currency, -money(row["Fees"])[1]))

    assert gained(built_of(raw)) == added(moves)
    assert not [each for each in lines_of(raw) if isinstance(each, RowError)]
