"""What people write about a transaction. A form is bound to the row and saves with one verb."""

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.forms.models import ModelChoiceIteratorValue
from django.utils.translation import gettext_lazy as _

from contacts.models import Address, Contact
from ledgers.models import Ledger, User
from ledgers.naming import named, refuse_unseen
from live.versions import Conflict
from transactions.models import Transaction, TransactionType

NAME_LENGTH = 100
NOTE_LENGTH = 10_000


class RowForm(forms.Form):
    """`name` is the editor's template; `text` says what of the row is edited, for a conflict."""

    name: ClassVar[str]
    # Whether it has to see the row to write it.
    reads_row: ClassVar[bool] = True
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, row: Transaction, data: Any = None) -> None:
        self.row = row
        seen = {"version": row.version} if "version" in self.base_fields else {}
        super().__init__(data, initial=seen | self.initial_values(row))

    @staticmethod
    def initial_values(row: Transaction) -> dict[str, Any]:
        raise NotImplementedError

    @staticmethod
    def text(row: Transaction) -> str:
        raise NotImplementedError

    def write(self, by: User, **values: Any) -> None:
        version = self.cleaned_data["version"]
        Transaction.objects.write(self.row.pk, expected_version=version, by=by, **values)

    def save(self, by: User) -> None:
        """Raises Conflict where the row has a newer version than the one that was shown."""
        raise NotImplementedError


class NoteForm(RowForm):
    name = "note"
    note = forms.CharField(
        label=_("Note"), required=False, max_length=NOTE_LENGTH, widget=forms.Textarea
    )

    @staticmethod
    def initial_values(row: Transaction) -> dict[str, Any]:
        return {"note": row.note}

    @staticmethod
    def text(row: Transaction) -> str:
        return row.note

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).replace("\r\n", "\n")

    def save(self, by: User) -> None:
        self.write(by, note=self.cleaned_data["note"])


class TypeForm(RowForm):
    name = "type"
    type = forms.ChoiceField(label=_("Type"), choices=TransactionType.choices)

    @staticmethod
    def initial_values(row: Transaction) -> dict[str, Any]:
        return {"type": row.type}

    @staticmethod
    def text(row: Transaction) -> str:
        return row.get_type_display()

    def save(self, by: User) -> None:
        self.write(by, type=self.cleaned_data["type"])


class ContactForm(RowForm):
    """Whom a transaction was with: this one only, or every one with its address."""

    ADDRESS, THIS = "address", "this"
    name = "contact"
    contact_name = forms.CharField(label=_("Name"), required=False, max_length=200)
    contact = forms.ModelChoiceField(Contact.objects.none(), label=_("Contact"), required=False)
    scope = forms.ChoiceField(label=_("Use this name for"), widget=forms.RadioSelect)
    address = forms.IntegerField(widget=forms.HiddenInput, required=False)
    address_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, row: Transaction, data: Any = None) -> None:
        super().__init__(row, data)
        self.fields["contact"].queryset = row.ledger.contacts.all()  # type: ignore[attr-defined]
        self.fields["scope"].choices = self.scopes()  # type: ignore[attr-defined]

    @property
    def named_address(self) -> Address | None:
        """The address that can be named: one's own is named by its wallet."""
        address: Address | None = self.row.counterparty
        return None if address is None or address.wallet_id else address

    def scopes(self) -> list[tuple[str, Any]]:
        this = [(self.THIS, _("only this transaction"))]
        everywhere = [(self.ADDRESS, _("every transaction with this address"))]
        return everywhere + this if self.named_address else this

    @staticmethod
    def initial_values(row: Transaction) -> dict[str, Any]:
        address = row.counterparty
        everywhere = address and not address.wallet_id and not row.contact_id
        return {
            "contact": row.contact or (address.contact if address else None),
            "contact_name": ContactForm.text(row),
            "scope": ContactForm.ADDRESS if everywhere else ContactForm.THIS,
            "address": address.pk if address else None,
            "address_version": address.version if address else None,
        }

    @staticmethod
    def text(row: Transaction) -> str:
        contact = row.contact or (row.counterparty.contact if row.counterparty else None)
        return contact.name if contact else ""

    def clean_contact_name(self) -> str:
        name = " ".join(str(self.cleaned_data["contact_name"]).split())
        refuse_unseen(name, known=self.row.ledger.contacts)
        return name

    def clean(self) -> None:
        """A name that was typed goes before one that was chosen from the list."""
        if self.cleaned_data.get("scope") == self.ADDRESS and (
            self.cleaned_data.get("address_version") is None
        ):
            self.add_error("address_version", _("The version of the address is missing."))

    def whom(self) -> Contact | None:
        name = self.cleaned_data["contact_name"]
        chosen: Contact | None = self.cleaned_data["contact"]
        return named(Contact, self.row.ledger_id, name) if name else chosen

    def save(self, by: User) -> None:
        with transaction.atomic():
            contact = self.whom()
            address = self.named_address
            if self.cleaned_data["scope"] == self.THIS or address is None:
                self.write(by, contact=contact)
                return
            if self.cleaned_data["address"] != address.pk:  # it was with another one when shown
                raise Conflict
            seen = self.cleaned_data["address_version"]
            Address.objects.write(address.pk, expected_version=seen, by=by, contact=contact)
            if self.row.contact_id:  # would go before the name of its address
                self.write(by, contact=None)


