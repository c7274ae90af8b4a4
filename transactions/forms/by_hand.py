"""Transactions that a person wrote himself. What a file said is corrected by hiding, not here."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from django import forms
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.chains import AddressError, normalise
from contacts.models import Address, Contact, Wallet
from ledgers.models import Ledger, User
from ledgers.naming import named, refuse_unseen
from transactions.forms.editors import NOTE_LENGTH, LabelKeys, Names, label_keys
from transactions.models import Asset, Status, Transaction, TransactionType
from transactions.models.transaction import AMOUNT_SCALE, PARTS
from txproject.localized import NumberField, number

MOMENT = "%Y-%m-%dT%H:%M:%S"
# Told by its identity from a zone that the text itself names.
ANY_ZONE = ZoneInfo("UTC")
# In any zone Python has them, which does not read what PostgreSQL has beyond.
YEARS = range(1970, 9999)
# What was seen; and labels, which are added and removed.
NOT_COMPARED = ("version", "key", "contact_was", "label", "was", "new")
PLAIN = {"attrs": {"class": "form-control", "autocomplete": "off"}}


class MomentField(forms.DateTimeField):
    """In the zone of the ledger, to the second. Of a time that came twice, as the clock was put
    back, the first is taken, and one that did not exist as if it had not been put forward yet, as
    imports take them."""

    widget = forms.DateTimeInput(
        format=MOMENT, attrs={"type": "datetime-local", "step": "1", "class": "form-control"}
    )

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(ANY_ZONE):  # Django refuses both
            at = super().to_python(value)
        local = at is not None and at.tzinfo is ANY_ZONE
        return at.replace(tzinfo=timezone.get_current_timezone()) if at and local else at


def amount_field(label: Any) -> NumberField:
    return NumberField(
        label=label,
        required=False,
        min_value=0,
        max_digits=78 + AMOUNT_SCALE,
        decimal_places=AMOUNT_SCALE,
        widget=forms.TextInput(attrs=PLAIN["attrs"] | {"inputmode": "decimal"}),
    )


def asset_field() -> forms.CharField:
    widget = forms.TextInput(attrs=PLAIN["attrs"] | {"list": "assets", "spellcheck": "false"})
    return forms.CharField(label=_("Asset"), required=False, max_length=100, widget=widget)


def asset_text(asset: Asset | None) -> str:
    """How the form names an asset: a token with its contract."""
    return f"{asset.symbol} {asset.contract}".strip() if asset else ""


class ManualTransactionForm(forms.Form):
    """One transaction, of the ledger's own assets and wallets. Times are in the ledger's zone.

    A new one is written once, however often its form is sent; then `is_twice`."""

    is_twice = False

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    occurred_at = MomentField(label=_("Time"))
    wallet = forms.ModelChoiceField(
        Wallet.objects.none(),
        label=_("Wallet"),
        empty_label=pgettext_lazy("wallet", "which one?"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    type = forms.ChoiceField(
        label=_("Type"),
        choices=TransactionType.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    sent_amount = amount_field(_("Out"))
    sent_asset = asset_field()
    received_amount = amount_field(_("In"))
    received_asset = asset_field()
    fee_amount = amount_field(_("Fee"))
    fee_asset = asset_field()
    counterparty = forms.CharField(
        label=_("Counterparty’s address"),
        required=False,
        widget=forms.TextInput(attrs=PLAIN["attrs"] | {"spellcheck": "false"}),
    )
    tx_hash = forms.CharField(
        label=_("Hash"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=PLAIN["attrs"] | {"spellcheck": "false"}),
    )

    contact_name = forms.CharField(
        label=_("Contact"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=PLAIN["attrs"] | {"list": "contacts"}),
        help_text=_(
            "With an address that nobody has named yet, every transaction with it gets the name."
        ),
    )
    contact_was = forms.CharField(required=False, widget=forms.HiddenInput)
    label = LabelKeys(label=_("Labels"), required=False, widget=forms.CheckboxSelectMultiple)
    was = LabelKeys(required=False, widget=forms.MultipleHiddenInput)
    new = Names(label=_("New labels, with commas between them"), required=False)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )

    def __init__(self, ledger: Ledger, row: Transaction | None, data: Any = None) -> None:
        self.ledger, self.row = ledger, row
        fresh = {"occurred_at": timezone.now(), "key": uuid4()}
        super().__init__(data, initial=initial_values(row) if row else fresh)
        usable = Q(archived_at=None) | Q(pk=row.wallet_id if row else 0)
        self.fields["wallet"].queryset = ledger.wallets.filter(usable)  # type: ignore[attr-defined]
        self.fields["label"].of(ledger)  # type: ignore[attr-defined]

    def clean_occurred_at(self) -> datetime:
        was = self.row.occurred_at if self.row else None
        return known_time(self.cleaned_data["occurred_at"], was)

    def clean_contact_name(self) -> str:
        name = " ".join(self.cleaned_data["contact_name"].split())
        refuse_unseen(name, known=self.ledger.contacts)
        return name

    def clean_new(self) -> list[str]:
        names: list[str] = self.cleaned_data["new"]
        for name in names:
            refuse_unseen(name, known=self.ledger.labels)
        return names

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).replace("\r\n", "\n")

    def clean_counterparty(self) -> Any:
        text = self.cleaned_data["counterparty"].strip()
        try:
            return normalise(text) if text else None
        except AddressError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> None:
        for part in PARTS:
            self.clean_part(part)
        given = [part for part in PARTS if self.cleaned_data.get(f"{part}_amount") is not None]
        if not given and not self.errors:
            raise forms.ValidationError(_("Nothing moved yet: say what went out, in, or as a fee."))
        if self.row and self.row.status == Status.FAILED and given != ["fee"] and not self.errors:
            raise forms.ValidationError(_("A failed transaction keeps its fee and nothing else."))

    def clean_part(self, part: str) -> None:
        """An amount and its asset, or neither."""
        amount = self.cleaned_data.get(f"{part}_amount")
        text = (self.cleaned_data.get(f"{part}_asset") or "").strip()
        if amount is None and text and f"{part}_amount" not in self.errors:
            self.add_error(f"{part}_amount", _("How much of it?"))
        elif amount is not None and not text:
            self.add_error(f"{part}_asset", _("Of which asset?"))
        elif text:
            self.cleaned_data[f"{part}_asset"] = self.asset(part, text)

    def asset(self, part: str, text: str) -> Asset:
        try:
            return asset_named(self.ledger, text)
        except forms.ValidationError as error:
            self.add_error(f"{part}_asset", error)
            return Asset(ledger=self.ledger)

    def save(self, by: User) -> Transaction:
        """The transaction that was made or corrected; Conflict if it has a newer version."""
        try:
            return self.saved(by)
        except IntegrityError:
            key = self.form_key()
            before = key and self.ledger.transactions.filter(form_key=key).first()
            if not before:
                raise
            self.is_twice = True
            return before

    def form_key(self) -> UUID | None:
        """Of its key and of all that was sent: who came back to the form and writes something else
        in it writes another transaction. None of a correction, which has a version."""
        key: UUID | None = self.cleaned_data["key"]
        sent = [self.data.getlist(name) for name in sorted(self.fields)]  # type: ignore[attr-defined]
        return uuid5(key, repr(sent)) if key and self.row is None else None

    def saved(self, by: User) -> Transaction:
        with transaction.atomic():
            values = self.values()
            values["contact"] = self.contact(values["counterparty"], by)
            row = self.write(values, by)
            chosen, was = self.cleaned_data["label"], self.cleaned_data["was"]
            row.relabel(add=chosen - was, remove=was - chosen, new=self.cleaned_data["new"])
            return row

    def write(self, values: dict[str, Any], by: User) -> Transaction:
        if self.row is None:
            stamp = {"edited_at": timezone.now(), "edited_by": by}
            stamp["form_key"] = self.form_key()
            return Transaction.objects.create(ledger=self.ledger, **stamp, **values)
        seen = self.cleaned_data["version"] or 0
        Transaction.objects.write(self.row.pk, expected_version=seen, by=by, **values)
        return self.row

    def contact(self, address: Address | None, by: User) -> Contact | None:
        """The contact of this transaction only; None where the address's own name says it."""
        name = self.cleaned_data["contact_name"]
        if (
            self.row
            and name == self.cleaned_data["contact_was"]
            and address == self.row.counterparty
        ):
            kept: Contact | None = self.row.contact
            return kept  # who has corrected something else says nothing of it
        contact = named(Contact, self.ledger.pk, name) if name else None
        if contact is None or address is None:
            return contact
        if not address.is_assigned:
            address.assign(contact, "", by)
            return None
        return None if address.contact_id == contact.pk else contact

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        plain = ("occurred_at", "wallet", "type", "tx_hash", "note")
        values = {name: given[name] for name in plain} | {"group_key": given["tx_hash"]}
        for part in PARTS:
            values[f"{part}_amount"] = normalised(given[f"{part}_amount"])
            values[f"{part}_asset"] = saved_asset(given[f"{part}_asset"] or None)
        return values | {"counterparty": self.address()}

    def address(self) -> Address | None:
        found = self.cleaned_data["counterparty"]
        if found is None:
            return None
        defaults = {"family": found.family, "shown": found.shown}
        at, _made = self.ledger.addresses.get_or_create(
            normalised=found.normalised, defaults=defaults
        )
        return at


