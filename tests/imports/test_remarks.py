"""What is taken otherwise than it is written is said, with its line, and nothing else is."""

import json
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from formats.parsing.records import Remark
from imports.console import remarked
from tests.factories import make_wallet
from tests.formats.test_etherscan import CONTRACT, HEADER, ME, TOKENS, YOU, token, transaction
from tests.imports.helpers import fixture, koinly, lines_of, opened, run

BERLIN = ZoneInfo("Europe/Berlin")
KOINLY = "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,TxHash,Description"
KRAKEN = "txid,refid,time,type,asset,amount,fee"
BINANCE = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark"
COINBASE = (
    "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,"
    "Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes,Sender Address,"
    "Recipient Address"
)
CHECKED = "0xa83114A443dA1CecEFC50368531cACE9F37fCCcb"
WRONG = CHECKED.replace("A443dA", "a443DA")


def said(header: str, line: str, **options) -> list[tuple[str, str, str]]:
    """Column, as written, as read."""
    (row,) = lines_of(f"{header}\n{line}\n", **options)
    assert {remark.line for remark in row.remarks} <= {row.line}
    assert all(remark.reason for remark in row.remarks)
    return [(remark.column, remark.written, remark.read) for remark in row.remarks]


def coinbase(**kw: str) -> str:
    cells = {"time": "2024-01-01T08:00:00Z", "kind": "Buy", "quantity": "1", "total": "12"}
    cells |= {"fee": "2", "notes": "", "sender": "", "recipient": ""} | kw
    columns = "i,{time},{kind},ETH,{quantity},EUR,9,10,{total},{fee},{notes},{sender},{recipient}"
    return columns.format(**cells)


@pytest.mark.parametrize(
    ("time", "read"),
    [
        ("2025-03-30 02:30:00", "2025-03-30 01:30:00 UTC"),
        ("2025-03-30 02:00", "2025-03-30 01:00:00 UTC"),
        ("2025-10-26 02:30:00", "2025-10-26 00:30:00 UTC"),
        ("2025-10-26 02:59:59.5", "2025-10-26 00:59:59.500000 UTC"),
    ],
)
def test_time_that_a_clock_change_makes_doubtful_is_said(time, read):
    assert said(KOINLY, f"{time},,,1,ETH,,", zone=BERLIN) == [("Date", time, read)]


@pytest.mark.parametrize(
    "time",
    [
        "2025-03-30 01:59:59",
        "2025-03-30 03:00:00",
        "2025-10-26 01:59:59",
        "2025-10-26 03:00:00",
        "2025-03-30 02:30:00 UTC",
        "2025-10-26 02:30:00+02:00",
    ],
)
def test_time_that_is_certain_is_not_remarked_on(time):
    assert said(KOINLY, f"{time},,,1,ETH,,", zone=BERLIN) == []
    assert said(KOINLY, f"{time},,,1,ETH,,") == []


def test_reason_tells_a_time_that_was_not_from_one_that_was_twice():
    text = f"{KOINLY}\n2025-03-30 02:30,,,1,ETH,,\n2025-10-26 02:30,,,1,ETH,,\n"

    gap, twice = (row.remarks[0].reason for row in lines_of(text, zone=BERLIN))

    assert gap.startswith("in Europe/Berlin the clock was put forward, so this time did not exist")
    assert twice.startswith("in Europe/Berlin the clock was put back, so this time came twice")


@pytest.mark.parametrize(
    ("header", "line", "expected"),
    [
        (KOINLY, '2024-01-01 08:00,,,"1,234.5",ETH,,', [("Received Amount", "1,234.5", "1234.5")]),
        (KOINLY, "2024-01-01 08:00,,EUR,1,ETH,,", [("Sent Currency", "EUR", "")]),
        (
            KOINLY,
            "2024-01-01T08:00:00.1234567,,,1,ETH,,",
            [("Date", "2024-01-01T08:00:00.1234567", "2024-01-01 08:00:00.123456 UTC")],
        ),
        (
            KOINLY,
            "2024-01-01 08:00,,,1,ETH",
            [("TxHash", "", ""), ("Description", "", "")],
        ),
        (KRAKEN, "L1,R1,2024-01-01 08:00:00,quiz,ETH,1,0", [("type", "quiz", "other")]),
        (KRAKEN, "L1,R1,2024-01-01 08:00:00,trade,ETH,1,", [("fee", "", "0")]),
        (
            BINANCE,
            "7,2024-01-01 08:00:00,Spot,Quiz,ETH,1,",
            [("Operation", "Quiz", "other")],
        ),
        (COINBASE, coinbase(fee="£2"), [("Fees and/or Spread", "£2", "2 EUR")]),
        (
            COINBASE,
            coinbase(total="12 USD"),
            [("Total (inclusive of fees and/or spread)", "12 USD", "12 EUR")],
        ),
        (COINBASE, coinbase(fee="€2", total="12 EUR"), []),
        (COINBASE, coinbase(fee="-2"), [("Fees and/or Spread", "-2", "2")]),
        (COINBASE, coinbase(fee=""), [("Fees and/or Spread", "", "0")]),
        (COINBASE, coinbase(quantity="-1"), [("Quantity Transacted", "-1", "1")]),
        (COINBASE, coinbase(kind="Send", fee=""), [("Quantity Transacted", "1", "-1")]),
        (
            COINBASE,
            coinbase(kind="Send", quantity="-1", fee="3"),
            [("Fees and/or Spread", "3", "")],
        ),
        (COINBASE, coinbase(kind="Quiz", fee=""), [("Transaction Type", "Quiz", "other")]),
        (
            COINBASE,
            coinbase(time="01/31/2024"),
            [("Timestamp", "01/31/2024", "2024-01-31 00:00 UTC")],
        ),
        (
            COINBASE,
            coinbase(kind="Receive", fee="", sender="0xabc…"),
            [("Sender Address", "0xabc…", "")],
        ),
        (
            COINBASE,
            coinbase(kind="Receive", fee="", sender=WRONG),
            [("Sender Address", WRONG, CHECKED)],
        ),
        (
            COINBASE,
            coinbase(kind="Convert", fee="", notes='"Converted 1 ETH to 1,234.5 ADA"'),
            [("Notes", "1,234.5", "1234.5")],
        ),
    ],
)
def test_line_says_what_is_taken_otherwise(header, line, expected):
    assert said(header, line) == expected


