"""Etherscan and its sisters (Polygonscan, BscScan, …): transactions, internal, ERC-20.

The files do not say whose they are: directions come from the owner's address. Fees are in the
transactions file only, and are the owner's where he sent the transaction.
"""

import re
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.chains import EVM_CHAINS
from formats.base import LineFormat
from formats.parsing.records import (
    AssetRef,
    BadRow,
    Entry,
    Hint,
    ImportFailed,
    Part,
    Row,
    SkipRow,
    Value,
)
from formats.parsing.tables import Cells, Table
from formats.parsing.values import plain, shown

RENAMED = {"MATIC": "POL"}
ADDRESS = re.compile(r"0x[0-9a-f]{40}")
ADDRESS_IN_NAME = re.compile(r"(?<![0-9a-f])0x[0-9a-f]{40}(?![0-9a-f])")
OWNER = Hint("owner_address", {"0x…": ""})

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


class Etherscan(LineFormat):
    wallet_kind = "chain"
    no_reference = LineFormat.no_reference | {"0x", f"0x{'0' * 64}"}

    def prepare(self, table: Table) -> None:
        self.chain = self.options.chain.lower()
        if self.chain not in EVM_CHAINS:
            message = _("There is no chain “%s” here.") % shown(self.chain)
            raise ImportFailed(message, Hint("chain", dict(sorted(EVM_CHAINS.items()))))
        self.coin = AssetRef(EVM_CHAINS[self.chain])
        self._check_coin()
        self.owner = self._owner(table)

    def _check_coin(self) -> None:
        coin = self.columns.part("value_in").upper()
        if coin and RENAMED.get(coin, coin) != self.coin.symbol:
            raise self._of_another_chain(coin)
        if coin in RENAMED:
            self.remark("value_in", coin, RENAMED[coin], _("the coin has been renamed"))

    def _of_another_chain(self, coin: str) -> ImportFailed:
        symbol = RENAMED.get(coin, coin)
        chains = dict.fromkeys((name for name in EVM_CHAINS if EVM_CHAINS[name] == symbol), coin)
        if chains:
            message = _(
                "The amounts of this file are in %(coin)s, which is not the coin of %(chain)s."
            )
        else:
            message = _(
                "The amounts of this file are in %(coin)s, which is not the coin of %(chain)s nor"
                " of any chain that is known here, so it cannot be imported."
            )
        hints = [Hint("chain", chains)] if chains else []
        return ImportFailed(message % {"coin": coin, "chain": self.chain}, *hints)

    def _owner(self, table: Table) -> str:
        if stated := self.options.owner_address.strip().lower():
            if not ADDRESS.fullmatch(stated):
                message = _("The owner address “%s” is not an address.") % shown(stated)
                raise ImportFailed(message, OWNER)
            return stated
        named = set(ADDRESS_IN_NAME.findall(self.options.file_name.lower()))
        if len(named) == 1:
            return self._guessed(named.pop(), _("whose file this is, its name says"))
        if owner := self._address_in_every_row(table):
            self._guessed(owner, _("whose file this is, its rows say: each has this address"))
        return owner

    def _guessed(self, owner: str, reason: str) -> str:
        self.remark("", "", owner, reason)
        return owner

    def _address_in_every_row(self, table: Table) -> str:
        common: set[str] | None = None
        for record in table.records():
            if not record.problem:
                cells = Cells(record.cells, table.columns)
                named = {cells.note("from").lower(), cells.note("to").lower()}
                here = {text for text in named if ADDRESS.fullmatch(text)}
                common = here if common is None else common & here
        if common is None:
            return ""
        if len(common) == 1:
            return common.pop()
        message = _(
            "Whose file this is cannot be told from it, because there is not just one address in"
            " every row."
        )
        raise ImportFailed(
            message, Hint("owner_address", dict.fromkeys(sorted(common), "")) if common else OWNER
        )

    def read(self, cells: Cells) -> Row[Entry]:
        sender, receiver = self._address(cells, "from"), self._address(cells, "to")
        if self.owner not in (sender, receiver):
            message = _(
                "neither sender nor receiver is the owner address %s; another is given"
                " with --owner-address"
            )
            raise BadRow("", message % self.owner)
        entry = self._entry(cells, sender, receiver)
        tx_hash = cells.required("hash").lower()
        entry.tx_hash = entry.group = self.reference(tx_hash)
        return Row((self.chain, self.owner, tx_hash, *self._distinction(cells, entry)), entry)

    def _entry(self, cells: Cells, sender: str, receiver: str) -> Entry:
        entry = Entry(cells.unix("time"), "other", chain=self.chain, own_address=self.owner)
        entry.counterparty = receiver if sender == self.owner else sender
        self._fill(cells, entry, sender == self.owner, receiver == self.owner)
        return entry

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        raise NotImplementedError

    def _distinction(self, cells: Cells, entry: Entry) -> tuple[str, ...]:
        """What tells this line from others of the same hash."""
        return ()

    def _address(self, cells: Cells, name: str) -> str:
        """Lower case; where a contract was created the receiver is the new contract."""
        address = cells.text(name).lower()
        cells.capitals(name)
        if not address and name == "to":
            address = cells.text("contract").lower()
        if not ADDRESS.fullmatch(address):
            raise cells.bad(name, _("“%s” is not an address") % shown(address))
        return address


