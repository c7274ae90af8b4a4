from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from formats.readers.blockpit import LABELS
from tests.formats.trackers import placed
from tests.imports.helpers import entries_of, fixture, identities_of, lines_of
from transactions.models import TransactionType

HEADER = (
    "Date (UTC),Integration Name,Label,Outgoing Asset,Outgoing Amount,Incoming Asset,"
    "Incoming Amount,Fee Asset,Fee Amount,Trx. ID,Comments"
)


def line(label, sent=",", got=",", fee=",", place="Kraken"):
    return f"{HEADER}\n2024-03-04 09:00:00,{place},{label},{sent},{got},{fee},f00d,note\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line("Trade", "EUR,9", "BTC,1", "BTC,0.1"), ("trade", "9 EUR", "1 BTC", "0.1 BTC")),
        (line("Deposit", got="BTC,1"), ("deposit", "", "1 BTC", "")),
        (line("NonTaxableIn", got="BTC,1"), ("deposit", "", "1 BTC", "")),
        (line("Non-Taxable Out", "BTC,1"), ("withdrawal", "1 BTC", "", "")),
        (line("Withdrawal", "BTC,1", fee="BTC,0.1"), ("withdrawal", "1 BTC", "", "0.1 BTC")),
        (line("Airdrop", got="BTC,1"), ("airdrop", "", "1 BTC", "")),
        (line("Bounties", got="BTC,1"), ("reward", "", "1 BTC", "")),
        (line("Staking", got="BTC,1"), ("reward", "", "1 BTC", "")),
        (line("Lending", got="BTC,1"), ("reward", "", "1 BTC", "")),
        (line("Margin_trading_profit", got="BTC,1"), ("income", "", "1 BTC", "")),
        (line("Margin Trading Loss", "BTC,1"), ("loss", "1 BTC", "", "")),
        (line("Gift", "BTC,1"), ("gift", "1 BTC", "", "")),
        (line("Payment", "BTC,1"), ("payment", "1 BTC", "", "")),
        (line("Fee", "BTC,1"), ("fee", "1 BTC", "", "")),
        (line("Barter", "BTC,1"), ("other", "1 BTC", "", "")),
    ],
)
def test_kinds_of_lines(text, expected):
    assert placed(text) == [("Kraken", *expected)]


def test_types_are_ours():
    assert {*LABELS.values()} <= {"", *TransactionType.values}


def test_unknown_kind_and_a_missing_integration_are_said():
    (row,) = lines_of(line("Barter", "BTC,1", place=""))

    assert [(remark.column, remark.read) for remark in row.remarks] == [
        ("Label", "other"),
        ("Integration Name", "Blockpit"),
    ]


def test_template_with_points_in_its_dates_names_the_same_line():
    trade, _payment = identities_of(fixture("blockpit.csv"))

    assert identities_of(fixture("blockpit.template.csv")) == [trade]


def test_old_export_has_the_time_of_the_account():
    trade, _staking = entries_of(fixture("blockpit.old.csv"), zone=ZoneInfo("Europe/Berlin"))

    assert trade.occurred_at == datetime(2023, 1, 6, 19, 8, tzinfo=UTC)
    assert placed(fixture("blockpit.old.csv")) == [
        ("Kraken account", "trade", "450 EUR", "0.0075 BTC", "1.17 EUR"),
        ("Kraken account", "reward", "", "0.25 ADA", ""),
    ]


def test_what_is_no_transaction_id_joins_nothing():
    assert [entry.group for entry in entries_of(fixture("blockpit.old.csv"))] == ["", ""]
