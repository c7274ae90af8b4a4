import pytest

from formats.parsing.records import RowError, Skipped
from tests.imports.helpers import (
    amount,
    built_of,
    counts,
    entries_of,
    fixture,
    identities_of,
    lines_of,
    run,
    shape,
)
from transactions.models import Transaction

HEADER = (
    "ID (read-only),Parent ID (read-only),Date (UTC),Type,Tag,From Wallet (read-only),"
    "From Wallet ID,From Amount,From Currency,To Wallet (read-only),To Wallet ID,To Amount,"
    "To Currency,Fee Amount,Fee Currency,Net Worth Amount,Net Worth Currency,"
    "Net Value (read-only),Value Currency (read-only),Deleted,TxHash,Description"
)
REPORT = (
    "Date,Type,Tag,Sending Wallet,Sent Amount,Sent Currency,Sent Cost Basis,Receiving Wallet,"
    "Received Amount,Received Currency,Received Cost Basis,Fee Amount,Fee Currency,Gain (EUR),"
    "Net Value (EUR),Fee Value (EUR),TxSrc,TxDest,TxHash,Description"
)


def line(kind, sent=",", got=",", left="", reached="", fee=",", tag="", **kw):
    rest = {"id": "A1", "parent": "", "worth": ",", "value": ",", "deleted": "false", "hash": ""}
    rest |= kw
    return (
        f"{rest['id']},{rest['parent']},2024-02-02 10:00:00,{kind},{tag},{left},W1,{sent},"
        f"{reached},W2,{got},{fee},{rest['worth']},{rest['value']},{rest['deleted']},"
        f"{rest['hash']},note"
    )


def placed(text: str) -> list:
    """Each transaction with its wallet."""
    return [(built.place.name, *shape(built.entry)) for built in built_of(text)]


def of(*lines: str) -> list:
    return placed("\n".join([HEADER, *lines, ""]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            line("buy", "100,EUR;1", "0.0025,BTC;2", "Bank", "Kraken", "0.26,EUR;1"),
            ("Kraken", "trade", "100 EUR", "0.0025 BTC", "0.26 EUR"),
        ),
        (line("sell", "1,BTC;2", "9,EUR", "K", "K"), ("K", "trade", "1 BTC", "9 EUR", "")),
        (line("exchange", "1,BTC", "9,ETH", "K"), ("K", "trade", "1 BTC", "9 ETH", "")),
        (
            line("crypto_deposit", got="0.5,ADA;9", reached="Kraken;kraken", tag="reward"),
            ("Kraken", "reward", "", "0.5 ADA", ""),
        ),
        (
            line("crypto_withdrawal", "0.5,ADA;9", left="K", tag="lost"),
            ("K", "loss", "0.5 ADA", "", ""),
        ),
        (line("fiat_deposit", got="5,EUR", reached="K"), ("K", "deposit", "", "5 EUR", "")),
        (line("fiat_withdrawal", "5,EUR", left="K"), ("K", "withdrawal", "5 EUR", "", "")),
        (line("transfer", "1,BTC", "1,BTC", "K", "k"), ("k", "transfer", "1 BTC", "1 BTC", "")),
        (line("crypto_deposit", got="5,ADA"), ("Koinly", "deposit", "", "5 ADA", "")),
        (line("margin call", "5,ADA", left="K"), ("K", "other", "5 ADA", "", "")),
    ],
)
def test_kinds_of_lines(text, expected):
    assert of(text) == [expected]


def test_transfer_between_two_wallets_is_its_two_ends():
    text = line(
        "transfer", "0.001,BTC;2", "0.001,BTC;2", "Kraken", "Cold", "0.0001,BTC;2", hash="f00d"
    )

    left, arrived = built_of(f"{HEADER}\n{text}\n")

    assert [(built.place.name, *shape(built.entry)) for built in (left, arrived)] == [
        ("Kraken", "transfer", "0.001 BTC", "", "0.0001 BTC"),
        ("Cold", "transfer", "", "0.001 BTC", ""),
    ]
    assert left.entry.group == arrived.entry.group == "f00d"
    assert (len(left.rows), arrived.rows) == (1, [])


def test_transfer_without_a_hash_is_joined_by_its_number():
    text = line("transfer", "1,BTC", "1,BTC", "Kraken", "Cold", id="A7")

    assert [entry.group for entry in entries_of(f"{HEADER}\n{text}\n")] == ["A7", "A7"]


