from datetime import UTC, datetime

import pytest

from formats.readers.coinledger import TYPES
from tests.formats.trackers import placed
from tests.imports.helpers import entries_of, fixture, identities_of, lines_of
from transactions.models import TransactionType

HEADER = (
    "Date (UTC),Platform (Optional),Asset Sent,Amount Sent,Asset Received,Amount Received,"
    "Fee Currency (Optional),Fee Amount (Optional),Type,Description (Optional),TxHash (Optional)"
)
EXPORT = (
    "Timestamp (UTC),Type,Internal Id,Platform,Account Name,Platform Id,Blockchain Id,Record Type,"
    "Asset,Amount,Description"
)


def line(kind, sent=",", got=",", fee=",", platform="Kraken", date="04/20/2024 14:30:00"):
    return f"{HEADER}\n{date},{platform},{sent},{got},{fee},{kind},note,f00d\n"


def leg(kind, record, asset, amount, number="7", account="Mine"):
    return (
        f"2025-03-06T10:00:00.000,{kind},{number},Kraken,{account},p,f00d,{record},{asset},"
        f"{amount},note"
    )


def export(*legs: str) -> str:
    return "\n".join([EXPORT, *legs, ""])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line("", "EUR,9", "BTC,1", "EUR,0.5"), ("trade", "9 EUR", "1 BTC", "0.5 EUR")),
        (line("Trade", "EUR,9", "BTC,1"), ("trade", "9 EUR", "1 BTC", "")),
        (line("Deposit", got="BTC,1"), ("deposit", "", "1 BTC", "")),
        (line("Withdrawal", "BTC,1", fee="BTC,0.1"), ("withdrawal", "1 BTC", "", "0.1 BTC")),
        (line("Income", got="BTC,1"), ("income", "", "1 BTC", "")),
        (line("Interest", got="BTC,1"), ("reward", "", "1 BTC", "")),
        (line("Mining", got="BTC,1"), ("reward", "", "1 BTC", "")),
        (line("Staking", got="BTC,1"), ("reward", "", "1 BTC", "")),
        (line("Airdrop", got="BTC,1"), ("airdrop", "", "1 BTC", "")),
        (line("Hard Fork", got="BTC,1"), ("airdrop", "", "1 BTC", "")),
        (line("Gift Received", got="BTC,1"), ("gift", "", "1 BTC", "")),
        (line("Gift Sent", "BTC,1"), ("gift", "1 BTC", "", "")),
        (line("Merchant Payment", "BTC,1"), ("payment", "1 BTC", "", "")),
        (line("Interest Payment", "BTC,1"), ("payment", "1 BTC", "", "")),
        (line("Theft Loss", "BTC,1"), ("loss", "1 BTC", "", "")),
        (line("Network Fee", "BTC,1"), ("fee", "1 BTC", "", "")),
        (line("Barter", "BTC,1"), ("other", "1 BTC", "", "")),
    ],
)
def test_kinds_of_lines_of_the_template(text, expected):
    assert placed(text) == [("Kraken", *expected)]


def test_types_are_ours():
    assert {*TYPES.values()} <= {*TransactionType.values}


@pytest.mark.parametrize("date", ["04/20/2024 14:30:00", "04/20/2024 14:30", "2024-04-20 14:30:00"])
def test_month_comes_first(date):
    (entry,) = entries_of(line("Deposit", got="BTC,1", date=date))

    assert entry.occurred_at == datetime(2024, 4, 20, 14, 30, tzinfo=UTC)


def test_both_headers_of_the_template_name_the_same_line():
    first, *_rest = identities_of(fixture("coinledger.csv"))

    assert identities_of(fixture("coinledger.short.csv")) == [first]


def test_line_without_a_platform_is_of_the_site():
    (row,) = lines_of(line("Deposit", got="BTC,1", platform=""))

    assert row.wallet.name == "CoinLedger"


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        (
            [
                leg("Trade", "Debit", "USDT", "-10"),
                leg("Trade", "Credit", "TRX", "283.9"),
                leg("Trade", "Platform Fee", "TRX", "-0.14"),
            ],
            [("trade", "10 USDT", "283.9 TRX", "0.14 TRX")],
        ),
        ([leg("Buy", "Debit", "EUR", "-15.6")], [("trade", "15.6 EUR", "", "")]),
        (
            [
                leg("Withdrawal", "Debit", "BTC", "-1"),
                leg("Withdrawal", "Network Fee", "BTC", "-2"),
            ],
            [("withdrawal", "1 BTC", "", "2 BTC")],
        ),
        ([leg("Airdrop", "Credit", "COIN", "99")], [("airdrop", "", "99 COIN", "")]),
        ([leg("Interest", "Credit", "ETH", "1")], [("reward", "", "1 ETH", "")]),
        ([leg("Interest Payment", "Credit", "ETH", "1")], [("reward", "", "1 ETH", "")]),
        ([leg("Interest Payment", "Debit", "ETH", "-1")], [("payment", "1 ETH", "", "")]),
        ([leg("Margin Gain", "Margin Gain", "USDT", "5")], [("income", "", "5 USDT", "")]),
        ([leg("Margin Gain", "Margin Gain", "USDT", "-5")], [("loss", "5 USDT", "", "")]),
        ([leg("Network Fee", "Network Fee", "BNB", "-5")], [("fee", "", "", "5 BNB")]),
        ([leg("Manual Position", "Credit", "DOGE", "5")], [("other", "", "5 DOGE", "")]),
        ([leg("Barter", "Credit", "DOGE", "5")], [("other", "", "5 DOGE", "")]),
        (
            [leg("Trade", "Debit", "EUR", "-1"), leg("Trade", "Credit", "BTC", "1", number="8")],
            [("trade", "1 EUR", "", ""), ("trade", "", "1 BTC", "")],
        ),
    ],
)
def test_lines_of_one_internal_id_are_one_transaction(legs, expected):
    assert placed(export(*legs)) == [("Mine", *shape) for shape in expected]


def test_transfer_between_two_accounts_is_its_two_ends():
    legs = [
        leg("Transfer", "Debit", "BTC", "-1", account="Kraken"),
        leg("Transfer", "Credit", "BTC", "1", account="Cold"),
    ]

    assert placed(export(*legs)) == [
        ("Kraken", "transfer", "1 BTC", "", ""),
        ("Cold", "transfer", "", "1 BTC", ""),
    ]
    assert {entry.group for entry in entries_of(export(*legs))} == {"7"}


def test_unknown_kind_is_said():
    (row,) = lines_of(export(leg("Barter", "Credit", "DOGE", "5")))

    assert [(remark.written, remark.read) for remark in row.remarks] == [("Barter", "other")]


def test_fixture_reads_as_it_was_written():
    assert placed(fixture("coinledger_export.csv")) == [
        ("My Kraken", "trade", "300 EUR", "0.15 ETH", "0.78 EUR"),
        ("BSC", "airdrop", "", "99 COIN", ""),
    ]
    assert [entry.tx_hash for entry in entries_of(fixture("coinledger_export.csv"))] == [
        *("", "0xf00d91")
    ]
