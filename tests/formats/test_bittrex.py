from decimal import Decimal

import pytest

from formats.parsing.records import Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

FIRST = "OrderUuid,Exchange,Type,Quantity,Limit,CommissionPaid,Price,Opened,Closed"
SECOND = "Uuid,Exchange,OrderType,Quantity,QuantityRemaining,Commission,Price,Closed"
NEWEST = (
    "TXID,Time (UTC),Transaction,Order Type,Market,Base,Quote,Price,Quantity (Base),"
    "Fees (Quote),Total (Quote)"
)
TRANSFERS = "Date,Currency,Type,Address,Memo/Tag,TxId,Amount"
DEPOSITS = "UUID,AMOUNT,CURRENCY,CRYPTOADDRESS,TXID,LASTUPDATED,CONFIRMATIONS,SOURCE,STATE"
WITHDRAWALS = (
    "PaymentUuid,Currency,Amount,Address,Opened,Authorized,PendingPayment,TxCost,TxId,Canceled,"
    "InvalidAddress"
)
CLOSED = "12/3/2017 12:04:16 PM"


def order(kind: str = "LIMIT_BUY", market: str = "BTC-LTC", closed: str = CLOSED, **cells: str):
    quantity, fee = cells.get("quantity", "10"), cells.get("fee", "0.00025")
    return f"{FIRST}\nA1,{market},{kind},{quantity},0.01,{fee},0.1,1/1/2017 1:00:00 AM,{closed}\n"


def withdrawal(authorized: str = "True", pending: str = "False", canceled: str = "False"):
    flags = f"{authorized},{pending},0.0005,aa,{canceled},False"
    return f"{WITHDRAWALS}\nA1,BTC,0.5,1Boat,7/28/2019 1:35:53 PM,{flags}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (order(), ("trade", "0.1 BTC", "10 LTC", "0.00025 BTC")),
        (order("LIMIT_SELL"), ("trade", "10 LTC", "0.1 BTC", "0.00025 BTC")),
        (order("MARKET_SELL", "USD-BTC"), ("trade", "10 BTC", "0.1 USD", "0.00025 USD")),
        (
            f"{SECOND}\nA1,BTC-LTC,LIMIT_BUY,12,2.5,0.00025,0.1,{CLOSED}\n",
            ("trade", "0.1 BTC", "9.5 LTC", "0.00025 BTC"),
        ),
        (
            f"{NEWEST}\nA1,2017-12-03T12:04:16,Bought,Limit,LTC/BTC,LTC,BTC,1,10,0.1,4.1\n",
            ("trade", "4 BTC", "10 LTC", "0.1 BTC"),
        ),
        (
            f"{NEWEST}\nA1,2017-12-03T12:04:16,Sold,Limit,LTC/BTC,LTC,BTC,1,10,0.1,3.9\n",
            ("trade", "10 LTC", "4 BTC", "0.1 BTC"),
        ),
    ],
)
def test_order_is_a_trade(text, expected):
    assert [shape(entry) for entry in entries_of(text)] == [expected]


@pytest.mark.parametrize("name", ["first", "second", "third", "capitals", "site"])
def test_order_is_the_same_under_every_header(name):
    text = fixture(f"bittrex_orders.{name}.csv")
    (newest,), (older,) = entries_of(fixture("bittrex_orders.csv")), entries_of(text)

    assert identities_of(text) == identities_of(fixture("bittrex_orders.csv"))
    fee = "" if name == "site" else "0.00025 BTC"
    assert shape(older) == (*shape(newest)[:3], fee)
    assert f"{older.occurred_at:%Y-%m-%d %H:%M}" == "2017-12-03 12:04"


@pytest.mark.parametrize(
    ("closed", "time"),
    [
        ("2/14/19 15:01", "2019-02-14 15:01:00"),
        ("7/28/2019 1:35:53 PM", "2019-07-28 13:35:53"),
        ("2017-01-01 12:21:38Z", "2017-01-01 12:21:38"),
        ("2017-12-03T12:04:16", "2017-12-03 12:04:16"),
    ],
)
def test_times_are_written_in_four_ways(closed, time):
    (entry,) = entries_of(order(closed=closed))

    assert f"{entry.occurred_at:%Y-%m-%d %H:%M:%S}" == time


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("transfers", [("withdrawal", "0.25 ETH", "", ""), ("deposit", "", "0.00000001 BCHA", "")]),
        ("deposits", [("deposit", "", "0.5 BTC", "")]),
        ("withdrawals", [("withdrawal", "0.4995 BTC", "", "0.0005 BTC")]),
    ],
)
def test_deposits_and_withdrawals(name, expected):
    assert [shape(entry) for entry in entries_of(fixture(f"bittrex_{name}.csv"))] == expected


