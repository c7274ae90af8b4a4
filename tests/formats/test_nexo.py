from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from formats.parsing.records import RowError, Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

HEADER = (
    "Transaction,Type,Input Currency,Input Amount,Output Currency,Output Amount,USD Equivalent,"
    "Fee,Fee Currency,Details,Date / Time (UTC)"
)
FIRST = "Transaction,Type,Currency,Amount,USD Equivalent,Details,Date / Time (UTC)"
CREDIT = "of the credit line or its card: it moved none of your coins"


def line(kind: str, given: str = "BTC,0.5", got: str = "BTC,0.5", **cells: str) -> str:
    fee, details = cells.get("fee", "-,-"), cells.get("details", "approved / Words")
    return f"NXT1,{kind},{given},{got},$99.5,{fee},{details},2024-01-02 10:00:00"


def first(kind: str, given: str, details: str = "approved / Words") -> str:
    return f"NXT1,{kind},{given},$99.5,{details},2024-01-02 10:00:00"


def text(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines, ""])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (line("Deposit"), ("deposit", "", "0.5 BTC", "")),
        (line("Top up Crypto"), ("deposit", "", "0.5 BTC", "")),
        (
            line("Top up Crypto", details="approved / LUNA2 Airdrop #2"),
            ("airdrop", "", "0.5 BTC", ""),
        ),
        (line("Deposit To Exchange", "EUR,54", "EURX,54"), ("deposit", "", "54 EUR", "")),
        (line("Exchange Deposited On", "EUR,54", "EURX,54"), ("trade", "54 EUR", "54 EURX", "")),
        (line("Exchange Deposited On", "EUR,54", "EURX,0"), ("trade", "54 EUR", "54 EURX", "")),
        (line("Exchange To Withdraw", "EURX,-5", "EUR,5"), ("trade", "5 EURX", "5 EUR", "")),
        (
            line("Credit Card Fiatx Exchange To Withdraw", "EURX,5", "EUR,5"),
            ("trade", "5 EURX", "5 EUR", ""),
        ),
        (line("Withdraw Exchanged", "EUR,-5", "EUR,5"), ("withdrawal", "5 EUR", "", "")),
        (line("Withdrawal", "BTC,-0.5"), ("withdrawal", "0.5 BTC", "", "")),
        (line("Withdrawal Fee", "BTC,-0.5"), ("fee", "", "", "0.5 BTC")),
        (line("Exchange", "BTC,-0.5", "ETH,8"), ("trade", "0.5 BTC", "8 ETH", "")),
        (line("Exchange Collateral", "USDT,-8", "USDC,7"), ("trade", "8 USDT", "7 USDC", "")),
        (line("Exchange Booster", "USDT,-8", "BTC,7"), ("trade", "8 USDT", "7 BTC", "")),
        (
            line("Exchange", "BTC,-0.5", "ETH,8", fee="0.01,ETH"),
            ("trade", "0.5 BTC", "8 ETH", "0.01 ETH"),
        ),
        (line("Interest"), ("reward", "", "0.5 BTC", "")),
        (line("Interest", "BTC,-0.5", "BTC,-0.5"), ("reward", "0.5 BTC", "", "")),
        (line("Interest", "BTC,0", "BTC,0.5"), ("reward", "", "0.5 BTC", "")),
        (line("Fixed Term Interest"), ("reward", "", "0.5 BTC", "")),
        (line("Interest Additional"), ("reward", "", "0.5 BTC", "")),
        (line("Dividend", "NEXONEXO,9", "NEXONEXO,9"), ("reward", "", "9 NEXO", "")),
        (line("Referral Bonus", got=",0"), ("reward", "", "0.5 BTC", "")),
        (line("Exchange Cashback"), ("reward", "", "0.5 BTC", "")),
        (line("Cashback"), ("reward", "", "0.5 BTC", "")),
        (line("Bonus"), ("reward", "", "0.5 BTC", "")),
        (line("Locking Term Deposit", "BTC,-0.5"), ("transfer", "0.5 BTC", "0.5 BTC", "")),
        (line("Unlocking Term Deposit"), ("transfer", "0.5 BTC", "0.5 BTC", "")),
        (line("Transfer In"), ("transfer", "0.5 BTC", "0.5 BTC", "")),
        (line("Transfer Out", "BTC,-0.5"), ("transfer", "0.5 BTC", "0.5 BTC", "")),
        (line("Transfer To Pro Wallet", "BTC,-0.5", ",0"), ("transfer", "0.5 BTC", "", "")),
        (line("Transfer From Pro Wallet", got=",0"), ("transfer", "", "0.5 BTC", "")),
        (line("Liquidation", "BTC,-0.5"), ("payment", "0.5 BTC", "", "")),
        (line("Exchange Liquidation", got="xUSD,9"), ("payment", "0.5 BTC", "", "")),
        (line("Manual Sell Order", "BTC,-0.5"), ("payment", "0.5 BTC", "", "")),
        (line("Nexo Card Refund", "EUR,5", "EUR,5"), ("other", "", "5 EUR", "")),
        (line("Something New"), ("other", "", "0.5 BTC", "")),
    ],
)
def test_type_tells_what_moved(row, expected):
    (entry,) = entries_of(text(row))

    assert shape(entry) == expected
    assert entry.value == (Decimal("99.5"), "USD")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (first("DepositToExchange", "EUR,100"), ("deposit", "", "100 EUR", "")),
        (first("ExchangeDepositedOn", "EUR,100"), ("trade", "100 EUR", "", "")),
        (first("ExchangeToWithdraw", "USDC,-100"), ("trade", "100 USDC", "", "")),
        (first("WithdrawExchanged", "EUR,-100"), ("withdrawal", "100 EUR", "", "")),
        (first("FixedTermInterest", "ETH,10"), ("reward", "", "10 ETH", "")),
        (first("LockingTermDeposit", "USDC,-1"), ("transfer", "1 USDC", "1 USDC", "")),
        (first("Exchange", "BTC/USDC,-0.5 / +20000.5"), ("trade", "0.5 BTC", "20000.5 USDC", "")),
    ],
)
def test_first_generation_has_one_currency(row, expected):
    assert [shape(entry) for entry in entries_of(text(row, header=FIRST))] == [expected]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (text(first("ExchangeToWithdraw", "USDC,-1"), header=FIRST), "Type"),
        (text(line("Exchange Deposited On", "EUR,54", "EURX,0")), "Output Amount"),
        (text(line("Something New")), "Type"),
    ],
)
def test_what_is_taken_otherwise_is_told(row, column):
    (understood,) = lines_of(row)

    assert [remark.column for remark in understood.remarks] == [column]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (line("Deposit", details="rejected / USER"), "it moved nothing: its status is “rejected”"),
        (line("Deposit", details="pending / 0x"), "it moved nothing: its status is “pending”"),
        (line("Credit Card Status", "USD,-8", "GBP,6"), CREDIT),
        (line("Nexo Card Purchase", "USD,-8", "EUR,6"), CREDIT),
        (line("Manual Repayment", "USD,8", "USD,0"), CREDIT),
        (line("Repayment", "USD,8", "USD,0"), CREDIT),
        (line("Interest", "xUSD,-0.01", ",0"), CREDIT),
    ],
)
def test_what_moved_none_of_the_coins_is_skipped(row, reason):
    assert lines_of(text(row)) == [Skipped(2, reason)]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (line("Deposit", ",0.5"), "Input Currency"),
        (line("Deposit", "BTC,"), "Input Amount"),
        (line("Exchange", "BTC,-1", "ETH,"), "Output Amount"),
        (line("Deposit", details="on the moon / x"), "Details"),
        (line("Exchange", fee="0.1,-").replace("0.1,-", "0.1,"), "Fee Currency"),
    ],
)
def test_broken_line_names_its_column(row, column):
    assert wrong(text(row)) == [column]


