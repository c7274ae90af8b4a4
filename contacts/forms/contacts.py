"""What people write in the address book. A form is bound to its row and saves with one verb."""

from typing import Any, ClassVar

from django import forms
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.chains import FAMILIES, AddressError, ChainAddress, normalise
from contacts.models import Address, Contact
from ledgers.models import Ledger, User
from ledgers.naming import named, refuse_unseen
from live.versions import Conflict

NAME_LENGTH = 200
NOTE_LENGTH = 10_000


class ChangedMeanwhile(Exception):
    """Somebody was faster: what the form had checked is not so any more. Check it again."""


class Name(forms.CharField):
    """With single spaces, so that two spellings that look alike are one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Name"), max_length=NAME_LENGTH, **kwargs)

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value) or "").split())


class Note(forms.CharField):
    widget = forms.Textarea

    def __init__(self) -> None:
        super().__init__(label=_("Note"), required=False, max_length=NOTE_LENGTH)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n")


class AddressBookForm(forms.Form):
    """`name` is the editor's template; `text` says what of the row is edited, for a conflict."""

    name: ClassVar[str]
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, row: Any, data: Any = None) -> None:
        self.row = row
        super().__init__(data, initial={"version": row.version, **self.initial_values(row)})

    @staticmethod
    def initial_values(row: Any) -> dict[str, Any]:
        return {}

    @staticmethod
    def text(row: Any) -> str:
        return ""

    def write(self, by: User, **values: Any) -> None:
        version = self.cleaned_data["version"]
        type(self.row).objects.write(self.row.pk, expected_version=version, by=by, **values)

    def save(self, by: User) -> None:
        """Raises Conflict where the row has a newer version than the one that was shown."""
        raise NotImplementedError


def refuse_taken(ledger: Ledger, name: str, but: Contact | None = None) -> None:
    refuse_unseen(name, known=ledger.contacts)
    taken = ledger.contacts.filter(name__iexact=name).first()
    if taken and taken != but:
        message = _("There is a contact “%(name)s” already.")
        raise forms.ValidationError(message, params={"name": taken.name})


class ContactNameForm(AddressBookForm):
    name = "name"
    contact_name = Name()
    row: Contact

    @staticmethod
    def initial_values(row: Contact) -> dict[str, Any]:
        return {"contact_name": row.name}

    @staticmethod
    def text(row: Contact) -> str:
        return row.name

    def clean_contact_name(self) -> str:
        name = str(self.cleaned_data["contact_name"])
        refuse_taken(self.row.ledger, name, but=self.row)
        return name

    def save(self, by: User) -> None:
        try:
            with transaction.atomic():
                self.write(by, name=self.cleaned_data["contact_name"])
        except IntegrityError:
            raise ChangedMeanwhile from None


class NoteForm(AddressBookForm):
    """Of a contact or of an address."""

    name = "note"
    note = Note()

    @staticmethod
    def initial_values(row: Any) -> dict[str, Any]:
        return {"note": row.note}

    @staticmethod
    def text(row: Any) -> str:
        return str(row.note)

    def save(self, by: User) -> None:
        self.write(by, note=self.cleaned_data["note"])


class IdentifyForm(AddressBookForm):
    """Whose an address is. Every transaction with it shows the name at once."""

    name = "whose"
    contact_name = Name()
    row: Address

    @staticmethod
    def text(row: Address) -> str:
        return str(row.contact or row.wallet or "")

    def clean_contact_name(self) -> str:
        name = str(self.cleaned_data["contact_name"])
        refuse_unseen(name, known=self.row.ledger.contacts)
        return name

    def clean(self) -> None:
        if self.row.wallet:
            message = _("This address is your own: %(wallet)s.")
            raise forms.ValidationError(message, params={"wallet": self.row.wallet})

    def save(self, by: User) -> None:
        with transaction.atomic():
            contact = named(Contact, self.row.ledger_id, self.cleaned_data["contact_name"])
            self.write(by, contact=contact)


class AddressField(forms.CharField):
    """An address of any chain, as it is pasted."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Address"), max_length=300, **kwargs)


class AddressFields(forms.Form):
    """A new address for a contact. `known` is its row where the book has it already."""

    chain = forms.ChoiceField(
        label=_("Chain"),
        required=False,
        choices=[("", _("as it is written")), *((key, of.name) for key, of in FAMILIES.items())],
    )
    known: Address | None = None
    found: ChainAddress | None = None

    @property
    def ledger(self) -> Ledger:
        raise NotImplementedError

    def clean(self) -> None:
        text = self.cleaned_data.get("address")
        if not text:
            return
        try:
            self.found = normalise(text, self.cleaned_data.get("chain") or None)
        except AddressError as error:
            self.add_error("address", str(error))
            return
        self.known = Address.objects.known(self.ledger, self.found)
        if self.known and self.known.is_assigned:
            self.add_error("address", whose(self.known))

    def give(self, contact: Contact, note: str, by: User) -> None:
        assert self.found
        stamp = {"edited_at": timezone.now(), "edited_by": by}
        try:
            with transaction.atomic():
                if self.known:
                    self.known.assign(contact, note, by)
                else:
                    of = {"ledger": self.ledger, "contact": contact, "note": note}
                    Address.objects.create(**of, **self.found._asdict(), **stamp)
        except (IntegrityError, Conflict):
            raise ChangedMeanwhile from None


def whose(address: Address) -> Any:
    if address.contact:
        message = _("This address is in the book already: it is %(name)s’s.")
        return forms.ValidationError(message, params={"name": address.contact})
    message = _("This address is your own: %(name)s.")
    return forms.ValidationError(message, params={"name": address.wallet})


class AddressForm(AddressFields, AddressBookForm):
    """One more address of a contact: adding commutes with what others do, so it has no version."""

    name = "address"
    version = None  # type: ignore[assignment]
    address = AddressField()
    note = Note()
    row: Contact

    @property
    def ledger(self) -> Ledger:
        return self.row.ledger

    def save(self, by: User) -> None:
        self.give(self.row, self.cleaned_data["note"], by)


class MergeForm(AddressBookForm):
    """Another contact that is the same one. Merging reads both anew, so it needs no version."""

    name = "merge"
    version = None  # type: ignore[assignment]
    contact_name = Name()
    row: Contact

    def clean_contact_name(self) -> str:
        name = self.cleaned_data["contact_name"]
        self.other = self.row.ledger.contacts.filter(name__iexact=name).first()
        if self.other is None:
            message = _("There is no contact “%(name)s”.")
            raise forms.ValidationError(message, params={"name": name})
        if self.other == self.row:
            raise forms.ValidationError(_("That is this contact itself."))
        return str(name)


class ContactForm(AddressFields):
    """A new contact, with its first address or without."""

    contact_name = Name()
    address = AddressField(required=False)
    note = Note()

    def __init__(self, ledger: Ledger, data: Any = None, initial: Any = None) -> None:
        self._ledger = ledger
        super().__init__(data, initial=initial)

    @property
    def ledger(self) -> Ledger:
        return self._ledger

    def clean_contact_name(self) -> str:
        name = str(self.cleaned_data["contact_name"])
        refuse_taken(self.ledger, name)
        return name

    def save(self, by: User) -> Contact:
        name, note = self.cleaned_data["contact_name"], self.cleaned_data["note"]
        stamp = {"edited_at": timezone.now(), "edited_by": by}
        try:
            with transaction.atomic():
                contact = self.ledger.contacts.create(name=name, note=note, **stamp)
                if self.found:
                    self.give(contact, "", by)
        except IntegrityError:
            raise ChangedMeanwhile from None
        return contact