@pytest.mark.parametrize("name", ["deposits", "withdrawals"])
@pytest.mark.parametrize("header", ["capitals", "site"])
def test_transfer_is_the_same_under_every_header(name, header):
    older, newer = (fixture(f"bittrex_{name}{end}.csv") for end in ("", f".{header}"))

    assert identities_of(older) == identities_of(newer)
    assert list(map(shape, entries_of(older))) == list(map(shape, entries_of(newer)))


def test_order_without_a_fee_says_that_none_is_told():
    (row,) = lines_of(fixture("bittrex_orders.site.csv"))

    assert [(remark.column, remark.read) for remark in row.remarks] == [("fee", "0")]


def test_addresses_are_of_both_ends():
    (deposit,), (withdrawn,) = (
        entries_of(fixture(f"bittrex_{name}.csv")) for name in ("deposits", "withdrawals")
    )

    assert (deposit.own_address[:5], deposit.counterparty) == ("1Boat", "")
    assert (withdrawn.own_address, withdrawn.counterparty[:5]) == ("", "1Boat")
    assert (deposit.tx_hash[-1], withdrawn.tx_hash[-1]) == ("1", "2")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            f"{SECOND}\nA1,BTC-LTC,LIMIT_BUY,12,12,0,0,{CLOSED}\n",
            "nothing of this order was filled",
        ),
        (withdrawal(canceled="True"), "it moved nothing: “Canceled”"),
        (withdrawal(pending="True"), "it moved nothing: “PendingPayment”"),
        (withdrawal(authorized="False"), "it moved nothing: it was not authorized"),
        (
            f"{DEPOSITS}\nA1,0.5,BTC,1Boat,aa,2019-02-14 15:01:00Z,2,BLOCKCHAIN,PENDING\n",
            "it moved nothing: its status is “PENDING”",
        ),
    ],
)
def test_what_moved_nothing_is_skipped_and_says_so(text, reason):
    assert lines_of(text) == [Skipped(2, reason)]


def test_unknown_kind_of_transfer_is_told():
    (row,) = lines_of(f"{TRANSFERS}\n2023-03-07 07:51:43,ETH,FORK,,,aa,-0.25\n")

    assert shape(row.value) == ("other", "0.25 ETH", "", "")
    assert [remark.column for remark in row.remarks] == ["Type"]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (order("LIMIT_LOAN"), "Type"),
        (order(market="BTCLTC"), "Exchange"),
        (order(closed="11/31/2017 1:00:00 PM"), "Closed"),
        (order(closed=""), "Closed"),
        (order(quantity=""), "Quantity"),
        (order(quantity="-10"), "Quantity"),
        (
            f"{SECOND}\nA1,BTC-LTC,LIMIT_BUY,10,10.5,0.00025,0.1,{CLOSED}\n",
            "QuantityRemaining",
        ),
        (order(fee="-1"), "CommissionPaid"),
        (
            f"{NEWEST}\nA1,2017-12-03T12:04:16,Bought,Limit,LTC/BTC,LTC,BTC,1,10,5,4\n",
            "Fees (Quote)",
        ),
        (f"{TRANSFERS}\n2023-03-07 07:51:43,,DEPOSIT,,,aa,1\n", "Currency"),
    ],
)
def test_broken_line_names_its_column(text, column):
    assert wrong(text) == [column]


@needs_samples
def test_sample_of_orders_is_what_its_cells_say():
    raw = sample("bittrex/rotki_bittrex_order_history.csv")
    moves: list[tuple[str, Decimal]] = []
    for row in rows_of("\n".join(raw.splitlines()[4:])):
        sign = 1 if row["Transaction"] == "Bought" else -1
        moves.append((row["Base"], sign * Decimal(row["Quantity (Base)"])))
        moves.append((row["Quote"], -sign * Decimal(row["Total (Quote)"])))

    assert gained(built_of(raw)) == added(moves)


@needs_samples
def test_sample_of_transfers_is_what_its_cells_say():
    raw = sample("bittrex/rotki_bittrex_tx_history.csv")

    assert gained(built_of(raw)) == added(
        (row["Currency"], row["Amount"]) for row in rows_of(raw.lstrip())
    )
