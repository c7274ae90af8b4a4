"""Etherscan and its sisters (Polygonscan, BscScan, …): transactions, internal, ERC-20, and what the
page of one token gives.

Fees are in the transactions file only.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.parsing.records import AssetRef, Entry, Hint, ImportFailed, SkipRow, Value
from formats.parsing.tables import Cells, Table
from formats.parsing.values import plain
from formats.readers.explorer import EvmExplorer, EvmTokens, Paid, set_parts, sides

HASH = {
    "hash": r"txhash|transaction hash",
    "time": r"unixtimestamp",
    "from": r"from",
}
COIN_VALUES = {
    "contract": r"contractaddress",
    "value_in": r"value_in\((\w+)\)",
    "value_out": r"value_out\((\w+)\)",
    "status": r"status",
    "error": r"errcode",
}
# What somebody wrote there himself.
NOTE = {"note": r"private ?note"}


class Etherscan(EvmExplorer):
    optional = NOTE

    def _entry(self, cells: Cells, sender: str, receiver: str) -> Entry:
        entry = super()._entry(cells, sender, receiver)
        entry.note = cells.note("note")
        return entry


class CoinFormat(Etherscan):
    """Value_IN and Value_OUT, of which the owner's side decides."""

    def _moved(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        value_in = cells.unsigned("value_in") or Decimal(0)
        value_out = cells.unsigned("value_out") or Decimal(0)
        if sent and received:
            if value_in and value_out and value_in != value_out:
                reason = _("out and in differ where the owner sent to himself: the larger is taken")
                cells.remark("value_in", plain(max(value_in, value_out)), reason)
        elif value_in and sent:
            raise cells.bad("value_in", _("the owner address has sent this, not received it"))
        elif value_out and received:
            raise cells.bad("value_out", _("the owner address has received this, not sent it"))
        set_parts(entry, self.coin, max(value_in, value_out), sent, received)


class Transactions(CoinFormat, Paid):
    name = "etherscan"
    title = gettext_lazy("Etherscan transactions")
    family = "etherscan"
    site = "Etherscan"
    how = gettext_lazy(
        "Search for your address, and open the tab “Transactions”."
        " “Download: CSV Export” stands below the list."
    )
    required = {
        **HASH,
        "to": r"to",
        **COIN_VALUES,
        "fee": r"txnfee\(((?!usd)\w+)\)",
    }


class Internal(CoinFormat):
    name = "etherscan_internal"
    title = gettext_lazy("Etherscan internal transactions")
    family = "etherscan_internal"
    site = "Etherscan"
    how = gettext_lazy(
        "Search for your address, and open the tab “Internal Transactions”."
        " “Download: CSV Export” stands below the list."
    )
    required = {**HASH, "to": r"txto", **COIN_VALUES, "parent": r"parenttxfrom"}

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        if self._failed(cells) or cells.text("status") == "1":
            raise SkipRow(_("the transaction failed: nothing was moved"))
        self._moved(cells, entry, sent, received)

    def _distinction(self, cells: Cells, entry: Entry) -> Sequence[str]:
        return sides(entry)


class Erc20(Etherscan, EvmTokens):
    name = "etherscan_erc20"
    title = gettext_lazy("Etherscan ERC-20 token transfers")
    family = "etherscan_erc20"
    site = "Etherscan"
    how = gettext_lazy(
        "Search for your address, and open the tab “Token Transfers (ERC-20)”."
        " “Download: CSV Export” stands below the list."
    )
    required = {
        **HASH,
        "to": r"to",
        "amount": r"tokenvalue|value",
        "token": r"contractaddress",
        "token_name": r"tokenname",
        "symbol": r"tokensymbol",
    }
    optional = {**NOTE, "value": r"(usd)valuedayoftx"}

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        super()._fill(cells, entry, sent, received)
        currency = self.columns.part("value").upper()
        value = cells.money("value", currency)
        entry.value = Value(value.copy_abs(), currency) if value is not None else None


class OneToken(Etherscan, EvmTokens):
    """Which token it is stands in the name of the file only."""

    name = "etherscan_token"
    title = gettext_lazy("Etherscan transfers of one token")
    family = Erc20.family
    site = "Etherscan"
    how = gettext_lazy(
        "Open the page of the token, filter it by your address, and download the list."
        " Leave the file its name, which has the address of the token’s contract."
    )
    required = {**HASH, "to": r"to", "amount": r"quantity", "method": r"method"}
    without = (r"contractaddress",)

    def prepare(self, table: Table) -> None:
        super().prepare(table)
        others = self._named() - {self.owner}
        if len(others) != 1:
            message = _(
                "Which token this is, only the name of the file can say. Give it one with the"
                " address of the token’s contract, such as export-token-0x….csv, and import it"
                " again; or export it from the tab “Token Transfers (ERC-20)” of your address."
            )
            raise ImportFailed(message, Hint("format", {Erc20.name: str(Erc20.title)}))
        self.contract = others.pop()
        self.remark("", "", self.contract, _("which token this is, the name of the file says"))

    def _owner_in_name(self) -> str:
        return ""

    def _token(self, cells: Cells) -> AssetRef:
        return AssetRef(self.contract, "", self.chain, self.contract)
