import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import wrong
from tests.imports.helpers import entries_of, identities_of, lines_of, shape

OLD = "Date(UTC),Coin,Network,Amount,TransactionFee,Address,TXID,SourceAddress,PaymentID,Status"
OUT = "Date(UTC+0),Coin,Network,Amount,Fee,Address,TXID,Status"
IN = "Date(UTC+0),Coin,Network,Amount,Address,TXID,Status"
ADDRESS = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"


def old(fee="0.1", txid="h1", status="Completed") -> str:
    return f"{OLD}\n2023-06-10 16:22:40,BTC,BTC,2,{fee},{ADDRESS},{txid},{ADDRESS},,{status}\n"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (old(), "x.csv", ("withdrawal", "2 BTC", "", "0.1 BTC")),
        (old("0"), "Withdraw history.csv", ("withdrawal", "2 BTC", "", "")),
        (old("0"), "Binance-Deposit-History.csv", ("deposit", "", "2 BTC", "")),
        (
            f"{OUT}\n23-06-10 16:22:40,BTC,BTC,2,0.1,{ADDRESS},h1,Completed\n",
            "x.csv",
            ("withdrawal", "2 BTC", "", "0.1 BTC"),
        ),
        (
            f"{IN}\n23-06-10 16:22:40,BTC,BTC,2,{ADDRESS},h1,Completed\n",
            "x.csv",
            ("deposit", "", "2 BTC", ""),
        ),
    ],
)
def test_line_is_a_deposit_or_a_withdrawal(text, name, expected):
    (entry,) = entries_of(text, file_name=name)

    assert shape(entry) == expected
    assert (entry.tx_hash, entry.group) == ("h1", "h1")
    assert entry.counterparty == (ADDRESS if "SourceAddress" in text or entry.sent else "")


def test_headers_name_the_same_line_alike():
    new = f"{OUT}\n23-06-10 16:22:40,BTC,BTC,2.0,0.1,{ADDRESS},h1,Completed\n"

    assert identities_of(old()) == identities_of(new)


def test_words_in_place_of_a_hash_are_none():
    (entry,) = entries_of(old(txid="Internal transfer 123"))

    assert (entry.tx_hash, entry.group) == ("", "Internal transfer 123")


@pytest.mark.parametrize("status", ["Processing", "Cancelled", "Failed", ""])
def test_what_moved_nothing_is_skipped(status):
    (line,) = lines_of(old(status=status))

    assert line == Skipped(2, f"it moved nothing: its status is “{status}”")


@pytest.mark.parametrize(
    ("text", "column"),
    [(old("0"), "TransactionFee"), (old(status="Odd"), "Status"), (old("x"), "TransactionFee")],
)
def test_what_is_not_understood_is_an_error(text, column):
    assert wrong(text) == [column]