@pytest.mark.parametrize(
    ("header", "line", "expected"),
    [
        (HEADER, transaction(fee=""), [("TxnFee(ETH)", "", "0")]),
        (HEADER, transaction(**{"from": YOU, "to": ME, "in": "1", "fee": ""}), []),
        (HEADER, transaction(to=ME, **{"in": "2", "out": "3"}), [("Value_IN(ETH)", "2", "3")]),
        (HEADER, transaction(to=WRONG), [("To", WRONG, CHECKED)]),
        (HEADER, transaction(to=CHECKED), []),
        (TOKENS, token(symbol="", token=CONTRACT), [("TokenSymbol", "", CONTRACT)]),
        (TOKENS, token(usd="$1,330.58"), [("USDValueDayOfTx", "$1,330.58", "1330.58")]),
    ],
)
def test_line_of_an_explorer_says_what_is_taken_otherwise(header, line, expected):
    assert said(header, line, owner_address=ME) == expected


def test_letters_of_a_guessed_encoding_are_said_with_their_line():
    text = f"{KOINLY}\n2024-01-01 08:00,,,1,ETH,,plain\n2024-01-01 08:00,,,1,ETH,,Zürich\n"

    plain, guessed = lines_of(text.encode("cp1252"))

    assert plain.remarks == []
    assert [(each.line, each.column, each.read) for each in guessed.remarks] == [
        (3, "Description", "Zürich")
    ]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"file_name": f"export-{ME}.csv"}, "whose file this is, its name says"),
        ({}, "whose file this is, its rows say: each has this address"),
    ],
)
def test_owner_that_was_guessed_is_said_of_the_whole_file(options, reason):
    lines = [transaction(), transaction(hash="0x2", to=CONTRACT)]

    reader, _table = opened("\n".join([HEADER, *lines, ""]), **options)

    assert reader.remarks == [Remark(0, "", "", ME, reason)]


def test_coin_that_was_renamed_is_said():
    text = HEADER.replace("(ETH)", "(MATIC)") + "\n"

    reader, _table = opened(text, chain="polygon", owner_address=ME)

    assert [(each.column, each.written, each.read) for each in reader.remarks] == [
        ("Value_IN(MATIC)", "MATIC", "POL")
    ]


def test_nothing_is_said_of_lines_that_say_what_they_mean(ledger):
    assert not run(ledger, koinly(5)).remarks
    said = run(ledger, fixture("koinly.csv")).remarks
    assert [(each.line, each.written, each.read) for each in said] == [(4, "2,500", "2500")]


def test_result_has_the_remarks_of_a_file_that_is_refused(ledger):
    text = f"{KOINLY}\n2025-03-30 02:30,,,1,ETH,,\n2025-03-30 02:30,,,one,ETH,,\n"

    result = run(ledger, text, options={"zone": BERLIN})

    assert [remark.line for remark in result.remarks] == [2]
    assert (result.imported, len(result.errors)) == (0, 1)


def test_command_and_report_name_doubtful_times(ledger, tmp_path, capsys):
    make_wallet(ledger, "Main")
    path, report = tmp_path / "file.csv", tmp_path / "report.json"
    path.write_text(f"{KOINLY}\n2025-03-30 04:00,,,1,ETH,,\n2025-03-30 02:30,,,1,ETH,,\n")

    call_command(
        *["import_transactions", str(path), "--ledger=keller", "--wallet=Main"],
        *["--timezone=Europe/Berlin", f"--report={report}"],
    )

    reason = (
        "in Europe/Berlin the clock was put forward, so this time did not exist: it is taken as if"
        " the clock had not been changed yet"
    )
    assert (
        f"Line 3: Date: “2025-03-30 02:30” is taken as “2025-03-30 01:30:00 UTC”: {reason}"
        in capsys.readouterr().out
    )
    assert json.loads(report.read_text())[0]["remarks"] == [
        {
            "line": 3,
            "column": "Date",
            "written": "2025-03-30 02:30",
            "read": "2025-03-30 01:30:00 UTC",
            "reason": reason,
        }
    ]


def test_console_names_the_first_lines_of_a_kind_and_counts_the_others():
    many = [Remark(n, "Amount", f"{n},000", f"{n}000", "grouped") for n in range(2, 14)]
    other = Remark(0, "", "", "0xab", "told by the name")

    texts = remarked([*many, other])

    assert texts[0] == "Line 2: Amount: “2,000” is taken as “2000”: grouped"
    assert texts[10:] == [
        "… and 2 more lines like this; --report names all of them",
        "The whole file: taken as “0xab”: told by the name",
    ]
