from datetime import UTC, datetime

import pytest

from tests.formats.trackers import placed
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

HEADER = (
    "Date,Received Quantity,Received Currency,Sent Quantity,Sent Currency,Fee Amount,Fee Currency,"
    "Tag"
)
EXPORT = (
    "Date,Type,Transaction ID,Received Quantity,Received Currency,Received Cost Basis (USD),"
    "Received Wallet,Received Address,Received Comment,Sent Quantity,Sent Currency,"
    "Sent Cost Basis (USD),Sent Wallet,Sent Address,Sent Comment,Fee Amount,Fee Currency,"
    "Fee Cost Basis (USD),Realized Return (USD),Fee Realized Return (USD),Transaction Hash"
)


def line(got=",", sent=",", fee=",", tag="", date="03/15/2024 10:30:00"):
    return f"{HEADER}\n{date},{got},{sent},{fee},{tag}\n"


def exported(kind, got=",", sent=",", reached="", left="", fee=",", note=""):
    return (
        f"{EXPORT}\n03/15/2024 10:30:00,{kind},t1,{got},1,{reached},,{note},{sent},1,{left},,,"
        f"{fee},1,,,f00d\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line("1,BTC", "9,EUR", "0.5,EUR"), ("trade", "9 EUR", "1 BTC", "0.5 EUR")),
        (line("1,BTC", "1,BTC"), ("transfer", "1 BTC", "1 BTC", "")),
        (line("1,BTC"), ("deposit", "", "1 BTC", "")),
        (line(sent="1,BTC", fee="0.1,BTC"), ("withdrawal", "1 BTC", "", "0.1 BTC")),
        (line("1,BTC", tag="staked"), ("reward", "", "1 BTC", "")),
        (line("1,BTC", tag="mined"), ("reward", "", "1 BTC", "")),
        (line("1,BTC", tag="airdrop"), ("airdrop", "", "1 BTC", "")),
        (line("1,BTC", tag="fork"), ("airdrop", "", "1 BTC", "")),
        (line(sent="1,BTC", tag="payment"), ("payment", "1 BTC", "", "")),
        (line(sent="1,BTC", tag="gift"), ("gift", "1 BTC", "", "")),
        (line(sent="1,BTC", tag="donation"), ("gift", "1 BTC", "", "")),
        (line(sent="1,BTC", tag="lost"), ("loss", "1 BTC", "", "")),
        (line("1,BTC", tag="bridge"), ("deposit", "", "1 BTC", "")),
    ],
)
def test_kinds_of_lines(text, expected):
    assert placed(text) == [("", *expected)]


def test_tag_that_is_no_type_becomes_a_label():
    assert [entries_of(line("1,BTC", tag=tag))[0].labels for tag in ("bridge", "gift")] == [
        *(("bridge",), ())
    ]


@pytest.mark.parametrize("date", ["03/15/2024 10:30:00", "3/15/24 10:30", "2024-03-15 10:30:00"])
def test_month_comes_first(date):
    (entry,) = entries_of(line("1,BTC", date=date))

    assert entry.occurred_at == datetime(2024, 3, 15, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("date", ["15/03/2024 10:30:00", "15/3/2024 10:30"])
def test_day_comes_first_only_if_the_person_says_so(date):
    """Else “05/03/2024” of the same file would be the third of May."""
    text = line("1,BTC", date=date)
    (error,) = lines_of(text)
    (row,) = lines_of(text, date_order="dmy")
    (other,) = lines_of(line("1,BTC", date="05/03/2024 10:30:00"), date_order="dmy")

    assert (error.column, error.setting) == ("Date", "date_order")
    assert row.value.occurred_at == datetime(2024, 3, 15, 10, 30, tzinfo=UTC)
    assert other.value.occurred_at == datetime(2024, 3, 5, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            exported("BUY", "1,BTC", "9,USD", "Coinbase", "Coinbase", "0.5,USD"),
            [("Coinbase", "trade", "9 USD", "1 BTC", "0.5 USD")],
        ),
        (exported("SEND", sent="1,BTC", left="A"), [("A", "withdrawal", "1 BTC", "", "")]),
        (exported("RECEIVE", "1,BTC", reached="A"), [("A", "deposit", "", "1 BTC", "")]),
        (exported("STAKING_REWARD", "1,BTC", reached="A"), [("A", "reward", "", "1 BTC", "")]),
        (
            exported("MULTI_TOKEN_TRADE", "1,BTC", reached="A"),
            [("A", "deposit", "", "1 BTC", "")],
        ),
        (
            exported("TRANSFER", "1,BTC", "1,BTC", "Cold", "Coinbase", "0.1,BTC"),
            [
                ("Coinbase", "transfer", "1 BTC", "", "0.1 BTC"),
                ("Cold", "transfer", "", "1 BTC", ""),
            ],
        ),
        (exported("BARTER", "1,BTC", reached="A"), [("A", "other", "", "1 BTC", "")]),
        (exported("RECEIVE", "1,BTC"), [("CoinTracker", "deposit", "", "1 BTC", "")]),
    ],
)
def test_kinds_of_lines_of_the_export(text, expected):
    assert placed(text) == expected


def test_ends_of_a_transfer_are_one_group():
    ends = built_of(exported("TRANSFER", "1,BTC", "1,BTC", "Cold", "Coinbase"))

    assert [(built.entry.group, len(built.rows)) for built in ends] == [("f00d", 1), ("f00d", 0)]


def test_unknown_kind_is_said_and_the_comment_kept():
    (row,) = lines_of(exported("BARTER", "1,BTC", reached="A", note="for eggs"))

    assert [remark.written for remark in row.remarks] == ["BARTER"]
    assert row.value.note == "for eggs"


def test_lines_of_one_id_are_told_apart_by_what_moved():
    texts = [exported("TRADE", f"{amount},BTC", reached="A") for amount in (1, 2)]

    assert identities_of(texts[0]) != identities_of(texts[1])


def test_fixture_of_awaken_has_a_hash_and_notes():
    (entry,) = entries_of(fixture("cointracker.awaken.csv"))

    assert shape(entry) == ("reward", "", "1.5 ATOM", "0.001 ATOM")
    assert (entry.tx_hash, entry.note) == ("f00da1", "claimed")
