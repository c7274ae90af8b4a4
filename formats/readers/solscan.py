"""Solscan: transfers of one address, in whole numbers of the smallest unit. Fees are not in them.

What a token is called the file does not say: its mint names it.
"""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.parsing.records import AssetRef, Entry, Value
from formats.parsing.tables import Cells, Table
from formats.readers.explorer import Explorer, decimals_of, set_parts, token_distinction

BASE58 = r"[1-9A-HJ-NP-Za-km-z]{32,44}"
SOL = AssetRef("SOL")
NATIVE = f"So{'1' * 41}"
# SOL in the form of a token.
WRAPPED = f"So{'1' * 40}2"
# Words of actions that are known, and what they are where it is no transfer.
ACTIONS = (("TRANSFER", ""), ("BURN", "other"), ("MINT", "other"), ("ACCOUNT", "other"))


class Solscan(Explorer):
    name = "solscan"
    title = gettext_lazy("Solscan transfers")
    family = "solscan"
    site = "Solscan"
    how = gettext_lazy(
        "Search for your address, and open the tab “Transfers”. “Export CSV” stands above the list."
    )
    documentation = "https://pro-api.solscan.io/pro-api-docs/v2.0"
    address = re.compile(BASE58)
    address_in_name = re.compile(rf"(?<![0-9A-Za-z]){BASE58}(?![0-9A-Za-z])")
    example = "…"
    chain = "solana"
    required = {
        "hash": r"signature",
        "time": r"block ?time",
        "type": r"action",
        "from": r"from",
        "to": r"to",
        "amount": r"amount",
        "value": r"value",
        "decimals": r"decimals",
        "token": r"token ?address",
    }
    optional = {"flow": r"flow", "multiplier": r"multiplier"}

    def prepare(self, table: Table) -> None:
        super().prepare(table)
        self.remark("", "", "", _("there are no fees in such a file"))

    def _candidates(self, cells: Cells) -> set[str]:
        """The flow is that which a line has for the owner."""
        side = {"in": "to", "out": "from"}.get(cells.note("flow").lower())
        return {cells.note(side)} if side else super()._candidates(cells)

    def _address(self, cells: Cells, name: str) -> str:
        """What is made or destroyed has only one side."""
        return super()._address(cells, name) if cells.text(name) else ""

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        decimals = decimals_of(cells)
        amount = None if decimals is None else cells.unsigned("amount", decimals)
        if amount is None:
            empty = "decimals" if decimals is None else "amount"
            raise cells.bad(empty, _("the cell is empty"))
        set_parts(entry, self._asset(cells), amount, sent, received)
        entry.type = self._meaning(cells) or entry.type
        entry.value = self._value(cells)

    def _asset(self, cells: Cells) -> AssetRef:
        mint = cells.required("token")
        if mint == NATIVE:
            return SOL
        if not self.address.fullmatch(mint):
            raise cells.bad("token", _("“%s” is not an address") % mint)
        return AssetRef("WSOL" if mint == WRAPPED else mint, "", self.chain, mint)

    def _meaning(self, cells: Cells) -> str:
        """Of an action that is not just a transfer."""
        action = cells.text("type").upper()
        for word, meaning in ACTIONS:
            if word in action:
                return meaning
        cells.unknown_type("type")
        return "other"

    def _value(self, cells: Cells) -> Value | None:
        if cells.amount("multiplier") not in (None, 1):
            reason = _("amounts are those on the chain, which wallets multiply by this")
            cells.remark("multiplier", "", reason)
        value = cells.money("value", "USD")
        return Value(value.copy_abs(), "USD") if value is not None else None

    def _distinction(self, cells: Cells, entry: Entry) -> Sequence[str]:
        return token_distinction(entry)
