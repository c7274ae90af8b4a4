"""The formats of address books. A reader is pure: it says whose address a line names."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.chains import (
    EVM_CHAIN_IDS,
    FAMILIES,
    AddressError,
    ChainAddress,
    family_of,
    normalise,
    short,
)
from formats.base import AnyFormat, Format
from formats.parsing.json_lines import JSON
from formats.parsing.records import Row, SkipRow
from formats.parsing.tables import Cells, Table
from formats.parsing.values import shown
from transactions.queries.bip329 import TXID
from transactions.queries.export import is_marked

NAME, NOTE = 200, 10_000  # characters
XPUB = re.compile(r"[a-zA-Z]pub\w{100,}")


@dataclass(frozen=True, slots=True)
class BookEntry:
    """What a line says; `own` is an address of one's own, and the name that of its wallet. With
    `only_known` it is about an address that the ledger has, or none."""

    name: str
    address: ChainAddress | None
    note: str = ""
    own: bool = False
    only_known: bool = False


@dataclass(frozen=True, slots=True)
class HashLabel:
    """What a transaction is called."""

    hash: str
    label: str


class Book(Format[BookEntry]):
    # Whether wrong capitals are a slip of the pen or another program's way of writing.
    strict = False

    def read(self, cells: Cells) -> Row[BookEntry]:
        return Row((), self.entry(cells))

    def entry(self, cells: Cells) -> BookEntry:
        return BookEntry(self.name_in(cells), self.address(cells, cells.text("chain") or None))

    def text(self, cells: Cells, name: str, limit: int) -> str:
        return cells.text(name, limit)

    def name_in(self, cells: Cells) -> str:
        name = self.text(cells, "name", NAME)
        if not name:
            raise cells.bad("name", _("the cell is empty"))
        return name

    def address(self, cells: Cells, chain: str | None) -> ChainAddress:
        self.check_chain(cells, chain)
        try:
            found = normalise(cells.text("address"), chain, strict=self.strict)
        except AddressError as error:
            raise cells.bad("address", str(error)) from None
        cells.capitals("address")
        if found.family == "evm" and ":" in cells.text("address"):
            reason = _("the address is the same on every chain, so the one before it is dropped")
            cells.remark("address", found.shown, reason)
        return found

    def check_chain(self, cells: Cells, chain: str | None) -> None:
        try:
            if chain:
                family_of(chain)
        except AddressError as error:
            known = _("Known are: %s.") % ", ".join(FAMILIES)
            raise cells.bad("chain", f"{error} {known}") from None


class Own(Book):
    """Ours: a line without an address is about the contact, one with it about the address."""

    name = title = family = "txproject"
    strict = True
    required = {"name": "name", "chain": "chain", "address": "address", "note": "note"}

    def prepare(self, table: Table) -> None:
        self.marked = not table.delimiter.startswith(JSON)

    def text(self, cells: Cells, name: str, limit: int) -> str:
        """Without the mark of what is no formula."""
        marked = self.marked and is_marked(cells.note(name))
        return cells.text(name, limit + marked)[marked:]

    def entry(self, cells: Cells) -> BookEntry:
        name, note = self.name_in(cells), self.text(cells, "note", NOTE).replace("\r\n", "\n")
        if not cells.text("address"):
            return BookEntry(name, None, note)
        return BookEntry(name, self.address(cells, cells.text("chain") or None), note)


class RotkiBook(Book):
    """Without a chain an address is named on all of them."""

    name = family = "rotki-addresses"
    title = gettext_lazy("rotki address book")
    required = {"address": "address", "name": "name", "chain": "blockchain"}
    optional = {"location": "location"}


class Safe(Book):
    """One line per chain that a name is used on."""

    name = family = "safe"
    title = gettext_lazy("Safe address book")
    required = {"address": "address", "name": "name", "chain": "chainid"}

    def entry(self, cells: Cells) -> BookEntry:
        if not re.fullmatch(r"[0-9]+", cells.text("chain")):
            raise cells.bad(
                "chain", _("the number of a chain is needed here, such as 1 for Ethereum")
            )
        if int(cells.text("chain")) not in EVM_CHAIN_IDS:
            reason = _("no chain of this number is known here, and an address is the same on all")
            cells.remark("chain", str(FAMILIES["evm"].name), reason)
        return BookEntry(self.name_in(cells), self.address(cells, "ethereum"))


class RotkiAccounts(Book):
    """Own accounts. What has no single address is left out: its addresses are not told."""

    name = family = "rotki-accounts"
    title = gettext_lazy("rotki accounts")
    required = {"address": "address", "chain": "chain", "name": "label", "tags": "tags"}
    optional = {"extras": "address extras"}

    def entry(self, cells: Cells) -> BookEntry:
        chain = cells.text("chain")
        if chain.lower() == "eth2" or XPUB.fullmatch(cells.text("address")):
            raise SkipRow(self.no_address(cells))
        address = self.address(cells, chain or None)
        tags = ", ".join(filter(None, map(str.strip, cells.note("tags").split(";"))))
        if cells.note("extras"):
            cells.remark("extras", "", _("nothing is kept of it"))
        return BookEntry(self.label(cells, address), address, tags, own=True)

    def label(self, cells: Cells, address: ChainAddress) -> str:
        name = cells.text("name", NAME)
        if not name:
            name = short(address.shown)
            cells.remark("name", name, _("no name is told, so the address is the name"))
        return name

    def no_address(self, cells: Cells) -> str:
        try:
            normalise(cells.text("address"))
        except AddressError as error:
            return str(error)
        return _("a validator is no account of its own")


class Bip329(Format[BookEntry | HashLabel]):
    """What wallets call transactions and addresses."""

    name = family = "bip329"
    title = gettext_lazy("BIP-329 labels")
    required = {"kind": r"type", "ref": r"ref", "label": r"label"}

    def read(self, cells: Cells) -> Row[BookEntry | HashLabel]:
        kind, label = cells.required("kind"), cells.text("label", NOTE)
        if kind not in ("tx", "addr"):
            raise SkipRow(_("what it calls “%s” is not kept here") % shown(kind))
        if not label:
            raise SkipRow(_("there is no label in this row"))
        return Row(
            (), self.of_transaction(cells, label) if kind == "tx" else self.of_address(cells)
        )

    def of_transaction(self, cells: Cells, label: str) -> HashLabel:
        tx_hash = cells.required("ref").lower()
        if not TXID.fullmatch(tx_hash):
            raise cells.bad("ref", _("“%s” is not the hash of a transaction") % shown(tx_hash))
        return HashLabel(tx_hash, label)

    def of_address(self, cells: Cells) -> BookEntry:
        try:
            address = normalise(cells.required("ref"), "bitcoin")
        except AddressError as error:
            raise cells.bad("ref", str(error)) from None
        return BookEntry(cells.text("label", NAME), address, only_known=True)


BOOKS: tuple[AnyFormat, ...] = (Own, RotkiBook, Safe, RotkiAccounts, Bip329)
