from datetime import UTC, datetime

import pytest

from formats.parsing.records import RowError, Skipped
from formats.readers.rotki_history import SUBTYPES, TYPES, type_of
from tests.formats.trackers import placed
from tests.imports.helpers import (
    built_of,
    counts,
    entries_of,
    fixture,
    identities_of,
    lines_of,
    run,
)
from transactions.models import TransactionType

HEADER = (
    "timestamp,event_type,event_subtype,location,location_label,asset,asset_symbol,amount,"
    "event_identifier,sequence_index,direction,user_notes,auto_notes,tx_hash,address"
)
ME, YOU, TOKEN = (f"0x{digit * 40}" for digit in "123")
WHEN = "01/02/2024 10:00:00 UTC"


def event(kind, moved, direction, event="e1", index=0, at=",Kraken 1", when=WHEN, **kw):
    symbol, amount = moved.split()
    asset = kw.get("asset", symbol)
    where = at if at[0] != "," else f"kraken{at}"
    rest = f"{kw.get('note', '')},by itself,{kw.get('hash', '')},{kw.get('address', '')}"
    return f"{when},{kind},{where},{asset},{symbol},{amount},{event},{index},{direction},{rest}"


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


OUT, IN = event("trade,spend", "EUR 100", "out"), event("trade,receive", "ETH 1", "in", index=1)
FEE = event("trade,fee", "EUR 2", "out", index=2)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([OUT, IN, FEE], [("trade", "100 EUR", "1 ETH", "2 EUR")]),
        ([OUT, IN], [("trade", "100 EUR", "1 ETH", "")]),
        ([OUT, IN, FEE, FEE], [("trade", "100 EUR", "1 ETH", "4 EUR")]),
        ([OUT, FEE], [("trade", "100 EUR", "", "2 EUR")]),
        (
            [event("migrate,spend", "MATIC 5", "out"), event("migrate,receive", "POL 5", "in")],
            [("trade", "5 MATIC", "5 POL", "")],
        ),
        (
            [
                event("withdrawal,remove asset", "ETH 1", "out"),
                event("spend,fee", "ETH 0.1", "out"),
            ],
            [("withdrawal", "1 ETH", "", "0.1 ETH")],
        ),
        (
            [OUT, OUT, IN],
            [
                ("trade", "100 EUR", "", ""),
                ("trade", "100 EUR", "", ""),
                ("trade", "", "1 ETH", ""),
            ],
        ),
        (
            [event("spend,none", "USDC 5", "out"), event("receive,refund", "USDC 1", "in")],
            [("withdrawal", "5 USDC", "", ""), ("deposit", "", "1 USDC", "")],
        ),
        (
            [OUT, event("trade,receive", "ETH 1", "in", at=",Kraken 2")],
            [("trade", "100 EUR", "", ""), ("trade", "", "1 ETH", "")],
        ),
    ],
)
def test_events_of_one_number_are_joined_unless_it_would_be_a_guess(lines, expected):
    assert [row[1:] for row in placed(text(*lines))] == expected


def test_notes_of_all_lines_are_kept_in_whatever_order_these_stand():
    lines = [
        event("trade,spend", "EUR 100", "out", note="paid"),
        event("trade,receive", "ETH 1", "in", index=1, note="got"),
        event("trade,fee", "EUR 2", "out", index=2, note="paid"),
    ]

    for some in (lines, lines[::-1]):
        (entry,) = entries_of(text(*some))
        assert entry.note == "paid; got"


@pytest.mark.parametrize(
    ("kind", "direction", "expected"),
    [
        ("deposit,deposit asset", "in", "deposit"),
        ("deposit,deposit asset", "out", "transfer"),
        ("withdrawal,remove asset", "out", "withdrawal"),
        ("withdrawal,remove asset", "in", "transfer"),
        ("deposit,bridge", "out", "transfer"),
        ("deposit,none", "out", "transfer"),
        ("staking,deposit asset", "out", "transfer"),
        ("staking,reward", "in", "reward"),
        ("receive,none", "in", "deposit"),
        ("receive,airdrop", "in", "airdrop"),
        ("receive,payment", "in", "income"),
        ("spend,none", "out", "withdrawal"),
        ("spend,payment", "out", "payment"),
        ("spend,donate", "out", "gift"),
        ("spend,fee", "out", "fee"),
        ("loss,hack", "out", "loss"),
        ("receive,generate debt", "in", "other"),
        ("something,new", "in", "other"),
    ],
)
def test_kinds_of_events(kind, direction, expected):
    assert type_of(*kind.split(","), direction) == expected
    assert [row[1] for row in placed(text(event(kind, "ETH 1", direction)))] == [expected]


