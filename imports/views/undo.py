"""Undoing an import: first what people have done to its rows, then the act, which can be undone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports.pipeline.undo import KEPT_FOR, can_redo, redo, undo, work_on
from imports.tasks import bring_back, take_out
from imports.uploads.queue import queue_undo
from imports.views.history import load
from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from txproject.http import see_other
from txproject.localized import grouped

AT_ONCE = 20_000  # rows; more are a worker's job


@ledger_view(read=Role.EDITOR, write=Role.EDITOR)
def import_undone(request: LedgerRequest, batch: int) -> HttpResponse:
    row = load(request, batch)
    if request.method != "POST":
        rows = request.ledger.transactions.alive().filter(batch=row).count()
        context = {"batch": row, "rows": rows, "work": work_on(row), "days": KEPT_FOR.days}
        return render(request, "imports/undo.html", context)
    keep = "keep" in request.POST
    if row.transactions > AT_ONCE:
        queue_undo(row, take_out, request.user, keep=keep)
    else:
        n = undo(row, request.user, keep)
        text = ngettext("%(n)s row was taken out.", "%(n)s rows were taken out.", n)
        messages.success(request, text % {"n": grouped(n)})
    return see_other(reverse("import_batch", args=[request.ledger.slug, row.pk]))


@ledger_view(read=None, write=Role.EDITOR)
def import_redone(request: LedgerRequest, batch: int) -> HttpResponse:
    row = load(request, batch)
    if can_redo(row) and row.transactions > AT_ONCE:
        queue_undo(row, bring_back, request.user)
    elif can_redo(row):
        n = redo(row, request.user)
        text = ngettext("%(n)s row is back.", "%(n)s rows are back.", n)
        if not n:
            text = _("This import counts again. Its rows are those of a later one, and stay there.")
        messages.success(request, text % {"n": grouped(n)})
    return see_other(reverse("import_batch", args=[request.ledger.slug, row.pk]))
