"""Lines into the book. What a person wrote stays: a line that says otherwise is left out."""

from collections.abc import Iterable
from enum import Enum, auto
from itertools import batched
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.chains import short
from contacts.files.readers import BookEntry
from contacts.models import Address, Contact, Wallet
from ledgers.models import Ledger, User

CHUNK = 1000  # addresses of one statement


class Outcome(Enum):
    NEW = auto()
    KNOWN = auto()
    AGAINST = auto()


# With the reason for what is left out: the line, or its note.
type Filed = tuple[Outcome, str]
NEW: Filed = (Outcome.NEW, "")
KNOWN: Filed = (Outcome.KNOWN, "")


def against(message: str, **names: Any) -> Filed:
    return Outcome.AGAINST, message % names


class ByName[M: Model]:
    """Contacts or wallets by their names, in any case as the database sees it."""

    def __init__(self, ledger: Ledger, model: type[M], **new: Any) -> None:
        self.ledger, self.new = ledger, new
        self.rows: Any = model._default_manager
        self.made = 0
        self._found: dict[str, M] = {}

    def get(self, name: str) -> M | None:
        if name not in self._found:
            same = Exact(Lower("name"), Lower(Value(name)))
            row = self.rows.select_for_update().filter(same, ledger=self.ledger).first()
            if row is None:
                return None
            self._found[name] = row
        return self._found[name]

    def get_or_make(self, name: str) -> M:
        try:
            return self.get(name) or self._make(name)
        except IntegrityError:
            # Somebody has made it in this very moment.
            if row := self.get(name):
                return row
            raise

    def _make(self, name: str) -> M:
        with transaction.atomic():
            row: M = self.rows.create(ledger=self.ledger, name=name, **self.new)
        self._found[name] = row
        self.made += 1
        return row


class Merger:
    """Holds a lock on the ledger's imports and on the addresses that it may write."""

    def __init__(self, ledger: Ledger, user: User | None) -> None:
        self.ledger = Ledger.objects.select_for_update(no_key=True).get(pk=ledger.pk)
        self.user = user
        self.contacts = ByName(self.ledger, Contact)
        self.wallets = ByName(self.ledger, Wallet, kind=Wallet.Kind.CHAIN)
        self.addresses: dict[str, Address] = {}

    def prepare(self, entries: Iterable[BookEntry]) -> None:
        """Makes the addresses that are missing, and locks all."""
        named = [entry for entry in entries if entry.address]
        wanted = {entry.address.normalised: entry.address for entry in named if entry.address}
        made = {entry.address for entry in named if not entry.only_known}
        for keys in batched(sorted(wanted), CHUNK):
            found = [wanted[key] for key in keys if wanted[key] in made]
            rows = [Address(ledger=self.ledger, **each._asdict()) for each in found]
            Address.objects.bulk_create(rows, ignore_conflicts=True)
            known = self.ledger.addresses.filter(normalised__in=keys).order_by("pk")
            for row in known.select_for_update(of=("self",)).select_related("contact", "wallet"):
                self.addresses[row.normalised] = row

    def file(self, entry: BookEntry) -> Filed:
        if entry.address is None:
            return self.contact(entry)
        address = self.addresses.get(entry.address.normalised)
        if address is None:
            return against(_("no transaction of this ledger has this address, nor has a contact"))
        if entry.own:
            return self.add_own_address(entry, address)
        return self.named(entry, address)

    def contact(self, entry: BookEntry) -> Filed:
        """A line about a contact, not about one of its addresses."""
        before = self.contacts.made
        filed = self.with_note(self.contacts.get_or_make(entry.name), entry)
        return NEW if self.contacts.made > before else filed

    def named(self, entry: BookEntry, address: Address) -> Filed:
        if address.wallet and address.wallet.name.lower() == entry.name.lower():
            return Outcome.KNOWN, unsaid(address, entry)
        contact = self.contacts.get(entry.name)
        if address.contact_id and contact and address.contact_id == contact.pk:
            return self.with_note(address, entry)
        if taken := taken_by(address, entry.name):
            return taken
        if entry.note and address.note not in ("", entry.note):
            return self.with_note(address, entry)
        contact = contact or self.contacts.get_or_make(entry.name)
        return self.write(address, contact=contact, note=entry.note or address.note)

    def add_own_address(self, entry: BookEntry, address: Address) -> Filed:
        """The tags of an account become the note of an address that has none."""
        wallet = self.wallets.get(entry.name)
        if address.wallet_id and wallet and address.wallet_id == wallet.pk:
            return Outcome.KNOWN, unsaid(address, entry)
        if taken := taken_by(address, entry.name):
            return taken
        wallet = wallet or self.wallets.get_or_make(entry.name)
        self.write(address, wallet=wallet, note=address.note or entry.note)
        return Outcome.NEW, unsaid(address, entry)

    def with_note(self, row: Contact | Address, entry: BookEntry) -> Filed:
        """A note of the file stands where there was none, and against any other."""
        if entry.note in ("", row.note):
            return KNOWN
        if row.note:
            return against(_("“%(name)s” has another note already"), name=short(str(row)))
        return self.write(row, note=entry.note)

    def write(self, row: Contact | Address, **values: Any) -> Filed:
        """The row is locked, so its version cannot have moved on."""
        stamp = {"edited_at": timezone.now(), "edited_by": self.user}
        type(row)._default_manager.filter(pk=row.pk).update(**stamp, **values)
        for name, value in values.items():
            setattr(row, name, value)
        return NEW


def unsaid(address: Address, entry: BookEntry) -> str:
    return "" if entry.note in ("", address.note) else _("the note of the address stays")


def taken_by(address: Address, name: str) -> Filed | None:
    names = {"address": short(address.shown), "name": name}
    if address.contact:
        message = _("%(address)s is in the book as “%(other)s”, not as “%(name)s”")
        return against(message, other=address.contact, **names)
    if address.wallet:
        message = _("%(address)s is an own address, of the wallet “%(other)s”, not “%(name)s”")
        return against(message, other=address.wallet, **names)
    return None