def test_types_are_ours():
    assert {*TYPES.values(), *SUBTYPES.values()} <= {*TransactionType.values}


def test_unknown_kind_is_said():
    (row,) = lines_of(text(event("something,new", "ETH 1", "in")))

    assert [(remark.written, remark.read) for remark in row.remarks] == [("something", "other")]


@pytest.mark.parametrize(
    "line",
    [
        event("informational,approve", "ETH 1", "neutral"),
        event("spend,fee", "ETH 0", "out"),
        event("trade,place order", "ETH 1", "neutral"),
    ],
)
def test_what_moves_nothing_is_left_out(line):
    (skipped,) = lines_of(text(line))

    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith("nothing was moved: ")


def test_transfer_between_tracked_accounts_is_its_two_ends():
    line = event(
        "transfer,none", "ETH 1", "neutral", at=f"ethereum,{ME}", address=YOU, hash="0xf00d"
    )

    left, arrived = built_of(text(line))

    assert [built.place.name for built in (left, arrived)] == [ME, YOU]
    assert placed(text(line)) == [
        (ME, "transfer", "1 ETH", "", ""),
        (YOU, "transfer", "", "1 ETH", ""),
    ]
    assert left.entry.group == arrived.entry.group == "0xf00d"


def test_transfer_that_does_not_say_where_to_is_wrong():
    line = event("transfer,none", "ETH 1", "neutral", at=f"ethereum,{ME}")

    assert lines_of(text(line)) == [
        RowError(2, "address", "the row does not say which account was reached")
    ]


def test_what_failed_keeps_its_fee():
    (entry,) = entries_of(text(event("fail,fee", "ETH 0.1", "out", hash="0xf00d")))

    assert (entry.type, entry.status, str(entry.fee.amount)) == ("fee", "failed", "0.1")


def test_token_other_side_and_note_are_kept():
    line = event(
        "spend,none",
        "DAI 5",
        "out",
        at=f"ethereum,{ME}",
        asset=f"eip155:1/erc20:{TOKEN}",
        address=YOU,
        hash="0xf00d",
        note="rent",
    )
    (entry,) = entries_of(text(line))

    assert entry.sent.asset == ("DAI", "", "ethereum", TOKEN)
    assert (entry.counterparty, entry.chain, entry.note) == (YOU, "ethereum", "rent")


@pytest.mark.parametrize(
    "when", ["01/02/2024 10:00:00 UTC", "2024-02-01T10:00:00Z", "1706781600000"]
)
def test_time_in_every_way(when):
    (entry,) = entries_of(text(event("receive,none", "ETH 1", "in", when=when)))

    assert entry.occurred_at == datetime(2024, 2, 1, 10, tzinfo=UTC)


def test_day_in_the_place_of_the_month_is_asked_about():
    """What the program shows is set there: then the other lines have it there too."""
    line = event("receive,none", "ETH 1", "in", when="01/31/2024 10:00:00 UTC")

    (error,) = lines_of(text(line))
    (row,) = lines_of(text(line), date_order="mdy")

    assert (error.column, error.setting) == ("timestamp", "date_order")
    assert row.value.entry.occurred_at == datetime(2024, 1, 31, 10, tzinfo=UTC)


def test_person_says_that_the_month_comes_first():
    line = event("receive,none", "ETH 1", "in", when="02/01/2024 10:00:00 UTC")
    (row,) = lines_of(text(line), date_order="mdy")

    assert row.value.entry.occurred_at == datetime(2024, 2, 1, 10, tzinfo=UTC)


def test_note_and_amount_are_no_part_of_what_a_line_is_known_by():
    lines = [event("receive,none", "ETH 1", "in"), event("receive,none", "ETH 2", "in", note="x")]

    assert [identities_of(text(line)) for line in lines] == [[("e1", "0")], [("e1", "0")]]


def test_export_comes_in_once(ledger):
    first = run(ledger, fixture("rotki_history.csv"), wallet="")

    assert counts(first) == (5, 4, 0, 1, 0, 2)
    assert counts(run(ledger, fixture("rotki_history.csv"), wallet="")) == (5, 0, 4, 1, 0, 0)


def test_what_went_out_keeps_every_digit():
    line = event("spend,none", "X 12345678901234567890.123456789012345678", "out")

    assert placed(text(line))[0][2] == "12345678901234567890.123456789012345678 X"
