"""Blockscout, which explores many chains: transactions, token transfers, internal transactions.

Amounts are in wei, or in the smallest unit of a token; the column UnixTimestamp has ISO times. Fees
are in the transactions file only. Of which chain a file is it does not say.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.parsing.records import Entry, ImportFailed, SkipRow
from formats.parsing.tables import Cells, Table
from formats.readers.explorer import EvmExplorer, EvmTokens, Paid, decimals_of, set_parts

SOURCE = (
    "https://github.com/blockscout/blockscout/tree/master/apps/explorer/lib/explorer/chain/"
    "csv_export/address"
)
WEI = 18
HASH = {
    "hash": r"txhash",
    "time": r"unixtimestamp",
    "from": r"fromaddress",
    "to": r"toaddress",
    "type": r"type",
    "error": r"errcode",
}
# Calls that only borrow code or look something up.
MOVES_NOTHING = {"delegatecall", "staticcall", "callcode"}


class Blockscout(EvmExplorer):
    def prepare(self, table: Table) -> None:
        super().prepare(table)
        reason = _(
            "the file does not say of which chain it is; another is given as “Chain”, or with"
            " --chain"
        )
        self.remark("", "", self.chain, reason)

    def _time(self, cells: Cells) -> datetime:
        return cells.time("time", UTC)

    def _candidates(self, cells: Cells) -> set[str]:
        """Its type is that which a line has for the owner."""
        side = {"IN": "to", "OUT": "from"}.get(cells.note("type").upper())
        return {self.normal(cells.note(side))} if side else super()._candidates(cells)

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        kind = cells.text("type").upper()
        if kind == "IN" and not received:
            raise cells.bad("type", _("the owner address has sent this, not received it"))
        if kind == "OUT" and not sent:
            raise cells.bad("type", _("the owner address has received this, not sent it"))
        super()._fill(cells, entry, sent, received)

    def _moved(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        set_parts(entry, self.coin, cells.unsigned("value", WEI) or Decimal(0), sent, received)


class Transactions(Blockscout, Paid):
    name = "blockscout"
    title = gettext_lazy("Blockscout transactions")
    family = "blockscout"
    site = "Blockscout"
    how = gettext_lazy(
        "Search for your address, and open the tab “Transactions”."
        " Choose “CSV” above the list and the whole time."
    )
    decimals = WEI
    required = {
        **HASH,
        "contract": r"contractaddress",
        "value": r"value",
        "fee": r"fee",
        "status": r"status",
    }


class Internal(Blockscout):
    name = "blockscout_internal"
    title = gettext_lazy("Blockscout internal transactions")
    family = "blockscout_internal"
    site = "Blockscout"
    how = gettext_lazy(
        "Search for your address, and open the tab “Internal txns”."
        " Choose “CSV” above the list and the whole time."
    )
    documentation = SOURCE
    required = {
        **HASH,
        "index": r"index",
        "contract": r"contractaddress",
        "call": r"calltype",
        "value": r"value",
    }

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        if self._failed(cells):
            raise SkipRow(_("the transaction failed: nothing was moved"))
        if (call := cells.text("call").lower()) in MOVES_NOTHING:
            raise SkipRow(_("a %s moves nothing") % call)
        self._moved(cells, entry, sent, received)

    def _distinction(self, cells: Cells, entry: Entry) -> Sequence[str]:
        return (cells.required("index"),)


class Tokens(Blockscout, EvmTokens):
    name = "blockscout_tokens"
    title = gettext_lazy("Blockscout token transfers")
    family = "blockscout_tokens"
    site = "Blockscout"
    how = gettext_lazy(
        "Search for your address, and open the tab “Token transfers”."
        " Choose “CSV” above the list and the whole time."
    )
    documentation = SOURCE
    required = {
        **HASH,
        "token": r"tokencontractaddress",
        "symbol": r"tokensymbol",
        "amount": r"tokenstransferred",
    }
    optional = {"decimals": r"tokendecimals"}

    def prepare(self, table: Table) -> None:
        super().prepare(table)
        if "decimals" not in self.columns.index:
            message = _(
                "This file is of an older Blockscout, which did not say how many decimals the"
                " amounts of each token have. Export it again."
            )
            raise ImportFailed(message)

    def _amount(self, cells: Cells) -> Decimal | None:
        decimals = decimals_of(cells)
        if decimals is None:
            raise SkipRow(_("an NFT: the file does not say which one"))
        return cells.unsigned("amount", decimals)
