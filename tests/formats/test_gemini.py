import re
from decimal import Decimal

import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

HEADER = (
    "Date,Time (UTC),Type,Symbol,Specification,USD Amount USD,Fee (USD) USD,USD Balance USD,"
    "BTC Amount BTC,Fee (BTC) BTC,BTC Balance BTC,1INCH Amount 1INCH,Fee (1INCH) 1INCH,"
    "1INCH Balance 1INCH,Trade ID,Order ID,Tx Hash,Deposit Destination,Withdrawal Destination"
)


def line(kind: str, words: str = "Limit", date: str = "2021-02-19", **cells: str) -> str:
    moved = (
        cells.get(name, "")
        for name in ("usd", "usd_fee", "_", "btc", "btc_fee", "_", "inch", "inch_fee", "_")
    )
    amounts = ",".join(f'"{amount}"' for amount in moved)
    tail = cells.get("tail", "101,201,,,")
    return f"{date},04:26:23.644,{kind},BTCUSD,{words},{amounts},{tail}"


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            line("Buy", usd="($1,500.50)", usd_fee="($5.25)", btc="0.05 BTC "),
            ("trade", "1500.5 USD", "0.05 BTC", "5.25 USD"),
        ),
        (
            line("Sell", usd="$500.50 ", usd_fee="($1.75)", btc="(0.01 BTC)"),
            ("trade", "0.01 BTC", "500.5 USD", "1.75 USD"),
        ),
        (
            line("Buy", btc="(0.5 BTC)", btc_fee="(0.00125 BTC)", inch="99.4 1INCH "),
            ("trade", "0.5 BTC", "99.4 1INCH", "0.00125 BTC"),
        ),
        (line("Buy", usd="-500.5", btc="0.01"), ("trade", "500.5 USD", "0.01 BTC", "")),
        (
            line("Credit", "Deposit (BTC)", btc="0.5 BTC ", btc_fee="0.0 BTC "),
            ("deposit", "", "0.5 BTC", ""),
        ),
        (
            line("Debit", "Withdrawal (BTC)", btc="(0.5 BTC)", btc_fee="(0.001 BTC)"),
            ("withdrawal", "0.5 BTC", "", "0.001 BTC"),
        ),
        (line("Credit", "Interest Credit", btc="0.5 BTC "), ("reward", "", "0.5 BTC", "")),
        (line("Credit", "Reward Payout", btc="0.5 BTC "), ("reward", "", "0.5 BTC", "")),
        (line("Debit", "Earn Transfer", btc="(0.5 BTC)"), ("transfer", "0.5 BTC", "", "")),
        (line("Credit", "Earn Redemption", btc="0.5 BTC "), ("transfer", "", "0.5 BTC", "")),
        (line("Debit", "Custody Transfer", btc="(0.5 BTC)"), ("transfer", "0.5 BTC", "", "")),
        (line("Credit", "Administrative Credit", usd="$5 "), ("other", "", "5 USD", "")),
        (line("Something", usd="$5 "), ("other", "", "5 USD", "")),
    ],
)
def test_brackets_are_what_went_out(row, expected):
    assert [shape(entry) for entry in entries_of(text(row))] == [expected]


@pytest.mark.parametrize("date", ["2021-02-09", "2/9/21", "2/9/2021"])
def test_date_begins_with_the_year_or_with_the_month(date):
    (entry,) = entries_of(text(line("Credit", date=date, usd="$5 ")))

    assert f"{entry.occurred_at:%Y-%m-%d %H:%M:%S.%f}" == "2021-02-09 04:26:23.644000"


def test_day_comes_first_only_if_the_person_says_so():
    rows = text(line("Credit", date="13/2/2021", usd="$5 "))
    (error,) = lines_of(rows)
    (entry,) = entries_of(rows, date_order="dmy")

    assert (error.column, error.setting) == ("Date", "date_order")
    assert entry.occurred_at.isoformat() == "2021-02-13T04:26:23.644000+00:00"


def test_addresses_and_the_hash_are_of_the_chain():
    came, went = entries_of(
        text(
            line("Credit", "Deposit", btc="1 BTC", tail=",,aa,1BoatSLRHtKNngkdXEeobR76b53LETtpyT,"),
            line("Debit", "Withdrawal", btc="(1 BTC)", tail=",,bb,,bc1qxy"),
        )
    )

    assert (came.tx_hash, came.own_address[:5], came.counterparty) == ("aa", "1Boat", "")
    assert (went.tx_hash, went.own_address, went.counterparty) == ("bb", "", "bc1qxy")


def test_last_line_has_sums_and_is_skipped():
    *_rows, last = lines_of(fixture("gemini.csv"))

    assert last == Skipped(4, "the sums of the columns")


def test_what_is_taken_otherwise_is_told():
    unknown, grouped = lines_of(text(line("Something", usd="$5 "), line("Credit", usd="$5,000 ")))

    assert [(remark.column, remark.read) for remark in unknown.remarks] == [("Type", "other")]
    assert [(remark.column, remark.read) for remark in grouped.remarks] == [
        ("USD Amount USD", "5000")
    ]


def test_columns_of_other_assets_do_not_change_a_line():
    wide = HEADER.replace(
        "Trade ID", "ETH Amount ETH,Trading Fee (ETH) ETH,ETH Balance ETH,Trade ID"
    )
    row = line("Credit", usd="$5 ")

    narrow = identities_of(text(row))

    assert identities_of(f"{wide}\n{row.replace(',101,', ',,,,101,')}\n") == narrow


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (line("Buy", usd="(much)", btc="1"), "USD Amount USD"),
        (line("Buy", btc="1"), "Type"),
        (line("Buy", usd="($1)", btc="(1 BTC)"), "Type"),
        (line("Credit"), "Type"),
        (line("", usd="$1"), "Type"),
        (line("Credit", date="", usd="$1"), "Date"),
        (line("Credit", date="31/31/21", usd="$1"), "Date"),
        (line("Buy", usd="($1)", usd_fee="($1)", btc="1", btc_fee="(1)"), "Fee (BTC) BTC"),
    ],
)
def test_broken_line_names_its_column(row, column):
    assert wrong(text(row)) == [column]


def signed(cell: str) -> Decimal:
    digits = re.sub(r"[^0-9.]", "", cell)
    return Decimal(digits or 0) * (-1 if cell.startswith("(") else 1)


@needs_samples
def test_sample_is_what_its_cells_say():
    raw = sample("gemini/yabc_sample_gemini.csv")
    moves = [
        (title.split()[0] if "Amount" in title else title.split()[-1], signed(cell))
        for row in rows_of(raw)
        if row["Date"]
        for title, cell in row.items()
        if " Amount " in title or title.startswith(("Fee (", "Trading Fee ("))
    ]

    assert gained(built_of(raw)) == added(moves)
    assert lines_of(raw)[-1] == Skipped(8, "the sums of the columns")
