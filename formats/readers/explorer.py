"""What the exports of blockchain explorers have in common: each is of one address, and mostly does
not say of which. Directions come from it: it is the owner's."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext as _

from contacts.chains import EVM_CHAINS
from formats.base import LineFormat
from formats.parsing.records import (
    NOTHING_KNOWN,
    AssetRef,
    BadRow,
    Entry,
    Hint,
    ImportFailed,
    Part,
    Row,
    SkipRow,
)
from formats.parsing.tables import Cells, Table
from formats.parsing.values import plain, shown

RENAMED = {"MATIC": "POL"}


class Explorer(LineFormat):
    """Columns that all have: `hash`, `time`, `from` and `to`."""

    wallet_kind = "chain"
    address: ClassVar[re.Pattern[str]]
    address_in_name: ClassVar[re.Pattern[str]]
    example: ClassVar[str]
    chain: str

    def prepare(self, table: Table) -> None:
        self.owner = self._owner(table)

    @staticmethod
    def normal(text: str) -> str:
        """An address or a hash, written in one way."""
        return text

    def _owner(self, table: Table) -> str:
        if stated := self.normal(self.options.owner_address.strip()):
            if not self.address.fullmatch(stated):
                message = _("The owner address “%s” is not an address.") % shown(stated)
                raise ImportFailed(message, self._asked())
            return stated
        if owner := self._owner_in_name():
            return self._guessed(owner, _("whose file this is, its name says"))
        if owner := self._address_in_every_row(table):
            self._guessed(owner, _("whose file this is, its rows say: each has this address"))
        return owner

    def _asked(self) -> Hint:
        return Hint("owner_address", {self.example: ""})

    def _guessed(self, owner: str, reason: str) -> str:
        self.remark("", "", owner, reason)
        return owner

    def _owner_in_name(self) -> str:
        named = self._named()
        return named.pop() if len(named) == 1 else ""

    def _named(self) -> set[str]:
        """The addresses that the name of the file has."""
        return set(self.address_in_name.findall(self.normal(self.options.file_name)))

    def _address_in_every_row(self, table: Table) -> str:
        common: set[str] | None = None
        for record in table.records():
            if not record.problem:
                named = self._candidates(Cells(record.cells, table.columns))
                if common is None:
                    common = set(filter(self.address.fullmatch, named))
                common &= named
        if common is None:
            return ""
        if len(common) == 1:
            return common.pop()
        message = _(
            "Whose file this is cannot be told from it, because there is not just one address in"
            " every row."
        )
        choices = Hint("owner_address", dict.fromkeys(sorted(common), ""))
        raise ImportFailed(message, choices if common else self._asked())

    def _candidates(self, cells: Cells) -> set[str]:
        """The addresses that a line may be of."""
        return {self.normal(cells.note("from")), self.normal(cells.note("to"))}

    def read(self, cells: Cells) -> Row[Entry]:
        sender, receiver = self._address(cells, "from"), self._address(cells, "to")
        if self.owner not in (sender, receiver):
            message = _(
                "neither sender nor receiver is the owner address %s; another is given"
                " as “Whose addresses”, or with --owner-address"
            )
            raise BadRow("", message % self.owner)
        entry = self._entry(cells, sender, receiver)
        tx_hash = self.normal(cells.required("hash"))
        entry.tx_hash = entry.group = self.reference(tx_hash)
        return Row((self.chain, self.owner, tx_hash, *self._distinction(cells, entry)), entry)

    def _entry(self, cells: Cells, sender: str, receiver: str) -> Entry:
        entry = Entry(self._time(cells), "other", chain=self.chain, own_address=self.owner)
        entry.counterparty = receiver if sender == self.owner else sender
        self._fill(cells, entry, sender == self.owner, receiver == self.owner)
        return entry

    def _time(self, cells: Cells) -> datetime:
        return cells.unix("time")

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        raise NotImplementedError

    def _distinction(self, cells: Cells, entry: Entry) -> Sequence[str]:
        """What tells this line from others of the same hash."""
        return ()

    def _address(self, cells: Cells, name: str) -> str:
        address = self.normal(cells.text(name))
        if not self.address.fullmatch(address):
            raise cells.bad(name, _("“%s” is not an address") % shown(address))
        return address


class EvmExplorer(Explorer):
    address = re.compile(r"0x[0-9a-f]{40}")
    address_in_name = re.compile(r"(?<![0-9a-f])0x[0-9a-f]{40}(?![0-9a-f])")
    example = "0x…"
    no_reference = LineFormat.no_reference | {"0x", f"0x{'0' * 64}"}

    def prepare(self, table: Table) -> None:
        self.chain = self._chain()
        self.coin = AssetRef(EVM_CHAINS[self.chain])
        super().prepare(table)

    @staticmethod
    def normal(text: str) -> str:
        return text.lower()

    def _chain(self) -> str:
        """The one that was chosen, unless the header names the coin of just one other."""
        chain = self.options.chain.lower()
        if chain not in EVM_CHAINS:
            message = _("There is no chain “%s” here.") % shown(chain)
            raise ImportFailed(message, Hint("chain", dict(sorted(EVM_CHAINS.items()))))
        written = self.columns.part("value_in").upper()
        coin = RENAMED.get(written, written)
        if coin != written:
            self.remark("value_in", written, coin, _("the coin has been renamed"))
        if coin in ("", EVM_CHAINS[chain]):
            return chain
        return self._chain_of(coin, chain, written)

    def _chain_of(self, coin: str, chain: str, written: str) -> str:
        chains = dict.fromkeys((name for name in EVM_CHAINS if EVM_CHAINS[name] == coin), written)
        if len(chains) == 1 and chain == NOTHING_KNOWN.chain:
            (found,) = chains
            self.remark("value_in", "", found, _("it is the only chain that has this coin"))
            return found
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
        raise ImportFailed(message % {"coin": written, "chain": chain}, *hints)

    def _address(self, cells: Cells, name: str) -> str:
        """Where a contract was created the receiver is the new contract."""
        if self.address.fullmatch(text := cells.note(name)):
            return text
        cells.capitals(name)
        created = name == "to" and not cells.text("to") and cells.text("contract")
        return super()._address(cells, "contract" if created else name)

    def _failed(self, cells: Cells) -> bool:
        status, error = cells.text("status").lower(), cells.text("error")
        return bool(error) or status.startswith(("error", "fail"))

    def _moved(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        """Sets the parts and the type of what the chain's coin did."""
        raise NotImplementedError


