from datetime import UTC, datetime

import pytest

from formats.parsing.records import RowError
from formats.readers.crypto_tax_calculator import CAME_IN, WENT_OUT
from tests.formats.trackers import placed
from tests.imports.helpers import entries_of, fixture, lines_of
from transactions.models import TransactionType

HEADER = (
    "Timestamp (UTC),Type,Base Currency,Base Amount,Quote Currency (Optional),"
    "Quote Amount (Optional),Fee Currency (Optional),Fee Amount (Optional),From (Optional),"
    "To (Optional),ID (Optional),Description (Optional)"
)
YOU = f"0x{'2' * 40}"


def line(kind, quote=",", fee=",", places="A,B", time="2024-03-01T10:00:00Z"):
    return f"{HEADER}\n{time},{kind},BTC,1,{quote},{fee},{places},f00d,note\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line("buy", "EUR,9", "EUR,0.5"), ("B", "trade", "9 EUR", "1 BTC", "0.5 EUR")),
        (line("sell", "EUR,9", "EUR,0.5"), ("A", "trade", "1 BTC", "9 EUR", "0.5 EUR")),
        (line("receive"), ("B", "deposit", "", "1 BTC", "")),
        (line("transfer-in"), ("B", "deposit", "", "1 BTC", "")),
        (line("send", fee="BTC,0.1"), ("A", "withdrawal", "1 BTC", "", "0.1 BTC")),
        (line("transfer-out"), ("A", "withdrawal", "1 BTC", "", "")),
        (line("fee"), ("A", "fee", "1 BTC", "", "")),
        (line("staking"), ("B", "reward", "", "1 BTC", "")),
        (line("Staking Deposit"), ("A", "transfer", "1 BTC", "", "")),
        (line("staking-withdrawal"), ("B", "transfer", "", "1 BTC", "")),
        (line("bridge-out"), ("A", "transfer", "1 BTC", "", "")),
        (line("airdrop"), ("B", "airdrop", "", "1 BTC", "")),
        (line("income"), ("B", "income", "", "1 BTC", "")),
        (line("incoming-gift"), ("B", "gift", "", "1 BTC", "")),
        (line("outgoing-gift"), ("A", "gift", "1 BTC", "", "")),
        (line("expense"), ("A", "payment", "1 BTC", "", "")),
        (line("lost"), ("A", "loss", "1 BTC", "", "")),
        (line("borrow"), ("B", "other", "", "1 BTC", "")),
        (line("swap-out"), ("A", "trade", "1 BTC", "", "")),
    ],
)
def test_kinds_of_lines(text, expected):
    assert placed(text) == [expected]


def test_types_are_ours_and_go_one_way():
    assert {*CAME_IN.values(), *WENT_OUT.values()} <= {*TransactionType.values}
    assert not CAME_IN.keys() & WENT_OUT.keys()


def test_unknown_kind_has_no_direction_and_is_wrong():
    message = "“barter” does not say whether the amount came in or went out"

    assert lines_of(line("barter")) == [RowError(2, "Type", message)]


def test_other_side_is_kept_if_it_is_an_address():
    texts = [line("receive", places=f"{YOU},B"), line("receive", places="Binance,B")]

    assert [entries_of(text)[0].counterparty for text in texts] == [YOU, ""]


def test_line_without_its_wallet_is_of_the_site_and_that_is_said():
    (row,) = lines_of(line("receive", places=f"{YOU},"))

    assert row.wallet.name == "Crypto Tax Calculator"
    assert [remark.column for remark in row.remarks] == ["To (Optional)"]


@pytest.mark.parametrize("time", ["2024-03-01T10:00:00.000Z", "2024-03-01 10:00:00"])
def test_time_is_in_utc(time):
    (entry,) = entries_of(line("receive", time=time))

    assert entry.occurred_at == datetime(2024, 3, 1, 10, tzinfo=UTC)


def test_fixture_reads_as_it_was_written():
    assert placed(fixture("crypto_tax_calculator.csv")) == [
        ("Kraken", "trade", "120 EUR", "25 RUNE", "0.3 EUR"),
        ("Cold", "withdrawal", "1.5 RUNE", "", "0.02 RUNE"),
        ("Cold", "reward", "", "0.5 ALGO", ""),
    ]
