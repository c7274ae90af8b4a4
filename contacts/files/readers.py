"""The formats of address books. A reader is pure: it says whose address a line names."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

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
from formats.parsing.records import Row, SkipRow
from formats.parsing.tables import Cells

NAME, NOTE = 200, 10_000  # characters
XPUB = re.compile(r"[a-zA-Z]pub\w{100,}")


@dataclass(frozen=True, slots=True)
class BookEntry:
    """What a line says; `own` is an address of one's own, and the name that of its wallet."""

    name: str
    address: ChainAddress | None
    note: str = ""
    own: bool = False


class Book(Format[BookEntry]):
    # Whether wrong capitals are a slip of the pen or another program's way of writing.
    strict = False

    def read(self, cells: Cells) -> Row[BookEntry]:
        return Row((), self.entry(cells))

    def entry(self, cells: Cells) -> BookEntry:
        return BookEntry(self.name_in(cells), self.address(cells, cells.text("chain") or None))

    def name_in(self, cells: Cells) -> str:
        name = cells.text("name", NAME)
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

    def entry(self, cells: Cells) -> BookEntry:
        name, note = self.name_in(cells), cells.text("note", NOTE).replace("\r\n", "\n")
        if not cells.text("address"):
            return BookEntry(name, None, note)
        return BookEntry(name, self.address(cells, cells.text("chain") or None), note)


class RotkiBook(Book):
    """Without a chain an address is named on all of them."""

    name = family = "rotki-addresses"
    title = "rotki address book"
    required = {"address": "address", "name": "name", "chain": "blockchain"}
    optional = {"location": "location"}


class Safe(Book):
    """One line per chain that a name is used on."""

    name = family = "safe"
    title = "Safe address book"
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
    title = "rotki accounts"
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


BOOKS: tuple[AnyFormat, ...] = (Own, RotkiBook, Safe, RotkiAccounts)