def known_time(at: datetime, was: datetime | None = None) -> datetime:
    """As it `was` where it is the same to the second: the hour may come twice."""
    if at.year not in YEARS:
        raise forms.ValidationError(_("There is no such time."))
    return was if was and field_text(was) == field_text(at) else at


def doubt_of(at: datetime) -> str:
    """Why a time in the zone of the ledger may be another one than was meant; empty for nearly
    all."""
    first, second = at.utcoffset(), at.replace(fold=1).utcoffset()
    if first == second or first is None or second is None:
        return ""
    if first > second:
        return str(_("The clock was put back, so this time came twice: the first is taken."))
    return str(
        _(
            "The clock was put forward, so this time did not exist: it is taken as if the clock"
            " had not been changed yet."
        )
    )


def asset_named(ledger: Ledger, text: str) -> Asset:
    """A coin by its symbol, new if need be; a token by symbol and contract."""
    symbol, contract = text, ""
    if not ledger.assets.filter(symbol=text).exists():
        symbol, _space, contract = text.partition(" ")
    found = list(ledger.assets.filter(symbol=symbol))
    exact = [asset for asset in found if asset.contract.lower() == contract.strip().lower()]
    if exact:
        return exact[0]
    if contract:
        raise forms.ValidationError(_("There is no such token in this ledger."))
    if len(found) > 1:
        message = _("There are %(n)s tokens “%(symbol)s”: add the contract.")
        raise forms.ValidationError(message, params={"n": len(found), "symbol": symbol})
    return found[0] if found else Asset(ledger=ledger, symbol=symbol)


