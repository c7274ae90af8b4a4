"""Wallets: what a person writes about them, and the addresses that are their own."""

from typing import Any

from django import forms
from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.actions.wallets import AddressTaken, add_own_address
from contacts.chains import AddressError, ChainAddress, normalise
from contacts.models import Address, Wallet
from ledgers.editing import EditForm, Name
from ledgers.models import User

NAME_LENGTH = 200
# Of addresses that are pasted at once.
MOST_AT_ONCE = 500


class WalletForm(EditForm[Wallet]):
    taken = gettext_lazy("There is a wallet “%(name)s” already.")
    name = Name(NAME_LENGTH)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Wallet.Kind.choices)

    @staticmethod
    def initial_values(row: Wallet) -> dict[str, Any]:
        return {"name": row.name, "kind": row.kind}


class OwnAddressesForm(forms.Form):
    """Addresses to make a wallet's own, one to a line: all of them or none.

    Adding and removing commute, so there is no version.
    """

    addresses = forms.CharField(label=gettext_lazy("Own addresses"), widget=forms.Textarea)

    def __init__(self, wallet: Wallet, data: Any = None) -> None:
        self.wallet = wallet
        super().__init__(data)

    def clean_addresses(self) -> list[ChainAddress]:
        lines = [line for line in self.cleaned_data["addresses"].splitlines() if line.strip()]
        if len(lines) > MOST_AT_ONCE:
            message = _("These are %(n)s lines; up to %(most)s can be added at once.")
            raise forms.ValidationError(message % {"n": len(lines), "most": MOST_AT_ONCE})
        found: dict[str, ChainAddress] = {}
        for line in lines:
            try:
                address = normalise(line)
            except AddressError as error:
                raise forms.ValidationError(str(error)) from None
            found[address.normalised] = address
        # In one order, so that two who add the same ones never wait for each other.
        return [found[key] for key in sorted(found)]

    def save(self, by: User) -> bool:
        try:
            with transaction.atomic():
                for address in self.cleaned_data["addresses"]:
                    add_own_address(self.wallet, address, by)
        except AddressTaken as taken:
            self.add_error("addresses", whose(taken.address))
            return False
        return True


def whose(address: Address) -> str:
    """Whose it is already, with the way there."""
    ledger, contact, wallet = address.ledger.slug, address.contact, address.wallet
    if contact:
        where = reverse("contact", args=[ledger, contact.pk])
        return owner_sentence(address, where, contact.name, _("a contact’s"))
    assert wallet
    where = reverse("wallet_addresses", args=[ledger, wallet.pk])
    return owner_sentence(address, where, wallet.name, _("another wallet’s"))


def owner_sentence(address: Address, where: str, name: str, kind: str | Promise) -> str:
    sentence = _("{address} is {kind} already: {owner}. Nothing was added.")
    link = format_html('<a href="{}">{}</a>', where, name)
    return format_html(sentence, address=address.shown, kind=kind, owner=link)
