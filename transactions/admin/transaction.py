from collections import defaultdict
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import DecimalField, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.models import Address, Contact, Wallet
from imports.models import ImportBatch
from ledgers.admin import (
    EDITED,
    LedgerRowAdmin,
    LedgerRowForm,
    OfLedger,
    SomeWithinLedger,
    chosen_ledger,
    ledgers_of,
)
from live.admin import admin_url, is_key
from transactions.admin.source_lines import SourceLineInline
from transactions.forms.by_hand import known_time
from transactions.models import Label, Status, Transaction, TransactionLabel
from transactions.models.transaction import AMOUNT_BOUND, AMOUNT_SCALE, ASSET_FIELDS, PARTS
from transactions.note_search import in_any_ledger, words_only
from transactions.search import (
    FEW,
    found_in,
    searchable_prefix,
    with_keys,
)
from txproject.text import visible

from . import actions

IMPORTED = (
    *("wallet", "own_address", "occurred_at", "status", "counterparty", "tx_hash", "group_key"),
    *(f"{part}_{what}" for part in PARTS for what in ("amount", "asset")),
    *("value_amount", "value_currency"),
)
KEPT = ("hidden", "source", "created_at", "deleted_at", *EDITED)


class OfThisLedger(admin.SimpleListFilter):
    """Choices of one ledger; none before that is chosen."""

    model: Any

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        ledger = chosen_ledger(request)
        rows = self.model.objects.filter(ledger=ledger) if ledger else self.model.objects.none()
        return [(str(row.pk), str(row)) for row in rows]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return self.narrow(queryset, self.value()) if self.value_known() else queryset

    def value_known(self) -> bool:
        return self.value() in dict(self.lookup_choices)

    def narrow(self, queryset: Any, key: Any) -> Any:
        return queryset.filter(**{str(self.parameter_name): key})


class OfWallet(OfThisLedger):
    title = gettext_lazy("wallet")
    parameter_name = "wallet"
    model = Wallet


class OfLabel(OfThisLedger):
    title = gettext_lazy("label")
    parameter_name = "label"
    model = Label

    def narrow(self, queryset: Any, key: Any) -> Any:
        labelled = TransactionLabel.objects.filter(label=key).values("transaction")
        return queryset.filter(pk__in=labelled)


