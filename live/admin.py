"""Base classes of the admin: pages from one snapshot, lists of a million rows, no lost update."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property, wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.utils import display_for_field, quote
from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
)
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import IntegrityError, models
from django.db.models.deletion import CASCADE, DO_NOTHING, SET_NULL
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from live.forms import OptimisticLockForm
from live.snapshot import snapshot
from live.versions import Conflict, Versioned
from live.writers import Way, writing
from txproject.http import next_url
from txproject.localized import grouped
from txproject.text import isolated

MAX_COUNT = 10_000
MAX_NAMED = 5


class Site(admin.AdminSite):
    site_header = site_title = "txproject"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(in_snapshot(view), cacheable)

    @login_not_required
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one way in, with its limits and its second factor."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(next_url(request, "admin:index"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")


def in_snapshot(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A GET is read from one snapshot and rendered inside it."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "" in (request.GET.get(TO_FIELD_VAR), request.POST.get(TO_FIELD_VAR)):
            raise BadRequest("Django would look for a field without a name")
        if not all(map(is_key, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            raise BadRequest("Django would ask the database for what is no key")
        if request.method != "GET":
            with writing(Way.ADMIN, request.user):
                return view(request, *args, **kwargs)
        with snapshot():
            return rendered(view(request, *args, **kwargs))

    return entered


def rendered(response: HttpResponse) -> HttpResponse:
    return response.render() if isinstance(response, TemplateResponse) else response


class AtLeast(int):
    """A count that was not finished, and says so wherever it is written."""

    def __str__(self) -> str:
        return _("more than %(n)s") % {"n": grouped(self)}


def capped_count(rows: "models.QuerySet[Any]") -> int:
    """Exact up to MAX_COUNT."""
    n = rows.select_related(None).order_by().values("pk")[: MAX_COUNT + 1].count()
    return n if n <= MAX_COUNT else AtLeast(MAX_COUNT)


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Never counts more than MAX_COUNT rows, and joins only those of the page."""

    object_list: Any

    @cached_property
    def count(self) -> int:
        return capped_count(self.object_list)

    def page(self, number: int | str) -> "Page[Any]":
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        keys = list(self.object_list.values_list("pk", flat=True)[start : start + self.per_page])
        return Page(self.object_list.filter(pk__in=keys), number, self)


class StaleForm(Exception):
    def __init__(self, form: OptimisticLockForm) -> None:
        self.form = form


def is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 19


class KeysOnly(AutocompleteMixin):
    """What is no key chooses nothing: Django would ask the database for it, and fail."""

    def optgroups(self, name: str, value: Sequence[str], attrs: Any = None) -> Any:
        keys = [key for key in value if is_key(str(key))]
        return super().optgroups(name, keys, attrs)


class OneChoice(KeysOnly, AutocompleteSelect):
    pass


class SomeChoices(KeysOnly, AutocompleteSelectMultiple):
    pass


@cache
def column(model: type[models.Model], name: str) -> Any:
    """A column of a list; one of text shows what could not be seen in it."""
    field = next((field for field in model._meta.fields if field.name == name), None)
    if not isinstance(field, models.CharField | models.TextField) or field.choices:
        return name

    @admin.display(description=field.verbose_name, ordering=name)
    def text_of(obj: models.Model) -> SafeString:
        return isolated(getattr(obj, name))

    text_of.__name__ = name
    return text_of


class OptimisticLockAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Optimistic locking: writes only what was changed; on a conflict, shows both texts."""

    form = OptimisticLockForm
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    # Whoever may be here need not be a member of the row's ledger.
    view_on_site = False
    # Facets count every choice of every filter.
    show_facets = admin.ShowFacets.NEVER

    def get_list_display(self, request: HttpRequest) -> Any:
        model: Any = self.model
        return [column(model, name) for name in super().get_list_display(request)]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", OneChoice(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        if not change:
            return super().save_model(request, obj, form, change)
        try:
            if values := form.values():
                self.write(request, obj, form, values)
        except (Conflict, IntegrityError):
            raise StaleForm(form) from None

    def write(
        self, request: Any, obj: Any, form: OptimisticLockForm, values: dict[str, Any]
    ) -> None:
        rows: Any = self.model._default_manager
        if isinstance(obj, Versioned):
            rows.write(
                obj.pk, expected_version=form.cleaned_data["seen"], by=request.user, **values
            )
        elif not rows.filter(pk=obj.pk, **form.before()).update(**values):
            raise Conflict

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Adding and removing commute with what others do meanwhile."""
        if not change:
            return super().save_related(request, form, formsets, change)
        for name in form.many():
            self.save_many(form.instance, name, form.added(name), form.removed(name))
        for formset in formsets:  # rows beside this one are only shown; the log wants it asked
            self.save_formset(request, form, formset, change=change)

    def save_many(self, obj: Any, name: str, add: list[Any], remove: list[Any]) -> None:
        getattr(obj, name).add(*add)
        getattr(obj, name).remove(*remove)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except StaleForm as stale:
            with snapshot():
                return self.conflict(request, stale.form)
        except IntegrityError:
            if object_id is not None:
                raise
            self.message_user(request, _("Somebody has just saved the same."), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def conflict(self, request: HttpRequest, mine: OptimisticLockForm) -> HttpResponse:
        key = str(mine.instance.pk)
        row: Any = self.get_object(request, key)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, key)  # type: ignore[attr-defined,no-any-return]
        fresh = type(mine)(instance=row)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Somebody was faster"),
            "subtitle": str(row),
            "opts": self.opts,
            "original": row,
            "media": self.media + mine.media,
            "both": [both(mine, fresh, name) for name in mine.edited],
            "unchanged": [hidden(fresh, name) for name in fresh.fields if name not in mine.edited],
            "is_popup": "_popup" in request.POST,
            "change_url": reverse(admin_url(self.model, "change"), args=[quote(row.pk)]),
        }
        return TemplateResponse(request, "admin/conflict.html", context, status=409).render()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes, and what loses something, as numbers: a list could have a million lines."""
        if isinstance(objs, models.QuerySet) and isinstance(n := capped_count(objs), AtLeast):
            return [], {}, set(), [_("%(n)s rows: choose fewer.") % {"n": capfirst(str(n))}]
        summaries: list[Any] = []
        protected: list[str] = []
        for obj in objs:
            consequences, reasons = self.consequences(obj)
            summaries += [str(obj), consequences] if consequences else [str(obj)]
            protected += reasons
        lacking = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return summaries, {self.opts.verbose_name_plural: len(objs)}, lacking, protected

    def goes_along(self, model: type[models.Model]) -> bool:
        """Whether rows of this model that cannot be without the row are deleted with it."""
        return True

    def consequences(self, obj: Any) -> tuple[list[str], list[str]]:
        """What a deletion does to other rows, and what of it stands in its way."""
        summaries: list[str] = []
        protected: list[str] = []
        for relation, rows in pointing_at(obj):
            n = capped_count(rows)
            if n and relation.on_delete is SET_NULL:
                summaries.append(_("%(rows)s: no longer “%(name)s”") % named(obj, rows, n))
            elif n and relation.on_delete is CASCADE and self.goes_along(rows.model):
                summaries.append(_("%(rows)s: deleted too") % named(obj, rows, n))
            elif n:
                protected.append(_("“%(name)s” has %(rows)s.") % named(obj, rows, n))
        return summaries, protected


def both(mine: OptimisticLockForm, fresh: OptimisticLockForm, name: str) -> dict[str, Any]:
    """One field of a conflict. Saved again, it is taken to have shown what is there now."""
    field = mine[name]
    return {
        "field": field,
        "widget": field.as_widget(),
        "theirs": text(fresh.instance, name),
        "mine": text(mine.instance, name, mine.cleaned_data[name]),
        "shown": fresh[name].as_hidden(only_initial=True),
    }


def hidden(form: OptimisticLockForm, name: str) -> SafeString:
    """A field that is sent along as it is."""
    field = form[name]
    initial = field.as_hidden(only_initial=True) if field.field.show_hidden_initial else ""
    return format_html("{}{}", field.as_hidden(), initial)


def text(row: models.Model, name: str, several: Any = None) -> str:
    field: Any = row._meta.get_field(name)
    if field.many_to_many:
        several = getattr(row, name).all() if several is None else several
        return ", ".join(map(str, several)) or "–"
    return str(display_for_field(getattr(row, name), field, "–"))


def admin_url(model: type[models.Model], page: str) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"


def pointing_at(obj: models.Model) -> Iterable[tuple[Any, "models.QuerySet[Any]"]]:
    """Every relation to this row, with the rows; within the ledger, as the indexes are."""
    for relation in obj._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.on_delete is DO_NOTHING:
            continue
        rows = relation.related_model._default_manager.filter(**{relation.field.name: obj})
        own = {field.name for field in relation.related_model._meta.concrete_fields}
        if "ledger" in own and hasattr(obj, "ledger_id"):
            rows = rows.filter(ledger=obj.ledger_id)
        yield relation, rows


def named(obj: models.Model, rows: "models.QuerySet[Any]", n: int) -> dict[str, str]:
    """A few by name, the rest as a number."""
    meta = rows.model._meta
    kind = meta.verbose_name if n == 1 else meta.verbose_name_plural
    some = ", ".join(map(str, rows[:MAX_NAMED])) if n <= MAX_NAMED else "…"
    return {"name": str(obj), "rows": f"{n} {kind} ({some})" if n <= MAX_NAMED else f"{n} {kind}"}


class ReadOnly(admin.options.BaseModelAdmin):  # type: ignore[type-arg]
    """For what nobody writes by hand."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
