"""What can be done to the selected transactions at once."""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.http import HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from live.admin import capped_count
from live.snapshot import snapshot
from transactions.actions import deleting
from transactions.models import Label, TransactionLabel
from transactions.models.transaction import TransactionQuerySet
from transactions.queries.export import as_csv
from txproject.localized import grouped

CHUNK = 5000  # rows of one statement


class LabelForm(forms.Form):
    label = forms.ModelChoiceField(Label.objects.none(), label=gettext_lazy("Label"))

    def __init__(self, ledger: int, data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["label"]
        field.queryset = Label.objects.filter(ledger=ledger)


@admin.action(description=gettext_lazy("Label the selected transactions"), permissions=["change"])
def label(model_admin: Any, request: Any, rows: Any) -> HttpResponse | None:
    ledgers = list(rows.order_by("ledger_id").values_list("ledger_id", flat=True).distinct()[:2])
    if len(ledgers) != 1:
        text = _("The selected transactions are of several ledgers; a label is of one.")
        model_admin.message_user(request, text, messages.ERROR)
        return None
    form = LabelForm(ledgers[0], request.POST if "label" in request.POST else None)
    if not form.is_valid():
        return asked(model_admin, request, rows, form)
    chosen = form.cleaned_data["label"]
    n = add_label(rows, chosen)
    text = ngettext("“%(label)s” added to %(n)s.", "“%(label)s” added to %(n)s.", n)
    model_admin.message_user(request, text % {"label": chosen, "n": grouped(n)}, messages.SUCCESS)
    return None


def asked(model_admin: Any, request: Any, rows: Any, form: LabelForm) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Label the selected transactions"),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "form": form,
        "n": capped_count(rows),
        "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "across": request.POST.get("select_across", "0"),
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/label_selected.html", context, status=status).render()


def add_label(rows: TransactionQuerySet, chosen: Label) -> int:
    """The number of rows that have it now; adding it twice is adding it once."""
    n = 0
    for keys in batched(rows.order_by().values_list("pk", flat=True).iterator(CHUNK), CHUNK):
        TransactionLabel.objects.bulk_create(
            [
                TransactionLabel(ledger_id=chosen.ledger_id, transaction_id=key, label=chosen)
                for key in keys
            ],
            ignore_conflicts=True,
        )
        n += len(keys)
    return n


def set_hidden(model_admin: Any, request: Any, rows: Any, hidden: bool) -> None:
    keys = rows.filter(hidden=not hidden).order_by().values("pk")
    stamp = {"edited_at": timezone.now(), "edited_by": request.user}
    n = model_admin.model.objects.filter(pk__in=keys).update(hidden=hidden, **stamp)
    text = (
        ngettext("%(n)s transaction hidden.", "%(n)s transactions hidden.", n)
        if hidden
        else ngettext("%(n)s transaction shown again.", "%(n)s transactions shown again.", n)
    )
    model_admin.message_user(request, text % {"n": grouped(n)}, messages.SUCCESS)


@admin.action(description=gettext_lazy("Hide the selected transactions"), permissions=["change"])
def hide(model_admin: Any, request: Any, rows: Any) -> None:
    set_hidden(model_admin, request, rows, hidden=True)


@admin.action(
    description=gettext_lazy("Show the selected transactions again"), permissions=["change"]
)
def unhide(model_admin: Any, request: Any, rows: Any) -> None:
    set_hidden(model_admin, request, rows, hidden=False)


@admin.action(
    description=gettext_lazy("Restore the selected deleted transactions"), permissions=["delete"]
)
def restore(model_admin: Any, request: Any, rows: Any) -> None:
    keys = rows.filter(deleted_at__isnull=False).order_by().values("pk")
    n = deleting.restore(model_admin.model.objects.filter(pk__in=keys), request.user)
    text = ngettext("%(n)s transaction restored.", "%(n)s transactions restored.", n)
    model_admin.message_user(request, text % {"n": grouped(n)}, messages.SUCCESS)


@admin.action(
    description=gettext_lazy("Export the selected transactions (CSV)"), permissions=["view"]
)
def export(model_admin: Any, request: Any, rows: Any) -> HttpResponse:
    """Nothing is held in memory and nothing is kept: lines are sent as they are read."""
    name = f"transactions-{timezone.now():%Y%m%d-%H%M}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    lines: Any = written(rows)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)  # type: ignore[return-value]


def written(rows: TransactionQuerySet) -> Iterator[str]:
    """From one snapshot: that of the request is over."""
    with snapshot():
        yield from as_csv(rows)