class TransactionForm(LedgerRowForm):
    labels = forms.ModelMultipleChoiceField(
        Label.objects.all(), label=gettext_lazy("Labels"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["labels"] = list(self.instance.labels.all())

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "sent_amount" in self.fields:
            self.check_parts(data)
        return data

    def clean_occurred_at(self) -> datetime:
        return known_time(self.cleaned_data["occurred_at"])

    def check_parts(self, data: dict[str, Any]) -> None:
        """What the database holds too, said beside the field."""
        for amount, unit in [*((f"{p}_amount", f"{p}_asset") for p in PARTS), VALUE]:
            if amount in data and (data[amount] is None) != (not data.get(unit)):
                missing = amount if data[amount] is None else unit
                self.add_error(missing, _("An amount and what it is of belong together."))
        moved = [part for part in PARTS if data.get(f"{part}_amount") is not None]
        if not moved and not self.errors:
            self.add_error(None, _("A transaction moves something: sent, received or a fee."))
        if data.get("status") == Status.FAILED and set(moved) - {"fee"}:
            self.add_error("status", _("What failed moved nothing but its fee."))

    def _save_m2m(self) -> None:
        """Of a new row; the others are asked what was added and removed."""
        self.instance.relabel((label.pk for label in self.cleaned_data["labels"]), ())


VALUE = ("value_amount", "value_currency")


class Listed(ChangeList):
    """With the labels of the rows that are on the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        names = labels_of(self.result_list)
        for row in self.result_list:
            row.label_names = names[row.pk]


@admin.register(Transaction)
class TransactionAdmin(LedgerRowAdmin):
    form = TransactionForm
    fields = (
        *("ledger", "wallet", "own_address", "occurred_at", "type", "status"),
        *((f"{part}_amount", f"{part}_asset") for part in PARTS),
        VALUE,
        *("counterparty", "contact", "note", "tx_hash", "group_key"),
    )
    list_display = (
        *("occurred_at", "ledger", "wallet", "type", "sent", "received", "fee", "whom"),
        *("labelled", "status", "hidden", "deleted_at"),
    )
    list_select_related = (
        *("ledger", "wallet"),
        *ASSET_FIELDS,
        *("contact", "counterparty__contact", "counterparty__wallet"),
    )
    list_filter = (
        OfLedger,
        OfWallet,
        OfLabel,
        "type",
        "status",
        "hidden",
        ("deleted_at", admin.EmptyFieldListFilter),
    )
    # Newest first within its ledger: the order of an index, whichever ledger.
    ordering = ("ledger_id", "-occurred_at", "-pk")
    sortable_by = ()
    search_fields = ("tx_hash",)
    search_help_text = gettext_lazy(
        "The beginning of a hash or an address, a contact's name, or words of a note"
    )
    autocomplete_fields = (
        *("ledger", "wallet", "own_address", "counterparty", "contact"),
        *ASSET_FIELDS,
    )
    inlines = (SourceLineInline,)
    actions = (actions.label, actions.hide, actions.unhide, actions.restore, actions.export)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return Listed

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Labels are added here: a table of their own stands between."""
        return (*self.fields, "labels", *(KEPT if obj else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What a file says stays as it says it."""
        if not obj:
            return ()
        return ("ledger", *KEPT, *(IMPORTED if obj.batch_id else ()))

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if isinstance(db_field, DecimalField):
            digits = len(str(int(AMOUNT_BOUND))) - 1 + AMOUNT_SCALE
            kwargs |= {"min_value": 0, "max_digits": digits, "decimal_places": AMOUNT_SCALE}
        if db_field.name in ("tx_hash", "group_key"):
            kwargs["widget"] = forms.TextInput(attrs={"class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        if "labels" in form.base_fields:
            field = self.model._meta.get_field("labels")
            form.base_fields["labels"].widget = SomeWithinLedger(field, self.admin_site)
        return form

    def save_many(self, obj: Any, name: str, add: list[Any], remove: list[Any]) -> None:
        """`remove` are keys, as the form had them."""
        gone = (int(key) for key in remove if is_key(key))
        obj.relabel((label.pk for label in add), gone)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        text = search_term.strip()
        if text:
            queryset = queryset.filter(fitting(ledgers_of(request), text))
        return queryset, False

    def delete_model(self, request: Any, obj: Any) -> None:
        self.delete_queryset(request, Transaction.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: Any, queryset: Any) -> None:
        """A deleted row keeps its lines, so that its file does not bring it back."""
        now = timezone.now()
        rows = Transaction.objects.filter(pk__in=queryset.order_by().values("pk"))
        rows.alive().update(deleted_at=now, edited_at=now, edited_by=request.user)

    def consequences(self, obj: Any) -> tuple[list[str], list[str]]:
        return [_("It can be restored from the list of deleted transactions.")], []

    @admin.display(description=gettext_lazy("sent"))
    def sent(self, tx: Transaction) -> str:
        return part(tx, "sent")

    @admin.display(description=gettext_lazy("received"))
    def received(self, tx: Transaction) -> str:
        return part(tx, "received")

    @admin.display(description=gettext_lazy("fee"))
    def fee(self, tx: Transaction) -> str:
        return part(tx, "fee")

    @admin.display(description=gettext_lazy("counterparty"))
    def whom(self, tx: Transaction) -> str:
        address = tx.counterparty
        contact = tx.contact or (address and (address.contact or address.wallet))
        return str(contact or address or "")

    @admin.display(description=gettext_lazy("labels"))
    def labelled(self, tx: Transaction) -> str:
        return ", ".join(map(visible, tx.label_names))  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("import"))
    def source(self, tx: Transaction) -> str:
        if tx.batch is None:
            return _("Written by hand")
        url = reverse(admin_url(ImportBatch, "change"), args=[tx.batch.pk])
        return format_html('<a href="{}">{}</a>', url, tx.batch)


def part(tx: Transaction, name: str) -> str:
    """Nothing is rounded away; zeros at the end say nothing."""
    amount = getattr(tx, f"{name}_amount")
    if amount is None:
        return ""
    digits = f"{amount:f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits} {getattr(tx, f'{name}_asset')}"


def labels_of(rows: list[Transaction]) -> dict[int, list[str]]:
    """By their ledgers too, as the index has them."""
    found = TransactionLabel.objects.filter(
        ledger__in={row.ledger_id for row in rows}, transaction__in=[row.pk for row in rows]
    )
    names: dict[int, list[str]] = defaultdict(list)
    for row, name in found.order_by("label__name").values_list("transaction", "label__name"):
        names[row].append(name)
    return names


def fitting(ledgers: list[int], text: str) -> Q:
    """A few rows by their keys, each part found by its own index; more by what they have."""
    parts = conditions(ledgers, text)
    rows = Transaction.objects.filter(ledger__in=ledgers)
    found = found_in(rows.filter(part) for part in parts)
    return reduce(or_, parts) if found.keys is None else with_keys(found.keys)


def conditions(ledgers: list[int], text: str) -> list[Q]:
    named = Contact.objects.filter(ledger__in=ledgers, name__icontains=text).order_by()
    contact_keys = list(named.values_list("pk", flat=True))
    at = list(Address.objects.matching(ledgers, text).values_list("pk", flat=True)[:FEW])
    parts = [Q(counterparty__in=at), Q(own_address__in=at), Q(contact__in=contact_keys)]
    if searchable_prefix(text):
        parts.append(Q(group_key__istartswith=text) & ~Q(group_key=""))
    if words := words_only(text).split():
        parts.append(in_any_ledger(words))
    return parts
