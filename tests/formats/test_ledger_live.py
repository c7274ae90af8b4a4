import csv
from decimal import Decimal

import pytest

from formats.parsing.records import RowError, Skipped, WalletRef
from tests.factories import make_ledger
from tests.formats.samples import SAMPLES, added, gained, needs_samples
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape
from tests.imports.helpers import run as imported
from transactions.models import Transaction

HEADER = (
    "Operation Date,Status,Currency Ticker,Operation Type,Operation Amount,Operation Fees,"
    "Operation Hash,Account Name,Account xpub,Countervalue Ticker,Countervalue at Operation Date,"
    "Countervalue at CSV Export"
)


def line(kind: str, amount: str, fee: str = "", **kw: str) -> str:
    cells = {"asset": "ETH", "hash": "0x1", "account": "Main", "status": "Confirmed"} | kw
    cells |= {"kind": kind, "amount": amount, "fee": fee}
    columns = (
        "2023-02-03T10:11:12.000Z,{status},{asset},{kind},{amount},{fee},{hash},{account},x,EUR,9,9"
    )
    return columns.format(**cells)


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


def shapes(*lines: str) -> list:
    return [shape(entry) for entry in entries_of(text(*lines))]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("IN", "2", "0.1"), ("deposit", "", "2 ETH", "")),
        (("REWARD", "2"), ("reward", "", "2 ETH", "")),
        (("REWARD_PAYOUT", "2", "0.1"), ("reward", "", "2 ETH", "")),
        (("OUT", "2", "0.1"), ("withdrawal", "1.9 ETH", "", "0.1 ETH")),
        (("OUT", "-2", "0.1"), ("withdrawal", "1.9 ETH", "", "0.1 ETH")),
        (("OUT", "2", ""), ("withdrawal", "2 ETH", "", "")),
        (("OUT", "0.1", "0.1"), ("fee", "", "", "0.1 ETH")),
        (("CREATE", "2", "0.1"), ("withdrawal", "1.9 ETH", "", "0.1 ETH")),
        (("SLASH", "2", "0"), ("loss", "2 ETH", "", "")),
        (("BURN", "2", "0.1"), ("other", "1.9 ETH", "", "0.1 ETH")),
        (("FEES", "0.1", "0.1"), ("fee", "", "", "0.1 ETH")),
        (("FEES", "0.1", ""), ("fee", "", "", "0.1 ETH")),
        (("REVEAL", "0.1", "0.1"), ("fee", "", "", "0.1 ETH")),
        (("DELEGATE", "221.2"), ("transfer", "221.2 ETH", "221.2 ETH", "")),
        (("DELEGATE", "0.1", "0.1"), ("fee", "", "", "0.1 ETH")),
        (("BOND", "50", "0.1"), ("transfer", "49.9 ETH", "49.9 ETH", "0.1 ETH")),
        (("UNBOND", "0", "0.1"), ("fee", "", "", "0.1 ETH")),
        (("VOTE", "0", ""), ("transfer", "0 ETH", "0 ETH", "")),
        (("NEW_KIND", "-2", "0.1"), ("other", "1.9 ETH", "", "0.1 ETH")),
    ],
)
def test_operation_becomes(cells, expected):
    assert shapes(line(*cells)) == [expected]


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        (
            ("NEW_KIND", "2", "0.1"),
            (
                "Operation Type",
                "“NEW_KIND” is not known, so it cannot be told whether it came in or went out",
            ),
        ),
        (("IN", "-2"), ("Operation Amount", "the amount is negative: -2")),
        (("OUT", ""), ("Operation Amount", "the cell is empty")),
        (("OUT", "2", "-1"), ("Operation Fees", "the amount is negative: -1")),
    ],
)
def test_operation_that_is_not_clear_is_an_error(cells, error):
    assert lines_of(text(line(*cells))) == [RowError(2, *error)]


def test_what_is_not_there_is_skipped():
    lines = [
        line("IN", "2", status="Pending"),
        line("NFT_IN", "1"),
        line("IN", "2", status="Failed"),
    ]

    assert lines_of(text(*lines)) == [
        Skipped(2, "its status is “Pending”: it is not confirmed yet"),
        Skipped(3, "an NFT: the file does not say which one"),
        Skipped(4, "the transaction failed: nothing was moved"),
    ]