def test_deleted_line_is_left_out_with_its_reason():
    text = line("transfer", "1,BTC", "1,BTC", "Kraken", "Cold", deleted="true")

    assert lines_of(f"{HEADER}\n{text}\n") == [Skipped(2, "deleted in Koinly")]


def test_unknown_kind_and_missing_wallet_are_said():
    (row,) = lines_of(f"{HEADER}\n{line('margin call', '5,ADA')}\n")

    assert [(remark.column, remark.read) for remark in row.remarks] == [
        ("Type", "other"),
        ("From Wallet (read-only)", "Koinly"),
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"worth": "0.2,EUR;1", "value": "0.3,USD;5"}, "0.2 EUR"),
        ({"value": "0.3,USD;5"}, "0.3 USD"),
        ({"value": "0,USD"}, ""),
        ({}, ""),
    ],
)
def test_worth_is_the_users_else_koinlys(cells, expected):
    (entry,) = entries_of(f"{HEADER}\n{line('crypto_deposit', got='1,ADA', **cells)}\n")

    assert ((entry.value and f"{entry.value.amount} {entry.value.currency}") or "") == expected


def test_line_is_known_by_its_number_whatever_was_edited():
    texts = [line("buy", "1,EUR", "1,BTC", "A", "K"), line("sell", "2,EUR", "1,BTC", "B", "K")]

    assert [identities_of(f"{HEADER}\n{text}\n") for text in texts] == [
        [("A1", "k")],
        [("A1", "k")],
    ]


def test_line_without_amounts_is_wrong():
    assert lines_of(f"{HEADER}\n{line('buy')}\n") == [
        RowError(2, "", "there is no amount in this row")
    ]


def test_file_makes_its_wallets_and_comes_in_once(ledger):
    first = run(ledger, fixture("koinly_export.csv"), wallet="")
    again = run(ledger, fixture("koinly_export.csv"), wallet="")

    assert counts(first) == (5, 4, 0, 1, 0, 5)
    assert counts(again) == (5, 0, 4, 1, 0, 0)
    assert sorted(Transaction.objects.values_list("wallet__name", "type")) == [
        ("Cold store", "transfer"),
        ("Cold store", "withdrawal"),
        ("Kraken", "reward"),
        ("Kraken", "trade"),
        ("Kraken", "transfer"),
    ]


def test_report_of_a_year_is_read_too():
    text = fixture("koinly_report.csv").decode()

    assert placed(text) == [
        ("Kraken", "reward", "", "2.5 ADA", ""),
        ("Kraken", "transfer", "0.5 ETH", "", "0.001 ETH"),
        ("Ledger Nano", "transfer", "", "0.5 ETH", ""),
        ("Kraken", "trade", "100 EUR", "0.03 ETH", "0.26 EUR"),
    ]
    assert placed(text) == placed(fixture("koinly_report.label.csv").decode())


def test_report_with_decimal_commas_and_a_side_that_is_zero():
    text = (
        f'{REPORT}\n2025-01-10 09:00:00 UTC,transfer,,ByBit,"0,5",BTC,,Cold,"0,5",BTC,,,,,'
        '"5,00",,,,,\n2025-01-11 09:00:00 UTC,crypto_deposit,,ByBit,0,,,Cold,"5,25",BERA,,,,,"5,00"'
        ",,,,,\n"
    )
    entries = entries_of(text, decimal_comma=True)

    assert [shape(entry) for entry in entries] == [
        ("transfer", "0.5 BTC", "", ""),
        ("transfer", "", "0.5 BTC", ""),
        ("deposit", "", "5.25 BERA", ""),
    ]
    assert entries[0].group == entries[1].group == "ByBit → Cold 2025-01-10 09:00:00"
    assert [str(entry.value.amount) for entry in entries] == ["5", "5", "5"]


def test_fixture_reads_as_it_was_written():
    built = built_of(fixture("koinly_export.csv"))

    assert [amount(each.entry.received) for each in built] == [
        *("0.004 BTC", "1.5 ADA", ""),
        *("0.003 BTC", ""),
    ]
    assert built[1].entry.note == "Staking"
    assert built[-1].entry.group == "f00d33"
