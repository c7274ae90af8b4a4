"""Crypto.com App: one line per movement, of which the kind says what it was.

A conversion of dust, or of one coin for another, is a line per coin, all of one second. A swap of
all that somebody has of a coin may be there twice: as a whole, and in the parts that were staked,
lent or free. What buys and sells without saying for how much is worth what the app shows.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import Format
from formats.parsing.exchanges import one_sided, part_of
from formats.parsing.records import AssetRef, BuiltTransaction, Entry, Part, Row, SkipRow, Value
from formats.parsing.tables import CURRENCY, Cells
from formats.parsing.values import plain, plus, shown

# The first that fits the whole kind.
TYPES = (
    (r"(?:crypto|viban)_(?:deposit|withdrawal)", "moved"),
    (r"crypto_(?:purchase|exchange|viban_exchange|to_van_sell_order)", "trade"),
    (r"(?:viban|van|xfers)_purchase|recurring_buy_order", "trade"),
    (r"trading\..*", "trade"),
    (r"(?:card|viban_card)_top_up|crypto_payment(?:_refund)?", "payment"),
    (r"crypto_transfer|red_envelope_transfer|transfer\.p2p_transfer\..*", "gift"),
    (r"crypto_earn_(?:extra_)?interest_paid|(?:mco_)?stak(?:e|ing)_reward", "reward"),
    (r"supercharger_reward_to_app_credited|finance\..*interest.*|reward\..*", "reward"),
    (r"(?:referral|gift_card|campaign|pay_checkout|mobile_airtime)_.*", "reward"),
    (r"rewards_platform_deposit_credited|transfer_cashback|lockup_swap_rebate", "reward"),
    (r"reimbursement(?:_reverted)?|card_cashback_reverted", "reward"),
    (r"admin_wallet_credited|airdrop_to_exchange_transfer", "airdrop"),
    (r"nft_payout_credited", "income"),
    (r"admin_wallet_debited|cro_airdrop_adjusted|crypto_credit_loan_credited", "other"),
    (r"viban_deposit_precredit(?:_repayment)?", "other"),
    (r"crypto_earn_program_(?:created|withdrawn)|crypto_credit_program_created", "transfer"),
    (r"(?:supercharger|invest)_(?:deposit|withdrawal)", "transfer"),
    (r"crypto_to_exchange_transfer|exchange_to_crypto_transfer", "transfer"),
    (r"lockup_(?:lock|unlock|upgrade)|council_node_deposit_.*|finance\..*", "transfer"),
    (r"dynamic_coin_swap_bonus_(?:exchange|earn)_deposit", "transfer"),
)
WHOLE = "dynamic_coin_swap"
SWAPPED = re.compile(
    rf"(dust_conversion|{WHOLE}|lockup_swap|crypto_wallet_swap|interest_swap)_(?:credited|debited)"
)
RESERVED = re.compile(r"trading\.limit_order\..*_(?:un)?lock")


@dataclass(slots=True)
class Line:
    entry: Entry
    swap: str  # what it is a leg of
    change: Part  # with its sign


class CryptocomApp(Format[Line]):
    name = "cryptocom_app"
    title = gettext_lazy("Crypto.com App transactions")
    family = "cryptocom_app"
    site = "Crypto.com App"
    how = gettext_lazy("Accounts → History → Export. Choose the wallet and the whole time.")
    required = {
        "time": r"timestamp \(utc\)",
        "description": r"transaction description",
        "asset": r"currency",
        "amount": r"amount",
        "to_asset": r"to currency",
        "to": r"to amount",
        "native_asset": r"native currency",
        "native": r"native amount",
        "kind": r"transaction kind",
    }
    optional = {"hash": r"transaction hash"}

    def read(self, cells: Cells) -> Row[Line]:
        kind = cells.text("kind")
        if RESERVED.fullmatch(kind):
            raise SkipRow(_("an order reserves this or frees it again: nothing moved"))
        if kind == "airdrop_locked":
            raise SkipRow(_("an airdrop that is not paid out yet"))
        amount, symbol = cells.required_amount("amount"), cells.required("asset")
        swap = SWAPPED.fullmatch(kind)
        line = Line(self._entry(cells), swap[1] if swap else "", Part(amount, AssetRef(symbol)))
        # What the app shows it to be worth is in the currency that a person chooses.
        time = line.entry.occurred_at.isoformat()
        identity = (time, kind, symbol, plain(amount), cells.text("to_asset"))
        return Row(identity, line, unit=time if swap else "")

    def _entry(self, cells: Cells) -> Entry:
        amount, symbol = cells.required_amount("amount"), cells.required("asset")
        time, kind = cells.time("time", UTC), self._type(cells, amount)
        entry = one_sided(time, kind, amount, symbol)
        if kind == "trade" and not SWAPPED.fullmatch(cells.text("kind")):
            self._other_side(cells, entry)
        else:
            entry.value = self._value(cells)
        entry.note, entry.tx_hash = cells.note("description"), self.reference(cells.text("hash"))
        entry.group = entry.tx_hash
        return entry

    def _value(self, cells: Cells) -> Value | None:
        amount, currency = cells.amount("native"), cells.text("native_asset", CURRENCY)
        return Value(amount.copy_abs(), currency) if amount and currency else None

    def _type(self, cells: Cells, amount: Decimal) -> str:
        kind = cells.text("kind")
        if SWAPPED.fullmatch(kind):
            return "trade"
        found = type_of(kind) if kind else type_by_words(cells.note("description"))
        if not found:
            if cells.amount("to"):
                raise cells.bad("kind", _("“%s” is not known, and has two sides") % shown(kind))
            cells.unknown_type("kind")
        moved = "deposit" if amount >= 0 else "withdrawal"
        return moved if found == "moved" else found or "other"

    def _other_side(self, cells: Cells, entry: Entry) -> None:
        name = "to" if cells.text("to_asset") else "native"
        other = part_of(cells, name, cells.required(f"{name}_asset"))
        if entry.sent:
            entry.received = other
        else:
            entry.sent = other

    def build(self, rows: list[Row[Line]]) -> list[BuiltTransaction]:
        if not rows[0].value.swap:
            return [BuiltTransaction(row.value.entry, [row]) for row in rows]
        for row in rows:
            row.value.entry.group = f"{row.value.entry.occurred_at:%Y-%m-%d %H:%M:%S}"
        whole = [row for row in rows if row.value.swap == WHOLE]
        parts = [row for row in rows if row.value.swap != WHOLE]
        if parts and is_swap(whole) and changes(whole) == changes(parts):
            return [BuiltTransaction(together(whole), [*rows])]
        return [built for some in by_swap(rows) for built in self._swap(some)]

    def _swap(self, rows: list[Row[Line]]) -> list[BuiltTransaction]:
        """Of several coins that went out, which of what came in is whose would be a guess."""
        if is_swap(rows):
            return [BuiltTransaction(together(rows), [*rows])]
        return [BuiltTransaction(row.value.entry, [row]) for row in rows]


def type_of(kind: str) -> str:
    return next((found for pattern, found in TYPES if re.fullmatch(pattern, kind)), "")


def type_by_words(description: str) -> str:
    """Of money and of the card the app tells no kind."""
    words = description.lower()
    return "moved" if "deposit" in words or "withdraw" in words else "payment"


def by_swap(rows: list[Row[Line]]) -> list[list[Row[Line]]]:
    swaps: dict[str, list[Row[Line]]] = defaultdict(list)
    for row in rows:
        swaps[row.value.swap].append(row)
    return [*swaps.values()]


def is_swap(rows: list[Row[Line]]) -> bool:
    amounts = sorted(row.value.change.amount for row in rows)
    return len(amounts) == 2 and amounts[0] < 0 < amounts[1]


def changes(rows: list[Row[Line]]) -> dict[AssetRef, Decimal]:
    sums: dict[AssetRef, Decimal] = {}
    for row in rows:
        change = row.value.change
        sums[change.asset] = plus(sums.get(change.asset, Decimal(0)), change.amount)
    return sums


def together(rows: list[Row[Line]]) -> Entry:
    """From what went out on, whichever the file has first."""
    first, second = sorted((row.value.entry for row in rows), key=lambda entry: not entry.sent)
    first.sent, first.received = first.sent or second.sent, first.received or second.received
    return first
