from decimal import Decimal

import pytest

from formats.parsing.records import RowError, Skipped
from tests.formats.samples import added, gained, needs_samples, rows_of, sample, wrong
from tests.imports.helpers import built_of, entries_of, fixture, identities_of, lines_of, shape

HEADER = (
    "Timestamp (UTC),Transaction Description,Currency,Amount,To Currency,To Amount,"
    "Native Currency,Native Amount,Native Amount (in USD),Transaction Kind,Transaction Hash"
)
TIME = "2021-03-15 09:25:14"


def line(kind: str, amount: str = "1.5", asset: str = "CRO", to: str = ",", words: str = "Words"):
    return f"{TIME},{words},{asset},{amount},{to},EUR,-10.5,-12.8,{kind},"


def text(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


def shapes(*lines: str) -> list:
    return [shape(entry) for entry in entries_of(text(*lines))]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("crypto_deposit", "deposit"),
        ("viban_deposit", "deposit"),
        ("card_top_up", "payment"),
        ("crypto_payment_refund", "payment"),
        ("crypto_transfer", "gift"),
        ("transfer.p2p_transfer.crypto_wallet.crypto_wallet.credit", "gift"),
        ("crypto_earn_interest_paid", "reward"),
        ("crypto_earn_extra_interest_paid", "reward"),
        ("mco_stake_reward", "reward"),
        ("staking_reward", "reward"),
        ("supercharger_reward_to_app_credited", "reward"),
        ("finance.dpos.non_compound_interest.crypto_wallet", "reward"),
        ("finance.lockup.dpos_compound_interest.crypto_wallet", "reward"),
        (
            "finance.crypto_earn.loyalty_program_extra_interest_paid.crypto_wallet",
            "reward",
        ),
        ("reward.loyalty_program.trading_rebate.crypto_wallet", "reward"),
        ("referral_bonus", "reward"),
        ("referral_card_cashback", "reward"),
        ("rewards_platform_deposit_credited", "reward"),
        ("pay_checkout_reward", "reward"),
        ("gift_card_reward", "reward"),
        ("transfer_cashback", "reward"),
        ("reimbursement", "reward"),
        ("admin_wallet_credited", "airdrop"),
        ("nft_payout_credited", "income"),
        ("crypto_earn_program_withdrawn", "transfer"),
        ("supercharger_withdrawal", "transfer"),
        ("exchange_to_crypto_transfer", "transfer"),
        ("lockup_unlock", "transfer"),
        ("finance.dpos.unstaking.crypto_wallet", "transfer"),
        ("finance.lockup.dpos_lock.crypto_wallet", "transfer"),
        ("crypto_credit_loan_credited", "other"),
        ("something_new", "other"),
    ],
)
def test_kind_is_a_type_of_ours_with_what_it_was_worth(kind, expected):
    (entry,) = entries_of(text(line(kind)))

    assert shape(entry) == (expected, "", "1.5 CRO", "")
    assert entry.value == (Decimal("10.5"), "EUR")


def test_worth_without_a_currency_is_none():
    (entry,) = entries_of(text(line("crypto_deposit").replace(",EUR,", ",,")))

    assert (shape(entry), entry.value) == (("deposit", "", "1.5 CRO", ""), None)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("crypto_withdrawal", "withdrawal"),
        ("crypto_payment", "payment"),
        ("crypto_transfer", "gift"),
        ("reimbursement_reverted", "reward"),
        ("card_cashback_reverted", "reward"),
        ("crypto_earn_program_created", "transfer"),
        ("lockup_lock", "transfer"),
        ("dynamic_coin_swap_bonus_exchange_deposit", "transfer"),
        ("admin_wallet_debited", "other"),
    ],
)
def test_sign_tells_what_went_out(kind, expected):
    assert shapes(line(kind, "-1.5")) == [(expected, "1.5 CRO", "", "")]


