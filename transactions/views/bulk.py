from typing import Any
from urllib.parse import urlencode, urlsplit

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from ledgers.undo import offer
from live.writers import Way, writing
from transactions.actions.reviewing import Seen
from transactions.forms.bulk import ACTS, WHICH, BulkForm
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
    offer(request, text, what, done, rule_url(request, what, done))
    return see_other(back(request))


def rule_url(request: LedgerRequest, what: str, done: dict[str, Any]) -> str:
    """Where the same becomes a rule, for what fits the filter of the list; if there is such."""
    acts: dict[str, dict[str, Any]] = {
        "labelled": {"then_label": done.get("label")},
        "named": {"then_contact": done.get("contact")},
        "bulk hidden": {"then_hide": 1} if done.get("hidden") else {},
    }
    given = acts.get(what)
    if not given or ("then_hide" in given and not request.membership.may(Role.EDITOR)):
        return ""
    query = "&".join(filter(None, [urlsplit(back(request)).query, urlencode(given)]))
    return f"{reverse('rule_new', args=[request.ledger.slug])}?{query}"


def show(request: LedgerRequest, form: BulkForm, status: int) -> HttpResponse:
    """How many rows it would be is said first."""
    context = {
        "form": form,
        "acts": [(act, text, act in WHICH and form[act]) for act, text in ACTS],
        "ids": form.ids,
        "selected": form.selected().count(),
        "all": form.all().order_by().count(),
        "labels": request.ledger.labels.all(),
        "contacts": request.ledger.contacts.all()[:500],
        "seen": request.POST.get("seen") or Seen.now(),
        "next": back(request),
    }
    return render(request, "transactions/bulk.html", context, status=status)
