from datetime import UTC, datetime
from decimal import Decimal

import pytest

from formats.parsing.records import AssetRef
from formats.readers.rotki import asset_of
from tests.formats.samples import SAMPLES, added, gained, needs_samples
from tests.formats.trackers import number, placed, raw_rows
from tests.imports.helpers import built_of, entries_of, fixture, lines_of

TOKEN = f"0x{'Ab' * 20}"
LOWER = TOKEN.lower()
EVENTS = "Type,Location,Currency,Amount,Fee,Fee Currency,Description,Timestamp"
TRADES = (
    "Location,Spend Currency,Receive Currency,Receive Amount,Spend Amount,Fee,Fee Currency,"
    "Description,Timestamp"
)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("BTC", AssetRef("BTC")),
        (f"eip155:1/erc20:{TOKEN}", AssetRef(LOWER, "", "ethereum", LOWER)),
        (f"eip155:137/erc20:{TOKEN}", AssetRef(LOWER, "", "polygon", LOWER)),
        (f"eip155:1/erc721:{TOKEN}/7", AssetRef(f"eip155:1/erc721:{TOKEN}/7")),
        (f"eip155:999999/erc20:{TOKEN}", AssetRef(f"eip155:999999/erc20:{TOKEN}")),
    ],
)
def test_assets_are_coins_or_tokens(identifier, expected):
    assert asset_of(identifier) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Deposit,kraken,EUR,10,,", ("deposit", "", "10 EUR", "")),
        ("Withdrawal,kraken,EUR,10,1,EUR", ("withdrawal", "10 EUR", "", "1 EUR")),
        ("Income,kraken,EUR,10,,", ("income", "", "10 EUR", "")),
        ("Staking,kraken,ETH,10,,", ("reward", "", "10 ETH", "")),
        ("Loss,kraken,ETH,10,,", ("loss", "10 ETH", "", "")),
        ("Spend,kraken,ETH,10,0.5,BTC", ("payment", "10 ETH", "", "0.5 BTC")),
    ],
)
def test_kinds_of_events(text, expected):
    assert placed(f"{EVENTS}\n{text},note,1658912400123\n") == [("kraken", *expected)]


def test_unknown_kind_of_event_has_no_direction_and_is_wrong():
    (error,) = lines_of(f"{EVENTS}\nInvalid,bisq,BCH,0.3,,,,1659686400000\n")

    assert error.column == "Type"
    assert error.message == "“Invalid” does not say whether the amount came in or went out"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kraken,EUR,BTC,1,9000,,", ("trade", "9000 EUR", "1 BTC", "")),
        ("kraken,EUR,BTC,1,9000,0.5,USD", ("trade", "9000 EUR", "1 BTC", "0.5 USD")),
        ("kraken,EUR,BTC,0,9000,,", ("trade", "9000 EUR", "", "")),
    ],
)
def test_kinds_of_trades(text, expected):
    assert placed(f"{TRADES}\n{text},note,1658912400123\n") == [("kraken", *expected)]


def test_time_is_in_milliseconds():
    (entry,) = entries_of(f"{TRADES}\nkraken,EUR,BTC,1,9000,,,first,1658912400123\n")

    assert entry.occurred_at == datetime(2022, 7, 27, 9, 0, 0, 123000, tzinfo=UTC)
    assert entry.note == "first"


def test_fixtures_read_as_they_were_written():
    trades, events = (entries_of(fixture(f"rotki_{kind}.csv")) for kind in ("trades", "events"))

    assert [entry.type for entry in (*trades, *events)] == [
        *("trade", "trade"),
        *("deposit", "withdrawal", "reward"),
    ]


def raw(asset: str) -> str:
    return asset.rpartition(":")[2].lower() if ":" in asset else asset


@needs_samples
def test_sums_of_trades_are_those_of_the_file():
    path = SAMPLES / "rotki_generic" / "rotki_generic_trades.csv"
    moves: list[tuple[str, Decimal]] = []
    for _where, gave, got, bought, sold, fee, paid, *_rest in raw_rows(path):
        moves += [(raw(got), number(bought)), (raw(gave), -number(sold)), (paid, -number(fee))]

    assert gained(built_of(path.read_bytes())) == added(moves)


@needs_samples
def test_sums_of_events_are_those_of_the_file_but_for_the_invalid_line():
    path = SAMPLES / "rotki_generic" / "rotki_generic_events.csv"
    moves: list[tuple[str, Decimal]] = []
    for kind, _where, asset, amount, fee, paid, *_rest in raw_rows(path):
        sign = {"Deposit": 1, "Staking": 1, "Income": 1, "Invalid": 0}.get(kind, -1)
        moves += [(raw(asset), sign * number(amount)), (raw(paid), -number(fee))]

    assert gained(built_of(path.read_bytes())) == added(moves)
    assert [line.line for line in lines_of(path.read_bytes()) if hasattr(line, "message")] == [8]
