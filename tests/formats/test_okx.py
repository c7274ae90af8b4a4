import json
from decimal import Decimal

import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import added, gained, needs_samples, sample, wrong
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

TRADES = "Order ID,Trade ID,Trade Time,Pairs,Amount,Price,Total,taker/maker,Fee,unit"
TRADING = (
    "id,Order id,Time,Trade Type,Symbol,Action,Amount,Trading Unit,Filled Price,PnL,Fee,Fee Unit,"
    "Position Change,Position Balance,Balance Change,Balance,Balance Unit"
)
FUNDING = "id,Time,Type,Amount,Before Balance,After Balance,Fee,Symbol"


def trades(rest: str, market="ltc_usdt") -> str:
    return f"{TRADES}\n9,1,2020-09-25 17:27:02,{market},{rest}\n"


def bill(id: str, asset: str, change: str, fee="0", kind="Spot", order="7", fee_asset="") -> str:
    return (
        f"{id},{order},2025-10-20 10:44:26,{kind},BTC-EUR,Buy,1,EUR,1,0,{fee},{fee_asset or asset},"
        f"0,0,{change},1,{asset}"
    )


def bills(*lines: str, first="") -> str:
    return "\n".join([*([first] if first else []), TRADING, *lines, ""])


def funding(kind: str, amount: str, before: str, after: str, fee="0") -> str:
    return f"{FUNDING}\n5,2025-10-31 11:55:15,{kind},{amount},{before},{after},{fee},BTC\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            trades("2.5,46,-115.000000000000002816 USDT,taker,-0.0025 LTC,LTC"),
            [("trade", "115.000000000000002816 USDT", "2.5 LTC", "0.0025 LTC")],
        ),
        (
            trades("-2.5,45,112.5 USDT,taker,-0.1 USDT,LTC"),
            [("trade", "2.5 LTC", "112.5 USDT", "0.1 USDT")],
        ),
        (
            trades("-2.5,45,112.5 USDT,maker,0.1 USDT,LTC"),
            [("trade", "2.5 LTC", "112.5 USDT", ""), ("reward", "", "0.1 USDT", "")],
        ),
        (
            trades("-2.5,45,112.5 USDT,maker,0E-18 USDT,LTC"),
            [("trade", "2.5 LTC", "112.5 USDT", "")],
        ),
        (
            bills(bill("1", "BTC", "0.0499", "-0.0001"), bill("2", "EUR", "-4500")),
            [("trade", "4500 EUR", "0.05 BTC", "0.0001 BTC")],
        ),
        (
            bills(
                bill("1", "BTC", "-1"),
                bill("2", "EUR", "99", "-1"),
                bill("3", "BTC", "-2"),
                bill("4", "EUR", "198", "-2"),
            ),
            [("trade", "3 BTC", "300 EUR", "3 EUR")],
        ),
        (
            bills(bill("1", "BTC", "1", "-0.5", fee_asset="OKB"), bill("2", "EUR", "-9")),
            [("trade", "9 EUR", "1 BTC", "0.5 OKB")],
        ),
        (
            bills(bill("1", "BTC", "1"), bill("2", "EUR", "-9", order="8")),
            [("trade", "", "1 BTC", ""), ("trade", "9 EUR", "", "")],
        ),
        (bills(bill("1", "USDT", "100", kind="Transfer")), [("transfer", "", "100 USDT", "")]),
        (
            bills(bill("1", "USDT", "9", "-1", kind="Perpetual swap")),
            [("other", "", "10 USDT", "1 USDT")],
        ),
        (bills(bill("1", "USDT", "-1", "-1", "Futures")), [("fee", "", "", "1 USDT")]),
        (bills(bill("1", "USDT", "9", kind="New")), [("other", "", "9 USDT", "")]),
        (funding("Deposit", "2", "0E-18", "2"), [("deposit", "", "2 BTC", "")]),
        (funding("Received", "2", "0", "2"), [("deposit", "", "2 BTC", "")]),
        (funding("Withdrawal", "-2", "2", "0"), [("withdrawal", "2 BTC", "", "")]),
        (
            funding("Withdrawal", "-2", "3", "1", "0.1"),
            [("withdrawal", "1.9 BTC", "", "0.1 BTC")],
        ),
        (
            funding("Withdrawal", "-2", "3", "0.9", "0.1"),
            [("withdrawal", "2 BTC", "", "0.1 BTC")],
        ),
        (funding("Staking Yield", "2", "0", "2"), [("reward", "", "2 BTC", "")]),
        (funding("Fee rebate", "2", "0", "2"), [("reward", "", "2 BTC", "")]),
        (funding("Stake", "-2", "2", "0"), [("transfer", "2 BTC", "", "")]),
        (funding("Redeem staking", "2", "0", "2"), [("transfer", "", "2 BTC", "")]),
        (funding("Savings subscription", "-2", "2", "0"), [("transfer", "2 BTC", "", "")]),
        (
            funding("From unified trading account", "2", "0", "2"),
            [("transfer", "", "2 BTC", "")],
        ),
        (funding("Something new", "2", "0", "2"), [("other", "", "2 BTC", "")]),
    ],
)
def test_kind_of_line(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == expected


def test_marks_before_cells_do_not_matter():
    assert identities_of(fixture("okx_trades.csv")) == [
        ("11", "LTC", "USDT"),
        ("12", "LTC", "USDT"),
    ]
    assert [entry.group for entry in entries_of(fixture("okx_trades.csv"))] == ["7", "8", "8"]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("UID:1,Account Type:Trading,Time Zone:UTC+8", "2025-10-20T02:44:26+00:00"),
        ("UID:1,Account Type:Trading,Time Zone:UTC+0", "2025-10-20T10:44:26+00:00"),
        ("", "2025-10-20T10:44:26+00:00"),
    ],
)
def test_zone_is_in_the_first_line(first, expected):
    (entry,) = entries_of(bills(bill("1", "USDT", "100", kind="Transfer"), first=first))

    assert entry.occurred_at.isoformat() == expected