class Paid(EvmExplorer):
    """Transactions with their fees, which are the owner's where he sent them."""

    # Those that amounts are written without: 18 where they are in wei.
    decimals: ClassVar[int] = 0

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        if self._failed(cells):
            entry.status = "failed"
        else:
            self._moved(cells, entry, sent, received)
        read_fee = cells.fee if sent else cells.unsigned
        fee = read_fee("fee", self.decimals)
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


class EvmTokens(EvmExplorer):
    """Transfers of tokens: `token` is the column of the contract."""

    def _fill(self, cells: Cells, entry: Entry, sent: bool, received: bool) -> None:
        amount = self._amount(cells)
        if amount is None:
            raise cells.bad("amount", _("the cell is empty"))
        set_parts(entry, self._token(cells), amount, sent, received)

    def _amount(self, cells: Cells) -> Decimal | None:
        return cells.unsigned("amount")

    def _token(self, cells: Cells) -> AssetRef:
        symbol, contract = cells.text("symbol"), self._address(cells, "token")
        if not symbol:
            cells.remark("symbol", contract, _("the token has no symbol, so its contract names it"))
        return AssetRef(symbol or contract, cells.note("token_name"), self.chain, contract)

    def _distinction(self, cells: Cells, entry: Entry) -> Sequence[str]:
        return token_distinction(entry)


def decimals_of(cells: Cells) -> int | None:
    """Those of the line's token; None where none are told."""
    decimals = cells.unsigned("decimals")
    if decimals is not None and (decimals > 255 or decimals % 1):
        raise cells.bad("decimals", _("no token has %s decimals") % plain(decimals))
    return None if decimals is None else int(decimals)


def token_distinction(entry: Entry) -> Sequence[str]:
    part = entry.sent or entry.received
    contract = part.asset.contract if part else ""
    return contract, *sides(entry)


def sides(entry: Entry) -> Sequence[str]:
    out, into = (plain(part.amount) if part else "" for part in (entry.sent, entry.received))
    return out, into, entry.counterparty


def set_parts(entry: Entry, asset: AssetRef, amount: Decimal, sent: bool, received: bool) -> None:
    entry.sent = Part(amount, asset) if sent else None
    entry.received = Part(amount, asset) if received else None
    if sent and received:
        entry.type = "transfer"
    else:
        entry.type = "withdrawal" if sent else "deposit"