def test_swap_is_told_by_what_went_out_in_whatever_order_the_lines_stand():
    debited = line("dust_conversion_debited", "-1", "UNI", words="Dust")
    lines = [debited, line("dust_conversion_credited", "150").replace("-10.5", "9")]

    for some in (lines, lines[::-1]):
        (entry,) = entries_of(text(*some))
        assert (str(entry.value.amount), entry.note) == ("10.5", "Dust")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (line("crypto_purchase"), ("trade", "10.5 EUR", "1.5 CRO", "")),
        (line("trading.crypto_purchase.google_pay"), ("trade", "10.5 EUR", "1.5 CRO", "")),
        (line("crypto_exchange", "-2", to="ETH,0.1"), ("trade", "2 CRO", "0.1 ETH", "")),
        (line("viban_purchase", "-2", "EUR", "ETH,0.1"), ("trade", "2 EUR", "0.1 ETH", "")),
        (line("crypto_viban_exchange", "-2", to="EUR,9"), ("trade", "2 CRO", "9 EUR", "")),
        (line("crypto_to_van_sell_order", "-2", to="EUR,9"), ("trade", "2 CRO", "9 EUR", "")),
        (line("recurring_buy_order", "-2", "EUR", "CRO,9"), ("trade", "2 EUR", "9 CRO", "")),
        (
            line("trading.limit_order.cash_account.purchase_commit", "-5", "USD", "SOL,10"),
            ("trade", "5 USD", "10 SOL", ""),
        ),
        (
            line("trading.limit_order.crypto_wallet.exchange", "-5", "USDC", "SOL,10"),
            ("trade", "5 USDC", "10 SOL", ""),
        ),
        (line("", "100", "EUR", words="EUR Deposit"), ("deposit", "", "100 EUR", "")),
        (line("", "-100", "EUR", words="EUR Withdrawal"), ("withdrawal", "100 EUR", "", "")),
        (line("", "-100", "EUR", words="A shop"), ("payment", "100 EUR", "", "")),
    ],
)
def test_trades_have_two_sides_and_money_has_no_kind(row, expected):
    assert shapes(row) == [expected]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [line("dust_conversion_credited", "150"), line("dust_conversion_debited", "-1", "UNI")],
            [("trade", "1 UNI", "150 CRO", "")],
        ),
        (
            [
                line("dust_conversion_credited", "150"),
                line("dust_conversion_debited", "-1", "UNI"),
                line("dust_conversion_debited", "-2", "DOT"),
            ],
            [
                ("trade", "", "150 CRO", ""),
                ("trade", "1 UNI", "", ""),
                ("trade", "2 DOT", "", ""),
            ],
        ),
        (
            [
                line("dynamic_coin_swap_credited", "30"),
                line("dynamic_coin_swap_debited", "-3", "MCO"),
                line("lockup_swap_credited", "20"),
                line("lockup_swap_debited", "-2", "MCO"),
                line("crypto_wallet_swap_credited", "10"),
                line("crypto_wallet_swap_debited", "-1", "MCO"),
            ],
            [("trade", "3 MCO", "30 CRO", "")],
        ),
        (
            [
                line("lockup_swap_credited", "20"),
                line("lockup_swap_debited", "-2", "MCO"),
                line("interest_swap_credited", "10"),
                line("interest_swap_debited", "-1", "MCO"),
            ],
            [("trade", "2 MCO", "20 CRO", ""), ("trade", "1 MCO", "10 CRO", "")],
        ),
    ],
)
def test_lines_of_a_swap_are_of_one_second(lines, expected):
    built = built_of(text(*lines))

    assert [shape(each.entry) for each in built] == expected
    assert sum(len(each.rows) for each in built) == len(lines)
    assert {each.entry.group for each in built} == {TIME}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (
            "trading.limit_order.cash_account.purchase_lock",
            "an order reserves this or frees it again: nothing moved",
        ),
        (
            "trading.limit_order.crypto_wallet.fund_unlock",
            "an order reserves this or frees it again: nothing moved",
        ),
        ("airdrop_locked", "an airdrop that is not paid out yet"),
    ],
)
def test_what_moved_nothing_is_skipped_and_says_so(kind, reason):
    assert lines_of(text(line(kind))) == [Skipped(2, reason)]


def test_unknown_kind_is_told():
    (row,) = lines_of(text(line("something_new")))

    assert [(each.column, each.read) for each in row.remarks] == [("Transaction Kind", "other")]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (line("something_new", to="ETH,0.1"), "Transaction Kind"),
        (line("crypto_exchange", to="ETH,"), "To Amount"),
        (line("crypto_deposit", ""), "Amount"),
        (line("crypto_deposit", asset=""), "Currency"),
        (line("crypto_deposit").replace("09:25", "25:61"), "Timestamp (UTC)"),
    ],
)
def test_broken_line_names_its_column(row, column):
    assert wrong(text(row)) == [column]


def test_hash_is_kept_and_the_line_is_the_same_without_its_column():
    old, new = fixture("cryptocom_app.old.csv"), fixture("cryptocom_app.csv")

    assert identities_of(old) == identities_of(new)[2:3]
    assert [entry.tx_hash[-2:] for entry in entries_of(new)] == ["", "", "aa", ""]


@needs_samples
def test_sample_is_what_its_cells_say():
    raw = sample("cryptocom_app/rotki_cryptocom_trades_list.csv")
    moves: list[tuple[str, Decimal]] = []
    for row in rows_of(raw):
        kind, amount = row["Transaction Kind"], Decimal(row["Amount"])
        if kind.endswith("lock") and "limit_order" in kind:
            continue
        # The swap of 14:39:25 is there as a whole and in its two parts.
        if kind.startswith(("lockup_swap_", "crypto_wallet_swap_")) and "rebate" not in kind:
            continue
        moves.append((row["Currency"], amount))
        if kind == "crypto_purchase":
            moves.append((row["Native Currency"], -abs(Decimal(row["Native Amount"]))))
        elif row["To Amount"] and kind != "crypto_payment":
            moves.append((row["To Currency"], Decimal(row["To Amount"])))

    assert gained(built_of(raw)) == added(moves)
    assert not [each for each in lines_of(raw) if isinstance(each, RowError)]