class CoinFormat(Etherscan):
    """Value_IN and Value_OUT, of which the owner's side decides."""

    def _moved(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        """Sets the parts and the type of what the chain's coin did."""
        value_in = cells.unsigned("value_in") or Decimal(0)
        value_out = cells.unsigned("value_out") or Decimal(0)
        if sent and received:
            if value_in and value_out and value_in != value_out:
                reason = _("out and in differ where the owner sent to himself: the larger is taken")
                cells.remark("value_in", plain(max(value_in, value_out)), reason)
            value_in = value_out = max(value_in, value_out)
        elif value_in and sent:
            raise cells.bad("value_in", _("the owner address has sent this, not received it"))
        elif value_out and received:
            raise cells.bad("value_out", _("the owner address has received this, not sent it"))
        _set_parts(entry, self.coin, value_out if sent else None, value_in if received else None)

    def _failed(self, cells: Cells) -> bool:
        status, error = cells.text("status").lower(), cells.text("error")
        return bool(error) or status.startswith(("error", "fail"))


class Transactions(CoinFormat):
    name = "etherscan"
    title = "Etherscan transactions"
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

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        if self._failed(cells):
            entry.status = "failed"
        else:
            self._moved(cells, entry, sent, received)
        fee = cells.fee("fee") if sent else cells.unsigned("fee")
        if sent and fee is not None:
            entry.fee = Part(fee, self.coin)
        self._reduce(entry)

    @staticmethod
    def _reduce(entry: Entry) -> None:
        """What moved nothing and cost something is a fee."""
        if entry.status == "failed" and not entry.fee:
            raise SkipRow(_("the transaction failed, and somebody else paid for it"))
        if entry.fee and not (entry.sent and entry.sent.amount):
            entry.type, entry.sent, entry.received = "fee", None, None


class Internal(CoinFormat):
    name = "etherscan_internal"
    title = "Etherscan internal transactions"
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

    def _distinction(self, cells: Cells, entry: Entry) -> tuple[str, ...]:
        return _side(entry.sent), _side(entry.received), entry.counterparty


class Erc20(Etherscan):
    name = "etherscan_erc20"
    title = "Etherscan ERC-20 token transfers"
    family = "etherscan_erc20"
    site = "Etherscan"
    how = gettext_lazy(
        "Search for your address, and open the tab “Token Transfers (ERC-20)”."
        " “Download: CSV Export” stands below the list."
    )
    required = {
        **HASH,
        "to": r"to",
        "amount": r"tokenvalue",
        "token": r"contractaddress",
        "token_name": r"tokenname",
        "symbol": r"tokensymbol",
    }
    optional = {"value": r"(usd)valuedayoftx"}

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        amount = cells.unsigned("amount")
        if amount is None:
            raise cells.bad("amount", _("the cell is empty"))
        symbol, contract = cells.text("symbol"), self._address(cells, "token")
        if not symbol:
            cells.remark("symbol", contract, _("the token has no symbol, so its contract names it"))
        token = AssetRef(symbol or contract, cells.note("token_name"), self.chain, contract)
        _set_parts(entry, token, amount if sent else None, amount if received else None)
        value = cells.money("value", self.columns.part("value").upper())
        if value is not None:
            entry.value = Value(value, self.columns.part("value").upper())

    def _distinction(self, cells: Cells, entry: Entry) -> tuple[str, ...]:
        token = cells.text("token").lower()
        return token, _side(entry.sent), _side(entry.received), entry.counterparty


def _side(part: Part | None) -> str:
    return plain(part.amount) if part else ""


def _set_parts(
    entry: Entry, asset: AssetRef, sent: Decimal | None, received: Decimal | None
) -> None:
    entry.sent = None if sent is None else Part(sent, asset)
    entry.received = None if received is None else Part(received, asset)
    if sent is not None and received is not None:
        entry.type = "transfer"
    else:
        entry.type = "deposit" if sent is None else "withdrawal"
