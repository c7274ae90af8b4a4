"""The formats of address books. A reader is pure: it says whose address a line names."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from contacts.chains import AddressError, ChainAddress, normalise, short
from imports.formats.base import AnyFormat, Format
from imports.parsing.records import Row, SkipRow
from imports.parsing.tables import Cells

NAME, NOTE = 200, 10_000  # characters
XPUB = re.compile(r"[a-zA-Z]pub\w{100,}")


@dataclass(frozen=True, slots=True)
class Named:
    """What a line says; `own` is an address of one's own, and the name that of its wallet."""

    name: str
    address: ChainAddress | None
    note: str = ""
    own: bool = False


class Book(Format[Named]):
    # Whether wrong capitals are a slip of the pen or another program's way of writing.
    strict = False

    def read(self, cells: Cells) -> Row[Named]:
        return Row((), self.entry(cells))

    def entry(self, cells: Cells) -> Named:
        return Named(self.name_in(cells), self.address(cells, cells.text("chain") or None))

    def name_in(self, cells: Cells) -> str:
        name = cells.text("name", NAME)
        if not name:
            raise cells.bad("name", _("the cell is empty"))
        return name

    def address(self, cells: Cells, chain: str | None) -> ChainAddress:
        try:
            return normalise(cells.text("address"), chain, strict=self.strict)
        except AddressError as error:
            raise cells.bad("address", str(error)) from None


class Own(Book):
    """Ours: a line without an address is about the contact, one with it about the address."""

    name = title = family = "txproject"
    strict = True
    required = {"name": "name", "chain": "chain", "address": "address", "note": "note"}

    def entry(self, cells: Cells) -> Named:
        name, note = self.name_in(cells), cells.text("note", NOTE).replace("\r\n", "\n")
        if not cells.text("address"):
            return Named(name, None, note)
        return Named(name, self.address(cells, cells.text("chain") or None), note)


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

    def entry(self, cells: Cells) -> Named:
        if not re.fullmatch(r"[0-9]+", cells.text("chain")):
            raise cells.bad("chain", _("the number of a chain is needed here"))
        return Named(self.name_in(cells), self.address(cells, "ethereum"))


class RotkiAccounts(Book):
    """Own accounts. What has no single address is left out: its addresses are not told."""

    name = family = "rotki-accounts"
    title = "rotki accounts"
    required = {"address": "address", "chain": "chain", "name": "label", "tags": "tags"}
    optional = {"extras": "address extras"}

    def entry(self, cells: Cells) -> Named:
        chain = cells.text("chain")
        if chain.lower() == "eth2" or XPUB.fullmatch(cells.text("address")):
            raise SkipRow(self.no_address(cells))
        address = self.address(cells, chain or None)
        tags = ", ".join(filter(None, map(str.strip, cells.note("tags").split(";"))))
        return Named(cells.text("name", NAME) or short(address.shown), address, tags, own=True)

    def no_address(self, cells: Cells) -> str:
        try:
            normalise(cells.text("address"))
        except AddressError as error:
            return str(error)
        return _("a validator is no account of its own")


BOOKS: tuple[AnyFormat, ...] = (Own, RotkiBook, Safe, RotkiAccounts)