def test_exchange_of_the_first_generation_is_not_guessed():
    (error,) = lines_of(text(first("Exchange", "BTC/USDC,0.5"), header=FIRST))

    assert error.column == "Amount"


def test_details_are_a_hash_or_a_note():
    hashed, noted = entries_of(
        text(line("Deposit", details=f"approved / 0x{'a' * 64}"), line("Cashback"))
    )

    assert (hashed.tx_hash, hashed.note) == (f"0x{'a' * 64}", "")
    assert (noted.tx_hash, noted.note) == ("", "Words")


@pytest.mark.parametrize("name", ["details", "input", "one-currency", "loan"])
def test_line_is_the_same_in_every_generation(name):
    newest = identities_of(fixture("nexo.csv").replace(b"pending", b"approved"))

    assert identities_of(fixture(f"nexo.{name}.csv"))[0] == newest[4]


def test_time_without_utc_is_of_the_zone_that_was_chosen():
    (entry,) = entries_of(fixture("nexo.loan.csv"), zone=ZoneInfo("Europe/Zurich"))

    assert f"{entry.occurred_at:%H:%M %Z}" == "05:00 UTC"


# By type, of which side of a line the balance is moved.
INPUT = ("deposit", "topup", "interest", "fixedterm", "dividend", "referral", "cashback")
SKIPPED = ("creditcardstatus", "nexocardpurchase", "repayment", "manualrepayment")
WITHIN = ("locking", "unlocking", "transfer")


def change(row: dict[str, str], kind: str) -> list[tuple[str, Decimal]]:
    asset, amount = row.get("Input Currency", row.get("Currency", "")), row.get("Input Amount")
    amount = Decimal(amount or row["Amount"])
    if kind.startswith((*SKIPPED, *WITHIN)) or (amount < 0 and kind == "interest"):
        return []
    moves = [(asset.replace("NEXONEXO", "NEXO"), amount)]
    if not kind.startswith(INPUT) and kind != "exchangecashback":
        moves = [(asset, -abs(amount))]
    traded = kind.startswith(("exchange", "creditcardfiatx")) and kind != "exchangecashback"
    if traded and "Output Amount" in row:
        moves.append((row["Output Currency"], Decimal(row["Output Amount"])))
    return moves


@needs_samples
@pytest.mark.parametrize(
    ("name", "errors"), [("rotki_nexo.csv", []), ("rotki_corrupt_nexo.csv", [18])]
)
def test_sample_is_what_its_cells_say(name, errors):
    raw = sample(f"nexo/{name}")
    moves = [
        move
        for row in rows_of(raw)
        if row["Details"].startswith("approved") and row.get("Currency") != ""
        for move in change(row, row["Type"].replace(" ", "").lower())
    ]

    assert gained(built_of(raw)) == added(moves)
    # In line 18 the currency is missing.
    assert [each.line for each in lines_of(raw) if isinstance(each, RowError)] == errors
