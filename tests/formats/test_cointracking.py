from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from formats.parsing.records import RowError
from formats.readers.cointracking import TYPES
from tests.formats.samples import SAMPLES, added, gained, needs_samples
from tests.formats.trackers import number, placed, raw_rows
from tests.imports.helpers import (
    built_of,
    counts,
    entries_of,
    fixture,
    identities_of,
    lines_of,
    run,
    shape,
)
from transactions.models import TransactionType

HEADER = "Type,Buy,Cur.,Sell,Cur.,Fee,Cur.,Exchange,Group,Comment,Date"
SAMPLE = SAMPLES / "cointracking" / "rotki_cointracking_trades_list.csv"


def line(kind, got="-,", sent="-,", fee=",", wallet="Kraken", date="24.08.2019 23:01:59", **kw):
    return f"{kind},{got},{sent},{fee},{wallet},{kw.get('group', '')},{kw.get('note', '')},{date}"


def one(text: str, **options):
    (entry,) = entries_of(f"{HEADER}\n{text}\n", **options)
    return entry


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (line("Trade", "1,ETH", "10,EUR"), ("trade", "10 EUR", "1 ETH", "")),
        (line("Trade", "1,ETH", "10.5,EUR", "0.5,EUR"), ("trade", "10 EUR", "1 ETH", "0.5 EUR")),
        (line("Trade", "9,EUR", "1,ETH", "0.5,EUR"), ("trade", "1 ETH", "9.5 EUR", "0.5 EUR")),
        (line("Trade", "9,EUR", "1,ETH", "0.5,BNB"), ("trade", "1 ETH", "9 EUR", "0.5 BNB")),
        (line("Trade", "0.00000000,BTC", "9,ADS"), ("trade", "9 ADS", "", "")),
        (line("Deposit", "1,ETH"), ("deposit", "", "1 ETH", "")),
        (line("Withdrawal", sent="1,ETH", fee="0.1,ETH"), ("withdrawal", "0.9 ETH", "", "0.1 ETH")),
        (line("Withdrawal", sent="1,ETH", fee="1,ETH"), ("withdrawal", "", "", "1 ETH")),
        (line("Gift/Tip", "1,ETH"), ("gift", "", "1 ETH", "")),
        (line("Gift / Tip", "1,ETH"), ("gift", "", "1 ETH", "")),
        (line("Reward / Bonus", "1,ETH"), ("reward", "", "1 ETH", "")),
        (line("Airdrop (non taxable)", "1,ETH"), ("airdrop", "", "1 ETH", "")),
        (line("Income", "1,ETH"), ("income", "", "1 ETH", "")),
        (line("Spend", sent="1,ETH"), ("payment", "1 ETH", "", "")),
        (line("Lost", sent="1,ETH"), ("loss", "1 ETH", "", "")),
        (line("Other Fee", sent="1,ETH"), ("fee", "1 ETH", "", "")),
        (line("Provide Liquidity", sent="1,ETH"), ("transfer", "1 ETH", "", "")),
        (line("Receive Loan", "1,ETH"), ("other", "", "1 ETH", "")),
        (line("Zinsen", "1,ETH"), ("reward", "", "1 ETH", "")),
        (line("Barter", "1,ETH"), ("other", "", "1 ETH", "")),
    ],
)
def test_kinds_of_lines(text, expected):
    assert shape(one(text)) == expected


def test_types_are_ours():
    assert {*TYPES.values()} <= {*TransactionType.values}


def test_unknown_kind_is_said():
    (row,) = lines_of(f"{HEADER}\n{line('Barter', '1,ETH')}\n")

    assert [(remark.column, remark.written, remark.read) for remark in row.remarks] == [
        ("Type", "Barter", "other")
    ]


