"""Trezor Suite: one line per output of a transaction, without its fee, which the first line has.

A line that was sent to an address of the account itself did not leave it: a coin with outputs came
back in the same transaction, and what a contract gave came in. The account's addresses are those
that received. Date and time are in the language of the computer; only the Timestamp is read.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.base import LineFormat
from formats.parsing.records import AssetRef, Entry, Part, Row, SkipRow, Value
from formats.parsing.tables import Cells, Table
from formats.readers.wallet_programs import set_labels, side, unknown_direction

# Their transactions have outputs, of which some go back to the account that sends.
WITH_OUTPUTS = {"BTC", "BCH", "BTG", "LTC", "DASH", "DOGE", "DGB", "NMC", "VTC", "ZEC", "ADA"}
# What Cardano's staking has in place of an address.
STAKING = {
    "stake": "transfer",
    "unstake": "transfer",
    "change delegate": "transfer",
    "claim rewards": "reward",
}
TYPES = {"recv": "deposit", "sent": "withdrawal", "self": "transfer"}
NFT = re.compile(r"ID \S+")
FORMULA = re.compile(r"'(?=[=+\-@])")


class TrezorSuite(LineFormat):
    name = "trezor_suite"
    title = gettext_lazy("Trezor Suite transactions")
    family = "trezor_suite"
    site = "Trezor Suite"
    how = gettext_lazy(
        "Open the account, and choose the arrow above its transactions."
        " Take CSV, without anything in the search field."
    )
    wallet_kind = "chain"
    required = {
        "time": r"timestamp",
        "type": r"type",
        "hash": r"transaction id",
        "fee": r"fee",
        "fee_asset": r"fee unit",
        "address": r"address",
        "label": r"label",
        "amount": r"amount",
        "asset": r"amount unit",
    }
    optional = {"value": r"fiat \(([a-z]+)\)", "other": r"other"}

    def prepare(self, table: Table) -> None:
        self.pays: dict[str, int] = {}
        for cells in lines(table):
            if cells.note("fee"):
                self.pays.setdefault(cells.note("hash"), cells.line)
        stated = address_of(self.options.owner_address.strip())
        received = {
            address_of(cells.note("address"))
            for cells in lines(table)
            if cells.note("type").lower() in ("recv", "self")
        }
        self.own = (received | {stated}) - {""}
        if not self.own and any(cells.note("address").startswith("0x") for cells in lines(table)):
            reason = _(
                "no line says which address is the account’s own, so whatever a contract gave it"
                " looks as if it had been sent; name it as “Whose addresses”, or with"
                " --owner-address"
            )
            self.remark("address", "", "", reason)

    def read(self, cells: Cells) -> Row[Entry]:
        if not cells.text("time"):
            raise SkipRow(_("the transaction is not confirmed yet"))
        kind, tx_hash = cells.required("type").lower(), cells.required("hash")
        entry = Entry(cells.unix("time"), "other", tx_hash=tx_hash, group=tx_hash)
        set_labels(entry, [FORMULA.sub("", cells.note("label"))])
        entry.fee = self._fee(cells, kind)
        part = None if NFT.fullmatch(cells.text("amount")) else self._part(cells, "amount", "asset")
        known = (tx_hash, kind, cells.text("address"), side(part))
        if kind == "failed":
            entry.status, part = "failed", None
        if part and part.amount:
            self._fill(cells, entry, kind, part)
        else:
            self._only_fee(cells, entry)
        return Row(known, entry)

    def _fee(self, cells: Cells, kind: str) -> Part | None:
        fee = self._part(cells, "fee")
        if fee and fee.amount and kind == "recv":
            cells.remark("fee", "", _("whoever sent it paid this"))
            return None
        if fee and self.pays[cells.text("hash")] != cells.line:
            cells.remark("fee", "", _("another line of this transaction has its fee"))
            return None
        return fee

    def _part(self, cells: Cells, name: str, asset: str = "") -> Part | None:
        amount = cells.unsigned(name)
        if amount is None:
            return None
        return Part(amount, AssetRef(cells.required(asset or f"{name}_asset")))

    def _fill(self, cells: Cells, entry: Entry, kind: str, part: Part) -> None:
        address = cells.text("address")
        entry.type = STAKING.get(address.lower()) or TYPES.get(kind, "")
        if not entry.type:
            raise unknown_direction(cells)
        if kind == "sent" and address_of(address) in self.own:
            entry.type = "transfer" if part.asset.symbol in WITH_OUTPUTS else "deposit"
        # All other addresses are the account's own.
        entry.counterparty = address if entry.type == "withdrawal" else ""
        entry.sent = part if entry.type in ("withdrawal", "transfer") else None
        entry.received = None if entry.type == "withdrawal" else part
        entry.value = self._value(cells)

    def _only_fee(self, cells: Cells, entry: Entry) -> None:
        if NFT.fullmatch(cells.text("amount")):
            cells.remark("amount", "", _("an NFT: the file does not say which one"))
        if entry.fee and entry.fee.amount:
            entry.type = "fee"
        elif entry.status == "failed":
            raise SkipRow(_("the transaction failed: nothing was moved"))
        else:
            raise SkipRow(_("this output moves nothing"))

    def _value(self, cells: Cells) -> Value | None:
        amount = cells.money("value")
        currency = self.columns.part("value").upper()
        return Value(amount.copy_abs(), currency) if amount is not None else None


def lines(table: Table) -> Iterator[Cells]:
    usable = (record for record in table.records() if not record.problem)
    return (Cells(record.cells, table.columns, record.line) for record in usable)


def address_of(text: str) -> str:
    """In one spelling; base58 has capitals that matter."""
    return text.lower() if text.lower().startswith("0x") else text
