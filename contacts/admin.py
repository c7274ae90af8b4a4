from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.chains import FAMILIES, AddressError, normalise
from contacts.models import Address, Contact, Wallet
from ledgers.admin import (
    EDITED,
    LedgerRowAdmin,
    LedgerRowForm,
    OfLedger,
    chosen_ledger,
    ledgers_of,
    link_to,
)


class WithAddresses(LedgerRowAdmin):
    @admin.display(description=gettext_lazy("addresses"))
    def addresses(self, obj: Any) -> SafeString:
        what = {"ledger": obj.ledger_id, str(self.opts.model_name): obj.pk}
        return link_to(Address, _("Addresses of “%s”") % obj, **what)


@admin.register(Contact)
class ContactAdmin(WithAddresses):
    fields = ("ledger", "name", "note", "addresses", "created_at", *EDITED)
    readonly_fields = ("addresses", "created_at", *EDITED)
    list_display = ("name", "ledger", "created_at", "edited_at", "edited_by")
    list_select_related = ("ledger", "edited_by")
    search_fields = ("name", "note")
    autocomplete_fields = ("ledger",)


@admin.register(Wallet)
class WalletAdmin(WithAddresses):
    fields = ("ledger", "name", "kind", "archived_at", "addresses", "created_at", *EDITED)
    readonly_fields = ("addresses", "created_at", *EDITED)
    list_display = ("name", "ledger", "kind", "archived_at", "created_at")
    list_select_related = ("ledger",)
    list_filter = (OfLedger, "kind", ("archived_at", admin.EmptyFieldListFilter))
    search_fields = ("name",)
    autocomplete_fields = ("ledger",)


class OfFamily(admin.SimpleListFilter):
    """The families that are known: looking which of them occur reads every address."""

    title = gettext_lazy("chain family")
    parameter_name = "family"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, str(family.name)) for name, family in FAMILIES.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(family=self.value()) if self.value() else queryset


class AddressForm(LedgerRowForm):
    """Whose an address is can be changed; which address it is cannot."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("contact") and data.get("wallet"):
            self.add_error("wallet", _("An address is a contact's or a wallet's, not both."))
        if "shown" in data:
            self.read(data["shown"])
        return data

    def read(self, text: str) -> None:
        try:
            found = normalise(text)
        except AddressError as error:
            self.add_error("shown", str(error))
            return
        self.cleaned_data["shown"] = found.shown
        self.instance.family, self.instance.normalised = found.family, found.normalised


@admin.register(Address)
class AddressAdmin(LedgerRowAdmin):
    form = AddressForm
    fields = ("ledger", "shown", "contact", "wallet", "note")
    list_display = ("shown", "ledger", "family", "contact", "wallet")
    list_select_related = ("ledger", "contact", "wallet")
    list_filter = (
        OfLedger,
        OfFamily,
        ("contact", admin.EmptyFieldListFilter),
        ("wallet", admin.EmptyFieldListFilter),
    )
    # The order of an index, whichever ledger: others would sort a million rows.
    ordering = ("ledger_id", "normalised")
    sortable_by = ()
    search_fields = ("normalised",)
    search_help_text = gettext_lazy("The beginning of an address, or a part of its contact's name")
    autocomplete_fields = ("ledger", "contact", "wallet")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.fields, "family", *EDITED) if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("ledger", "shown", "family", *EDITED) if obj else ()

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "shown":
            kwargs["widget"] = forms.TextInput(attrs={"class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        chosen = chosen_ledger(request)
        if "field_name" in request.GET and chosen:
            queryset = queryset.filter(ledger=chosen)
        if search_term.strip():
            found = Address.objects.matching(ledgers_of(request), search_term.strip())
            queryset = queryset.filter(pk__in=found)
        return queryset, False

    def consequences(self, obj: Address) -> tuple[list[str], list[str]]:
        """An address that transactions name stays: it is what their source says."""
        told, _protected = super().consequences(obj)
        return [], told