@pytest.mark.parametrize(
    ("date", "options", "expected"),
    [
        ("24.08.2019 23:01:59", {}, datetime(2019, 8, 24, 23, 1, 59, tzinfo=UTC)),
        ("05.01.2022 12:38", {}, datetime(2022, 1, 5, 12, 38, tzinfo=UTC)),
        ("2019-08-24 23:01:59", {}, datetime(2019, 8, 24, 23, 1, 59, tzinfo=UTC)),
        ("2019-08-24T23:01:59Z", {}, datetime(2019, 8, 24, 23, 1, 59, tzinfo=UTC)),
        ("5/9/2017 21:14", {"date_order": "mdy"}, datetime(2017, 5, 9, 21, 14, tzinfo=UTC)),
        (
            "24.08.2019 23:01:59",
            {"zone": ZoneInfo("Europe/Berlin")},
            datetime(2019, 8, 24, 21, 1, 59, tzinfo=UTC),
        ),
    ],
)
def test_dates_in_every_way(date, options, expected):
    assert one(line("Deposit", "1,ETH", date=date), **options).occurred_at == expected


def test_date_that_does_not_say_which_number_is_the_day_is_refused():
    (error,) = lines_of(f"{HEADER}\n{line('Deposit', '1,ETH', date='5/9/2017 21:14')}\n")

    assert (error.column, error.setting) == ("Date", "date_order")


def test_fee_that_is_more_than_its_amount_is_wrong():
    (error,) = lines_of(f"{HEADER}\n{line('Withdrawal', sent='1,ETH', fee='2,ETH')}\n")

    assert error == RowError(2, "Fee", "the fee is more than the amount that it is part of")


def test_exchange_is_the_wallet():
    text = f"{HEADER}\n{line('Deposit', '1,ETH')}\n{line('Deposit', '2,ETH', wallet='no exchange')}"

    assert [row[0] for row in placed(text + "\n")] == ["Kraken", "CoinTracking"]


def test_group_is_a_label_and_the_comment_a_note():
    entry = one(line("Deposit", "1,ETH", group="savings", note="from Ann"))

    assert (entry.labels, entry.note) == (("savings",), "from Ann")


def test_every_header_names_the_same_lines():
    files = [fixture(f"cointracking{what}.csv") for what in ("", ".no-id")]

    assert identities_of(files[0]) == identities_of(files[1])
    trade = identities_of(files[0])[1]
    assert identities_of(fixture("cointracking.import.csv"))[0] == trade
    assert identities_of(fixture("cointracking.german.csv"))[0] == identities_of(files[0])[0]


def test_full_view_has_no_fee_but_a_worth():
    (entry,) = entries_of(fixture("cointracking.full.csv"))

    assert shape(entry) == ("trade", "501.3 EUR", "0.0125 BTC", "")
    assert (str(entry.value.amount), entry.value.currency) == ("498.1", "EUR")


def test_transaction_id_is_kept():
    entries = entries_of(fixture("cointracking.csv"))

    assert [entry.tx_hash for entry in entries] == ["", "f00d51", "f00d52", ""]


def test_other_export_of_the_same_lines_is_known(ledger):
    run(ledger, fixture("cointracking.csv"), wallet="")

    assert counts(run(ledger, fixture("cointracking.no-id.csv"), wallet="")) == (4, 0, 4, 0, 0, 0)


@needs_samples
def test_sums_are_those_of_the_file():
    moves: list[tuple[str, Decimal]] = []
    for _type, got, bought, gave, sold, fee, paid, *_rest in raw_rows(SAMPLE):
        moves += [(bought, number(got)), (sold, -number(gave))]
        if paid not in (bought, sold):
            moves.append((paid, -number(fee)))

    assert gained(built_of(SAMPLE.read_bytes())) == added(moves)
    assert len(lines_of(SAMPLE.read_bytes())) == 12


def test_fee_is_taken_out_to_the_last_digit():
    entry = one(line("Withdrawal", sent="12345678901234567890.123456789012345678,X", fee="1e-18,X"))

    assert shape(entry)[1] == "12345678901234567890.123456789012345677 X"