class Names(forms.CharField):
    """Any number of names: one to an input, or several with commas between them."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Iterable[str] | None) -> Any:
        parts = (part for line in value or [] for part in line.split(","))
        return list(dict.fromkeys(name for part in parts if (name := " ".join(part.split()))))

    def validate(self, value: Any) -> None:
        for name in value:
            if len(name) > NAME_LENGTH:
                message = _("“%(name)s” is longer than %(n)s characters.")
                raise forms.ValidationError(message, params={"name": name, "n": NAME_LENGTH})

    def run_validators(self, value: Any) -> None:
        pass


class LabelKeys(forms.MultipleChoiceField):
    """Keys of labels. Whether they are the ledger's is seen where they are written, and which ones
    there are is asked where they are shown."""

    def of(self, ledger: Ledger) -> None:
        self.choices = lambda: [
            (ModelChoiceIteratorValue(label.pk, label), str(label)) for label in ledger.labels.all()
        ]

    def clean(self, value: Iterable[str] | None) -> Any:
        for text in value or ():
            if not (text.isdecimal() and len(text) < 19):
                message = self.error_messages["invalid_choice"]
                raise forms.ValidationError(message, params={"value": text})
        return set(map(int, value or ()))


class LabelsForm(RowForm):
    """All labels of a row. What was added and removed counts, not the whole: so two people who
    label one row at once both get what they did, and no version is needed."""

    name = "labels"
    reads_row = False
    version = None  # type: ignore[assignment]
    label = LabelKeys(label=_("Labels"), required=False, widget=forms.CheckboxSelectMultiple)
    was = LabelKeys(required=False, widget=forms.MultipleHiddenInput)
    new = Names(label=_("New labels"), required=False)

    def __init__(self, row: Transaction, data: Any = None) -> None:
        super().__init__(row, data)
        self.fields["label"].of(row.ledger)  # type: ignore[attr-defined]

    def clean_new(self) -> list[str]:
        names: list[str] = self.cleaned_data["new"]
        for name in names:
            refuse_unseen(name, known=self.row.ledger.labels)
        return names

    @staticmethod
    def initial_values(row: Transaction) -> dict[str, Any]:
        """Read when they are shown."""
        return {"label": (keys := partial(label_keys, row)), "was": keys}

    @staticmethod
    def text(row: Transaction) -> str:
        return ", ".join(label.name for label in row.labels.all())

    def save(self, by: User) -> None:
        chosen, was = self.cleaned_data["label"], self.cleaned_data["was"]
        new = self.cleaned_data["new"]
        self.row.relabel(add=chosen - was, remove=was - chosen, new=new, deleted=False)


def label_keys(row: Transaction) -> list[int]:
    return [label.pk for label in row.labels.all()]