@pytest.mark.parametrize("as_document", [False, True])
def test_file_of_json_has_no_first_line(as_document):
    lines = [bill(id, "USDT", "100", kind="Transfer").split(",") for id in "12"]
    rows = [dict(zip(TRADING.split(","), cells, strict=True)) for cells in lines]
    text = json.dumps(rows) if as_document else "".join(f"{json.dumps(row)}\n" for row in rows)

    assert [shape(entry) for entry in entries_of(text)] == 2 * [("transfer", "", "100 USDT", "")]


def test_line_that_changed_nothing_is_skipped():
    assert lines_of(bills(bill("1", "USDT", "0"))) == [Skipped(2, "it changed no balance")]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (trades("1,46,-46 USDT,taker,-0.1 LTC,LTC", "ltc_us"), "Pairs"),
        (trades("1,46,-46 USDT,taker,-0.1 LTC,ETH"), "Pairs"),
        (trades("1,46,,taker,-0.1 LTC,LTC"), "Total"),
        (trades("1,46,-46 USDT,taker,-0.1,LTC"), "Fee"),
        (bills(bill("1", "", "1")), "Balance Unit"),
        (funding("Deposit", "1", "", "1"), "Before Balance"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_sample_sums_to_what_its_rows_say():
    """Three rows whose amounts are of other assets than their market are errors."""
    text, changes = sample("okx/everytrade_OkxBeanV1.csv"), []
    for line in text.splitlines()[1:3]:
        cells = line.lstrip("\ufeff").split(",")
        changes.append((cells[9], Decimal(cells[4])))
        changes += [(cell.split()[1], Decimal(cell.split()[0])) for cell in (cells[6], cells[8])]

    assert gained(built_of(text)) == added(changes)
    assert wrong(text) == ["Pairs"] * 3
