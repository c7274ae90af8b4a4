from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render

from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from ledgers.undo import offer
from live.writers import Way, writing
from transactions.actions.reviewing import newest
from transactions.forms.bulk import ACTS, BulkForm
from transactions.views.editing import back
from txproject.http import see_other


@ledger_view(read=Role.ANNOTATOR, write=Role.ANNOTATOR)
def bulk(request: LedgerRequest) -> HttpResponse:
    given, post = (request.POST, True) if request.method == "POST" else (request.GET, False)
    form = BulkForm(request.ledger, given, back(request), bound=post)
    if not post or not form.is_valid():
        return show(request, form, status=422 if post else 200)
    with transaction.atomic(), writing(Way.BULK, request.user):
        text, what, done = form.save(by=request.user)
    offer(request, text, what, done)
    return see_other(back(request))


def show(request: LedgerRequest, form: BulkForm, status: int) -> HttpResponse:
    """How many rows it would be is said first."""
    context = {
        "form": form,
        "acts": ACTS,
        "ids": form.ids,
        "selected": form.selected().count(),
        "all": form.all().order_by().count(),
        "labels": request.ledger.labels.all(),
        "contacts": request.ledger.contacts.all()[:500],
        "seen": request.POST.get("seen") or newest(request.ledger),
        "next": back(request),
    }
    return render(request, "transactions/bulk.html", context, status=status)
