from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import ngettext

from ledgers.access import LedgerRequest, ledger_view
from ledgers.editing import Editor, Newer, still_there
from ledgers.models import Role
from live.versions import Conflict
from transactions.forms.labels import LabelForm, MergeForm, RemoveForm
from transactions.models import Label
from transactions.queries.labels import counted, use
from transactions.queries.listing import MAX_COUNT
from txproject.http import next_url, partial
from txproject.localized import grouped

LIST = "labels/list.html"
annotator = ledger_view(read=Role.ANNOTATOR, write=Role.ANNOTATOR)


@ledger_view()
def label_list(request: LedgerRequest) -> HttpResponse:
    context = {
        "labels": [shown(request, label) for label in counted(request.ledger)],
        "most": MAX_COUNT,
    }
    return render(request, f"{LIST}#labels" if partial(request) else LIST, context)


def shown(request: LedgerRequest, label: Any) -> dict[str, Any]:
    rows = reverse("transaction_list", args=[request.ledger.slug])
    return {
        "row": label,
        "n": label.n,
        "url": reverse("label", args=[request.ledger.slug, label.pk]),
        "rows_url": f"{rows}?{urlencode({'label': label.pk, 'hidden': 'all'})}",
    }


@annotator
def label_new(request: LedgerRequest) -> HttpResponse:
    new = Label(ledger=request.ledger)
    return page(request, "labels/edit.html").edit(new, LabelForm)


@annotator
def label(request: LedgerRequest, label: int) -> HttpResponse:
    return page(request, "labels/edit.html").edit(load(request, label), LabelForm)


@annotator
def label_merge(request: LedgerRequest, label: int) -> HttpResponse:
    return let_go(request, load(request, label), MergeForm, "labels/merge.html")


@annotator
def label_removed(request: LedgerRequest, label: int) -> HttpResponse:
    return let_go(request, load(request, label), RemoveForm, "labels/remove.html")


def let_go(
    request: LedgerRequest, row: Label, form_class: type[RemoveForm], template: str
) -> HttpResponse:
    """A label that is to be no more: says beforehand what that means, afterwards what it did."""
    editor = page(request, template, n=use(row))
    form = form_class(row, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return editor.show(form, row, status=422 if form.is_bound else 200)
    try:
        messages.success(request, done(row, form, form.save()))
    except Conflict:
        now = still_there(row)
        newer = Newer.of(now, f"{now.name}, {now.get_colour_display()}")
        return editor.show(form_class(now), now, status=409, newer=newer)
    return editor.saved()


def done(row: Label, form: RemoveForm, n: int) -> str:
    into = form.cleaned_data.get("into")
    if into:
        text = ngettext(
            "“%(name)s” is “%(into)s” now, on %(n)s transaction.",
            "“%(name)s” is “%(into)s” now, on %(n)s transactions.",
            n,
        )
    else:
        text = ngettext(
            "“%(name)s” is deleted; %(n)s transaction lost it.",
            "“%(name)s” is deleted; %(n)s transactions lost it.",
            n,
        )
    return text % {"name": row.name, "into": into, "n": grouped(n)}


def load(request: LedgerRequest, pk: int) -> Label:
    rows = request.ledger.labels.select_related("edited_by", "ledger")
    return get_object_or_404(rows, pk=pk)


def page(request: LedgerRequest, template: str, **more: Any) -> Editor:
    back = next_url(request, reverse("label_list", args=[request.ledger.slug]))
    return Editor(request, template, back, more)
