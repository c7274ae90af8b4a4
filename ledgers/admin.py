from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import admin as auth
from django.contrib.auth.forms import UserChangeForm
from django.db import models, transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledgers.models import LastOwner, Ledger, Membership, Role, User
from live.admin import OneChoice, OptimisticLockAdmin, ReadOnly, SomeChoices, admin_url
from live.forms import OptimisticLockForm

EDITED = ("version", "edited_at", "edited_by")


def link_to(model: Any, text: Any, **filters: Any) -> SafeString:
    """The list of these rows."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return format_html(
        '<a href="{}?{}">{}</a>', reverse(admin_url(model, "changelist")), query, text
    )


class OfLedger(admin.SimpleListFilter):
    title = gettext_lazy("ledger")
    parameter_name = "ledger"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Ledger.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        known = self.value() in dict(self.lookup_choices)
        return queryset.filter(ledger=self.value()) if known else queryset


def chosen_ledger(request: HttpRequest) -> int | None:
    """The one that a list is filtered by, or whose rows a field offers."""
    text = request.GET.get("ledger", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def ledgers_of(request: HttpRequest) -> list[int]:
    """The chosen one or all of them: the indexes of a ledger's rows all begin with the ledger."""
    chosen = chosen_ledger(request)
    return [chosen] if chosen else list(Ledger.objects.order_by().values_list("pk", flat=True))


class WithinLedger:
    """A choice that offers the rows of one ledger, as soon as that is known."""

    ledger: int | None = None

    def get_url(self) -> str:
        url: str = super().get_url()  # type: ignore[misc]
        return f"{url}?ledger={self.ledger}" if self.ledger else url


class OneWithinLedger(WithinLedger, OneChoice):
    pass


class SomeWithinLedger(WithinLedger, SomeChoices):
    pass


class LedgerRowForm(OptimisticLockForm):
    """What the row points at is of its ledger: the database would refuse anything else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.related = {
            name: field
            for name, field in self.fields.items()
            if isinstance(field, forms.ModelChoiceField) and has_ledger(field.queryset)
        }
        if self.instance.ledger_id:
            for field in self.related.values():
                within(field, self.instance.ledger_id)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        ledger = self.instance.ledger_id or getattr(data.get("ledger"), "pk", None)
        for name, field in self.related.items():
            several = isinstance(field, forms.ModelMultipleChoiceField)
            chosen: Any = data.get(name)
            for each in (chosen or ()) if several else (chosen,):
                if each and each.ledger_id != ledger:
                    message = _("“%(name)s” is of the ledger “%(ledger)s”.")
                    self.add_error(name, message % {"name": each, "ledger": each.ledger})
        return data


def has_ledger(rows: "models.QuerySet[Any] | None") -> bool:
    return rows is not None and rows.model is not Ledger and hasattr(rows.model, "ledger_id")


def within(field: Any, ledger: int) -> None:
    field.queryset = field.queryset.filter(ledger=ledger)
    field.error_messages["invalid_choice"] = _("This ledger has no such row any more.")
    widget = getattr(field.widget, "widget", field.widget)
    if isinstance(widget, WithinLedger):
        widget.ledger = ledger


class LedgerRowAdmin(OptimisticLockAdmin):
    """A row never changes its ledger."""

    form = LedgerRowForm
    list_filter: ClassVar[Any] = (OfLedger,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "ledger"] if obj else fixed

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name != "ledger" and db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = OneWithinLedger(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """The field of a form asks for its ledger's rows."""
        ledger = chosen_ledger(request)
        if "field_name" in request.GET and ledger:
            queryset = queryset.filter(ledger=ledger)
        return super().get_search_results(request, queryset, search_term)


class UserForm(OptimisticLockForm, UserChangeForm):  # type: ignore[type-arg]
    pass


@admin.register(User)
class UserAdmin(OptimisticLockAdmin, auth.UserAdmin):  # type: ignore[type-arg]
    form = UserForm
    readonly_fields = ("last_login", "date_joined")

    def consequences(self, obj: User) -> tuple[list[str], list[str]]:
        summaries, protected = super().consequences(obj)
        message = _("“%(user)s” is the only owner of “%(ledger)s”.")
        alone = [ledger for ledger in obj.ledgers.all() if only_owner(ledger, obj)]
        return summaries, protected + [message % {"user": obj, "ledger": each} for each in alone]


def only_owner(ledger: Ledger, user: User) -> bool:
    owners = ledger.memberships.filter(role=Role.OWNER)
    return owners.filter(user=user).exists() and not owners.exclude(user=user).exists()


class MembershipInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    fields = ("user", "role")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", "ledger")


@admin.register(Ledger)
class LedgerAdmin(OptimisticLockAdmin):
    list_display = ("name", "slug", "time_zone", "created_at")
    search_fields = ("name", "slug")
    fields = ("name", "slug", "time_zone", "keeps_files")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MembershipInline,)

    def goes_along(self, model: type[models.Model]) -> bool:
        return model is Membership


class MembershipForm(OptimisticLockForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        row = self.instance
        demoted = row.pk and data.get("role") != Role.OWNER
        if demoted and lonely(row):
            self.add_error("role", _("A ledger keeps at least one owner."))
        return data


def lonely(membership: Membership) -> bool:
    """Whether it is the ledger's only owner's. Two who go at once wait for each other here."""
    ledger = Ledger.objects.select_for_update(no_key=True).get(pk=membership.ledger_id)
    return only_owner(ledger, membership.user)


@admin.register(Membership)
class MembershipAdmin(OptimisticLockAdmin):
    form = MembershipForm
    fields = ("ledger", "user", "role")
    list_display = ("ledger", "user", "role")
    list_filter = ("role", OfLedger)
    list_select_related = ("ledger", "user")
    ordering = ("ledger__name", "user__username", "pk")
    search_fields = ("user__username", "ledger__name")
    autocomplete_fields = ("ledger", "user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("ledger", "user") if obj else ()

    def delete_model(self, request: Any, obj: Membership) -> None:
        obj.ledger.remove(obj)

    def delete_queryset(self, request: Any, queryset: Any) -> None:
        with transaction.atomic():
            for membership in queryset.select_related("ledger"):
                membership.ledger.remove(membership)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return self.keeping_an_owner(request, super().changelist_view, request, extra_context)

    def delete_view(self, request: Any, object_id: str, extra_context: Any = None) -> Any:
        return self.keeping_an_owner(
            request, super().delete_view, request, object_id, extra_context
        )

    def keeping_an_owner(self, request: HttpRequest, view: Any, *args: Any) -> Any:
        """Of two owners who are chosen, or who go at once, one stays, and with him the other."""
        try:
            return view(*args)
        except LastOwner:
            text = _("Nothing was deleted: a ledger keeps at least one owner.")
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def consequences(self, obj: Membership) -> tuple[list[str], list[str]]:
        summaries, protected = super().consequences(obj)
        keeps = (
            [_("A ledger keeps at least one owner.")] if only_owner(obj.ledger, obj.user) else []
        )
        return summaries, protected + keeps