def saved_asset(asset: Asset | None) -> Asset | None:
    """The asset as it is in the database; a new coin is made."""
    if asset is None or asset.pk:
        return asset
    return Asset.objects.get_or_create(ledger=asset.ledger, symbol=asset.symbol, contract="")[0]


def normalised(amount: Decimal | None) -> Decimal | None:
    """Without zeros at its end, as an import writes it."""
    return None if amount is None else Decimal(f"{amount.normalize():f}")


def initial_values(row: Transaction) -> dict[str, Any]:
    values: dict[str, Any] = {
        "version": row.version,
        "occurred_at": row.occurred_at,
        "wallet": row.wallet_id,
        "type": row.type,
        "counterparty": row.counterparty.shown if row.counterparty else "",
        "tx_hash": row.tx_hash,
        "contact_name": (name := contact_name(row)),
        "contact_was": name,
        "label": (labels := label_keys(row)),
        "was": labels,
        "note": row.note,
    }
    for part in PARTS:
        amount = getattr(row, f"{part}_amount")
        values[f"{part}_amount"] = None if amount is None else number(f"{amount:f}")
        values[f"{part}_asset"] = asset_text(getattr(row, f"{part}_asset"))
    return values


def contact_name(row: Transaction) -> str:
    contact = row.contact or (row.counterparty.contact if row.counterparty else None)
    return contact.name if contact else ""


@dataclass
class Difference:
    """A field that somebody else has changed meanwhile, in both texts."""

    label: str
    theirs: str
    mine: str


def differences(form: ManualTransactionForm, current: Transaction) -> list[Difference]:
    found = []
    fresh = ManualTransactionForm(form.ledger, current)
    for name, field in form.fields.items():
        if name in NOT_COMPARED:
            continue
        theirs, mine = field_text(fresh[name].initial), field_text(form[name].value())
        if name == "wallet":
            theirs, mine = (str(dict(field.choices).get(v, v)) for v in (theirs, mine))  # type: ignore[attr-defined]
        if theirs != mine:
            found.append(Difference(str(field.label), theirs, mine))
    return found


def field_text(value: Any) -> str:
    if hasattr(value, "strftime"):
        return str(timezone.localtime(value).strftime(MOMENT))
    return "" if value is None else str(value)
