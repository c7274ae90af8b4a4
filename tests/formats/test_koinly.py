from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from formats.parsing.records import RowError
from tests.imports.helpers import entries_of, fixture, identities_of, lines_of, shape

HEADER = (
    "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,Fee Currency,"
    "Net Worth Amount,Net Worth Currency,Label,Description,TxHash"
)


def line(date="2018-01-01 14:25 UTC", sent=",", got=",", fee=",", worth=",", label="", rest=","):
    return f"{date},{sent},{got},{fee},{worth},{label},{rest}"


def one(text: str, **options):
    (entry,) = entries_of(f"{HEADER}\n{text}\n", **options)
    return entry


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line(got="1,ETH"), ("deposit", "", "1 ETH", "")),
        (line(sent="1,ETH", fee="0.1,ETH"), ("withdrawal", "1 ETH", "", "0.1 ETH")),
        (line(sent="9,EUR", got="1,ETH"), ("trade", "9 EUR", "1 ETH", "")),
        (line(sent="1,ETH", got="1,ETH"), ("transfer", "1 ETH", "1 ETH", "")),
        (line(fee="0.1,ETH"), ("fee", "", "", "0.1 ETH")),
        (line(sent="1,ETH", got="0,ETH"), ("withdrawal", "1 ETH", "", "")),
        (line(got="0,ETH"), ("deposit", "", "0 ETH", "")),
        (line(got="1,ETH", label="Staking"), ("reward", "", "1 ETH", "")),
        (line(got="1,ETH", label="airdrop"), ("airdrop", "", "1 ETH", "")),
        (line(sent="1,ETH", label="lost"), ("loss", "1 ETH", "", "")),
        (line(sent="1,ETH", label="gift"), ("gift", "1 ETH", "", "")),
        (line(sent="1,ETH", label="cost"), ("payment", "1 ETH", "", "")),
    ],
)
def test_parts_and_label_make_the_type(text, expected):
    assert shape(one(text)) == expected


def test_label_that_is_no_type_becomes_a_label():
    entry = one(line(got="1,ETH", label="Grandma"))

    assert (entry.type, entry.labels) == ("deposit", ("Grandma",))


def test_label_that_is_a_type_becomes_no_label():
    assert one(line(got="1,ETH", label="Reward")).labels == ()


def test_description_hash_and_worth_are_kept():
    entry = one(line(got="1,ETH", worth="250.5,USD", rest='"for, rent",0xab'))

    assert (entry.note, entry.tx_hash, entry.group) == ("for, rent", "0xab", "0xab")
    assert (str(entry.value.amount), entry.value.currency) == ("250.5", "USD")


def test_time_without_a_zone_is_in_the_given_one():
    berlin = ZoneInfo("Europe/Berlin")

    moments = [
        one(line(date=date, got="1,ETH"), zone=berlin).occurred_at
        for date in ("2018-01-01 14:25", "2018-01-01 14:25:30 UTC")
    ]

    assert moments == [
        datetime(2018, 1, 1, 13, 25, tzinfo=UTC),
        datetime(2018, 1, 1, 14, 25, 30, tzinfo=UTC),
    ]


def test_what_a_person_may_change_does_not_make_another_line():
    texts = [
        line(got="1,ETH"),
        line(got="1.0,ETH", worth="5,USD", label="gift", rest="note,"),
        line(date="2018-01-01 14:25:00", sent="0,EUR", got="1,ETH"),
    ]

    names = [identities_of(f"{HEADER}\n{text}\n") for text in texts]

    assert names[0] == names[1] == names[2]


def test_zone_that_is_given_does_not_make_another_line():
    text = f"{HEADER}\n{line(date='2018-01-01 14:25', got='1,ETH')}\n"

    assert identities_of(text) == identities_of(text, zone=ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        (line(), "", "there is no amount in this row"),
        (line(sent="1,"), "Sent Currency", "there is an amount, but no currency"),
        (line(got="-1,ETH"), "Received Amount", "the amount is negative: -1"),
        (line(got="x,ETH"), "Received Amount", "“x” is not a number; write it as 1234.56"),
        (line(date="", got="1,ETH"), "Date", "the cell is empty"),
        (
            line(got="1,ETH", worth="1,"),
            "Net Worth Currency",
            "there is an amount, but no currency",
        ),
        (
            line(got="1,ETH", label="x" * 101),
            "Label",
            "the cell has 101 characters, at most 100 are kept",
        ),
        (
            line(got="1,ETH", worth=f"1,{'U' * 21}"),
            "Net Worth Currency",
            "the cell has 21 characters, at most 20 are kept",
        ),
    ],
)
def test_broken_line_names_its_column(text, column, message):
    assert lines_of(f"{HEADER}\n{text}\n") == [RowError(2, column, message)]


def test_fixture_reads_as_it_was_written():
    shapes = [shape(entry) for entry in entries_of(fixture("koinly.csv"))]

    assert shapes == [
        ("deposit", "", "0.75 BTC", ""),
        ("trade", "0.25 BTC", "8125.5 EUR", "12.19 EUR"),
        ("withdrawal", "2500 EUR", "", "1 EUR"),
        ("reward", "", "0.0000000042 ADA", ""),
    ]


SIMPLE = "Koinly Date,Amount,Currency,Label,TxHash"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10,XMR,Income,f00d", ("income", "", "10 XMR", "")),
        ("-1.5,XMR,cost,f00d", ("payment", "1.5 XMR", "", "")),
        ("-1.5,XMR,,f00d", ("withdrawal", "1.5 XMR", "", "")),
        ("2,XMR,other_income,", ("income", "", "2 XMR", "")),
        ("2,XMR,Grandma,", ("deposit", "", "2 XMR", "")),
    ],
)
def test_simple_template_has_signed_amounts(text, expected):
    (entry,) = entries_of(f"{SIMPLE}\n2025-01-01 14:25 UTC,{text}\n")

    assert shape(entry) == expected


def test_simple_template_keeps_hash_and_label():
    (entry,) = entries_of(f"{SIMPLE}\n2025-01-01 14:25 UTC,2,XMR,Grandma,f00d\n")

    assert (entry.tx_hash, entry.labels) == ("f00d", ("Grandma",))


def test_simple_template_without_an_amount_is_wrong():
    (error,) = lines_of(f"{SIMPLE}\n2025-01-01 14:25 UTC,,XMR,Income,\n")

    assert error == RowError(2, "Amount", "the cell is empty")


def test_tag_is_label_and_a_time_that_did_not_exist_is_said():
    header = HEADER.replace("Label", "Tag")
    text = (
        f"{header}\n{line(date='2025-01-05 10:00:00', got='1.5,DOT', label='staking')}\n"
        f"{line(date='2025-03-30 02:30:00', sent='0.1,BTC', got='2500,EUR', fee='1.25,EUR')}\n"
    )

    first, second = lines_of(text, zone=ZoneInfo("Europe/Berlin"))

    assert [shape(row.value) for row in (first, second)] == [
        ("reward", "", "1.5 DOT", ""),
        ("trade", "0.1 BTC", "2500 EUR", "1.25 EUR"),
    ]
    assert second.value.occurred_at == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    assert [remark.read for remark in second.remarks] == ["2025-03-30 01:30:00 UTC"]


@pytest.mark.parametrize("label", ["to pool", "From_Pool", "stake", "unstake"])
def test_what_only_changes_its_place_is_no_income(label):
    assert one(line(got="1,ETH", label=label)).type == "transfer"