def test_failed_operation_keeps_its_fee():
    (entry,) = entries_of(text(line("OUT", "2", "0.1", status="Failed")))

    assert (shape(entry), entry.status) == (("fee", "", "", "0.1 ETH"), "failed")


def test_fee_of_what_came_in_is_not_the_owners():
    (row,) = lines_of(text(line("IN", "2", "0.1")))

    assert [str(each) for each in row.remarks] == [
        "Operation Fees: “0.1” is left out: whoever sent it paid this"
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [line("OUT", "0.501", "0.001"), line("IN", "740", asset="USDC")],
            [("trade", "0.5 ETH", "740 USDC", "0.001 ETH")],
        ),
        (
            [line("FEES", "0.001", "0.001"), line("OUT", "9", asset="USDC"), line("IN", "1")],
            [("trade", "9 USDC", "1 ETH", "0.001 ETH")],
        ),
        (
            [line("OUT", "0.5"), line("IN", "0.1")],
            [("withdrawal", "0.5 ETH", "", ""), ("deposit", "", "0.1 ETH", "")],
        ),
        (
            [line("OUT", "1"), line("IN", "2", asset="A"), line("IN", "3", asset="B")],
            [
                ("withdrawal", "1 ETH", "", ""),
                ("deposit", "", "2 A", ""),
                ("deposit", "", "3 B", ""),
            ],
        ),
        (
            [line("OUT", "1"), line("IN", "2", asset="A", account="Other")],
            [("withdrawal", "1 ETH", "", ""), ("deposit", "", "2 A", "")],
        ),
        (
            [line("OUT", "1", hash=""), line("IN", "2", asset="A", hash="")],
            [("withdrawal", "1 ETH", "", ""), ("deposit", "", "2 A", "")],
        ),
        (
            [line("REWARD", "1"), line("OUT", "1"), line("IN", "2", asset="A")],
            [
                ("reward", "", "1 ETH", ""),
                ("withdrawal", "1 ETH", "", ""),
                ("deposit", "", "2 A", ""),
            ],
        ),
    ],
)
def test_swap_is_one_thing_for_another_of_one_hash(lines, expected):
    assert shapes(*lines) == expected


def test_every_line_is_in_one_transaction_of_its_wallet():
    built = built_of(fixture("ledger_live.csv"))

    assert sorted(row.line for each in built for row in each.rows) == [2, 3, 4, 5, 6, 7, 8]
    assert {each.place for each in built} == {
        WalletRef(name, "chain") for name in ("Savings", "Ethereum 1", "Polkadot 1")
    }


def test_value_is_what_the_source_says():
    (entry,) = entries_of(text(line("IN", "2")))

    assert (entry.value.amount, entry.value.currency) == (Decimal(9), "EUR")


def test_line_is_the_same_in_every_generation_and_at_every_price():
    new = text(line("OUT", "2", "0.1"))
    old = new.replace("Status,", "").replace("Confirmed,", "").replace(",9,9", ",8,8")

    assert identities_of(old) == identities_of(new)


def test_row_may_have_a_cell_more_than_the_header():
    short = HEADER.removesuffix(",Countervalue at CSV Export")

    assert shape(entries_of(f"{short}\n{line('IN', '2')}\n")[0]) == ("deposit", "", "2 ETH", "")


def test_accounts_become_wallets_and_nothing_doubles(db):
    ledger = make_ledger()

    first = imported(ledger, fixture("ledger_live.csv"), wallet="")
    again = imported(ledger, fixture("ledger_live.csv"), wallet="")

    assert (first.imported, again.imported) == (7, 0)
    names = ledger.wallets.order_by("name").values_list("name", "kind")
    assert list(names) == [(name, "chain") for name in ("Ethereum 1", "Polkadot 1", "Savings")]
    assert Transaction.objects.filter(wallet__name="Ethereum 1").count() == 3


@needs_samples
def test_sample_adds_up():
    data = (SAMPLES / "ledger_live/openleprechaun_operations.csv").read_text()
    signs = {"IN": "", "REWARD": "", "OUT": "-"}

    assert gained(built_of(data)) == added(
        (row["Currency Ticker"], signs[row["Operation Type"]] + row["Operation Amount"])
        for row in csv.DictReader(data.splitlines())
        if row["Status"] == "Confirmed" and row["Operation Type"] in signs
    )
