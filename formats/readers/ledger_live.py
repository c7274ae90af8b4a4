"""Ledger Live: the operations of all accounts, each of which is a wallet.

What an operation takes from an account includes its fee; what it brings does not, and the fee of
such a line was paid by whoever sent it. What is staked, frozen or bonded stays the account's own,
so only its fee is gone. A swap is two operations of one hash.
"""

from datetime import UTC
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import Format
from formats.parsing.records import (
    AssetRef,
    BuiltTransaction,
    Entry,
    Part,
    Row,
    SkipRow,
    Value,
    WalletRef,
)
from formats.parsing.tables import CURRENCY, Cells
from formats.parsing.values import plain, plus, shown
from formats.readers.wallet_programs import set_received, set_sent, unknown_direction

IN = {"IN": "deposit", "REWARD": "reward", "REWARD_PAYOUT": "reward"}
OUT = {
    **dict.fromkeys(("OUT", "CREATE", "CONTRACT_CALL", "OPT_OUT"), "withdrawal"),
    **dict.fromkeys(("FEES", "REVEAL", "OPT_IN", "ASSOCIATE_TOKEN", "UPDATE_ACCOUNT"), "fee"),
    "SLASH": "loss",
    "BURN": "other",
}
KEPT = {
    *("DELEGATE", "REDELEGATE", "UNDELEGATE", "STAKE", "UNSTAKE", "WITHDRAW_UNSTAKED"),
    *("BOND", "UNBOND", "WITHDRAW_UNBONDED", "NOMINATE", "CHILL", "SET_CONTROLLER"),
    *("FREEZE", "UNFREEZE", "LEGACY_UNFREEZE", "WITHDRAW_EXPIRE_UNFREEZE", "UNDELEGATE_RESOURCE"),
    *("LOCK", "UNLOCK", "WITHDRAW", "VOTE", "REVOKE", "ACTIVATE", "APPROVE", "SUPPLY", "REDEEM"),
}
NFTS = {"NFT_IN", "NFT_OUT"}


class LedgerLive(Format[Entry]):
    name = "ledger_live"
    title = gettext_lazy("Ledger Live operations")
    family = "ledger_live"
    site = "Ledger Live"
    how = gettext_lazy(
        "Settings → Accounts → Operation history → Save. Choose all accounts: each of them becomes"
        " a wallet of its name."
    )
    wallet_kind = "chain"
    names_wallets = True
    wider_rows = True
    required = {
        "time": r"operation date",
        "asset": r"currency ticker",
        "type": r"operation type",
        "amount": r"operation amount",
        "fee": r"operation fees",
        "hash": r"operation hash",
        "account": r"account name",
    }
    optional = {
        "status": r"status",
        "currency": r"countervalue ticker",
        "value": r"countervalue at operation date",
    }

    def read(self, cells: Cells) -> Row[Entry]:
        kind, account = cells.required("type").upper(), cells.required("account")
        self._leave_out(cells, kind)
        entry = Entry(cells.time("time", UTC), "other", value=self._value(cells))
        entry.tx_hash = entry.group = self.reference(cells.text("hash"))
        part = Part(cells.required_amount("amount"), AssetRef(cells.required("asset")))
        self._fill(cells, entry, kind, part)
        if cells.text("status").lower() == "failed":
            fail(entry)
        identity = (entry.occurred_at.isoformat(), account, kind, part.asset.symbol)
        unit = f"{account} {entry.group}" if entry.group else ""
        return Row(
            (*identity, entry.group, plain(part.amount)),
            entry,
            unit=unit,
            wallet=WalletRef(account, self.wallet_kind),
        )

    def _leave_out(self, cells: Cells, kind: str) -> None:
        status = cells.text("status")
        if status.lower() not in ("", "confirmed", "failed"):
            raise SkipRow(_("its status is “%s”: it is not confirmed yet") % shown(status))
        if kind in NFTS:
            raise SkipRow(_("an NFT: the file does not say which one"))

    def _value(self, cells: Cells) -> Value | None:
        amount, currency = cells.money("value"), cells.text("currency", CURRENCY)
        return Value(amount.copy_abs(), currency) if amount and currency else None

    def _fill(self, cells: Cells, entry: Entry, kind: str, part: Part) -> None:
        fee = cells.unsigned("fee")
        paid = None if fee is None else part._replace(amount=fee)
        if part.amount < 0 and kind not in IN:
            part = part._replace(amount=part.amount.copy_abs())
        elif kind not in {*IN, *OUT, *KEPT}:
            raise unknown_direction(cells)
        if kind in IN:
            self._came(cells, entry, kind, part, fee)
        elif kind in KEPT:
            stay(entry, part, paid)
        else:
            self._went(cells, entry, kind, part, paid)

    def _came(self, cells: Cells, entry: Entry, kind: str, part: Part, fee: Decimal | None) -> None:
        if part.amount < 0:
            raise cells.bad("amount", _("the amount is negative: %s") % plain(part.amount))
        set_received(cells, entry, part, fee)
        entry.type = IN[kind]

    def _went(self, cells: Cells, entry: Entry, kind: str, part: Part, paid: Part | None) -> None:
        meaning = OUT.get(kind, "other")
        if kind not in OUT:
            cells.unknown_type("type")
        if meaning == "fee":
            entry.type, entry.fee = "fee", part
            return
        # Accounts of tokens have no fees of their own.
        set_sent(cells, entry, part, paid or part._replace(amount=Decimal(0)))
        if entry.sent:
            entry.type = meaning

    def build(self, rows: list[Row[Entry]]) -> list[BuiltTransaction]:
        swap = swapped([row.value for row in rows])
        if swap:
            return [BuiltTransaction(swap, [*rows])]
        return [BuiltTransaction(row.value, [row]) for row in rows]


def stay(entry: Entry, part: Part, paid: Part | None) -> None:
    """What only changed its place in the account, and what that cost."""
    entry.type, entry.fee = "fee", paid if paid and paid.amount else None
    rest = plus(part.amount, entry.fee.amount.copy_negate()) if entry.fee else part.amount
    if rest > 0 or not entry.fee:
        entry.type = "transfer"
        entry.sent = entry.received = part._replace(amount=max(rest, Decimal(0)))


def fail(entry: Entry) -> None:
    if not entry.fee:
        raise SkipRow(_("the transaction failed: nothing was moved"))
    entry.type, entry.status = "fee", "failed"
    entry.sent = entry.received = None


def swapped(entries: list[Entry]) -> Entry | None:
    """One thing for another in one transaction; None where it is not just that."""
    out = [entry for entry in entries if entry.type == "withdrawal"]
    into = [entry for entry in entries if entry.type == "deposit"]
    fees = [entry.fee for entry in entries if entry.fee]
    alone = len(out) + len(into) + sum(entry.type == "fee" for entry in entries) == len(entries)
    if not (alone and len(out) == len(into) == 1 and len(fees) <= 1):
        return None
    trade = out[0]
    if not trade.sent or not into[0].received or trade.sent.asset == into[0].received.asset:
        return None
    trade.type, trade.received = "trade", into[0].received
    trade.fee = fees[0] if fees else None
    trade.value = trade.value or into[0].value
    return trade
