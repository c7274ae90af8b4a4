"""What is new, and that somebody has looked at it."""

from functools import cache, partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from history.models import Entry
from history.presentation import Presenter, Rows
from history.queries import last_of
from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import ReviewsBy, Role
from ledgers.undo import offer
from transactions.actions import reviewing
from transactions.models import MAX_NEW, NewRow, Transaction
from transactions.queries.listing import int_or
from transactions.queries.review import count_new
from transactions.views.editing import back
from txproject.http import partial as htmx_partial
from txproject.http import see_other

LARGEST = (1 << 63) - 1


@ledger_view(read=None, write=Role.ANNOTATOR)
def reviewed(request: LedgerRequest, pk: int) -> HttpResponse:
    """What was `seen`, or new again where nothing is said to be."""
    rows = request.ledger.transactions.alive().filter(pk=pk)
    get_object_or_404(rows.only("pk"))
    if "seen" not in request.POST:
        n, done = reviewing.renew(request.ledger, rows)
        offer(request, reviewing.renewed(n), "renewed", done)
        return see_other(back(request))
    seen = min(int_or(request.POST["seen"], 0), LARGEST)
    n, done = reviewing.review_one(request.ledger, pk, seen)
    if n:
        offer(request, _("Reviewed."), "reviewed", done)
    elif NewRow.objects.of(request.ledger).filter(transaction=pk).exists():
        messages.warning(request, _("It was changed since you saw it, so it is still new."))
    else:
        messages.success(request, _("It is reviewed already."))
    return see_other(back(request))


@ledger_view(read=Role.ANNOTATOR)
def review_count(request: LedgerRequest) -> HttpResponse:
    """What open pages ask for again."""
    if not htmx_partial(request):
        where = reverse("transaction_list", args=[request.ledger.slug])
        return see_other(f"{where}?review=new")
    return render(request, "review/count.jinja", using="jinja")


@ledger_view(read=None, write=Role.OWNER)
def reviews_by(request: LedgerRequest) -> HttpResponse:
    """Whoever sets the same at once agrees, so there is no version to compare."""
    each = request.POST.get("by") == ReviewsBy.PERSON
    by = ReviewsBy.PERSON if each else ReviewsBy.LEDGER
    stamp = {"edited_at": timezone.now(), "edited_by": request.user}
    reviewing.set_reviews_by(request.ledger, by, **stamp)
    if each:
        messages.success(request, _("Each member reviews for himself from now on."))
    else:
        messages.success(request, _("One member reviews for all from now on."))
    return see_other(reverse("ledger_settings", args=[request.ledger.slug]))


def news(request: HttpRequest) -> dict[str, Any]:
    """For the frame of every page: how many rows are new, asked when it is shown, and once."""
    membership = getattr(request, "membership", None)
    if membership is None or not membership.may(Role.ANNOTATOR):
        return {}
    return {"most_new": MAX_NEW, "news": cache(partial(count_new, request.ledger))}  # type: ignore[attr-defined]


def review_of(request: LedgerRequest, tx: Transaction) -> dict[str, Any]:
    """What the page of a transaction says: whether it is new, what was changed, who has reviewed
    it."""
    waiting = NewRow.objects.of(request.ledger).filter(transaction=tx).first()
    told = Entry.objects.filter(ledger=request.ledger, object_id=tx.pk)
    presenter = Presenter(request.ledger, request.membership)
    there: Rows = {(kind, tx.pk): tx for kind in (Entry.Kind.TRANSACTION, Entry.Kind.REVIEW)}
    since: list[Entry] = []
    if waiting and waiting.why == NewRow.Why.CHANGED:
        since = last_of(told.filter(kind=Entry.Kind.TRANSACTION, at__gte=waiting.since))
    return {
        "waiting": waiting,
        "changed_since": presenter.acts(since, there),
        "reviews": presenter.acts(last_of(told.filter(kind=Entry.Kind.REVIEW)), there),
    }
