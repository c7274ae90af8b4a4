"""Saved views: listed, opened, made, changed, put in order, deleted; what a ledger begins with.

A view is a name for a URL: to open it is to be led there, with `view` in it, by which the page
knows what to compare itself with.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from ledgers.access import LedgerRequest, ledger_view
from ledgers.editing import Editor
from ledgers.models import Role
from ledgers.undo import offer
from transactions.actions.saved_views import delete, move
from transactions.forms.saved_views import OwnViewForm, SavedViewForm
from transactions.models import SavedView, StartView
from transactions.queries.listing import MAX_COUNT, is_small
from transactions.queries.saved_views import counted, normalised
from transactions.views.bar import bar_of
from txproject.http import next_url, partial, see_other

LIST, EDIT = "views/list.html", "views/edit.html"
STEPS = {"up": -1, "down": 1}
member = ledger_view(write=Role.VIEWER, personal=True)
reader = ledger_view(personal=True)
writer = ledger_view(read=None, write=Role.VIEWER)


@reader
def start(request: LedgerRequest) -> HttpResponse:
    seen = request.ledger.views.seen_by(request.user)
    chosen = seen.filter(starts__ledger=request.ledger, starts__user=request.user).first()
    return see_other(list_url(request, chosen))


@reader
def view_list(request: LedgerRequest) -> HttpResponse:
    """How many rows each has, where that costs nothing or is asked for by what is shown then."""
    counts = partial(request) or "counts" in request.GET or is_small(request.ledger)
    context = {"groups": groups(request, counts), "counts": counts, "most": MAX_COUNT}
    return render(request, f"{LIST}#views" if partial(request) else LIST, context)


@reader
def view_menu(request: LedgerRequest) -> HttpResponse:
    """Names first; how many rows each has is asked for by what is shown then."""
    if not partial(request):
        return see_other(reverse("view_list", args=[request.ledger.slug]))
    query = request.GET.copy()
    counts = query.pop("counts", None) is not None
    context = {
        "groups": groups(request, counts),
        "counts": counts,
        "most": MAX_COUNT,
        "query": query.urlencode(),
    }
    return render(request, "views/menu.jinja", context, using="jinja")


@reader
def view_bar(request: LedgerRequest) -> HttpResponse:
    """Whether the list is still what its view says."""
    if not partial(request):
        return see_other(reverse("view_list", args=[request.ledger.slug]))
    path = reverse("transaction_list", args=[request.ledger.slug])
    context = {"bar": bar_of(request, path)}
    return render(request, "views/bar.jinja", context, using="jinja")


@member
def view_new(request: LedgerRequest) -> HttpResponse:
    """Of the list with the same parameters."""
    made = SavedView(ledger=request.ledger, owner=request.user, query=normalised(request.GET))
    answer = page(request).edit(made, form_class(request))
    saved_as_page = answer.status_code == 303 and not partial(request)
    return see_other(view_url(made, "view")) if saved_as_page else answer


@reader
def view(request: LedgerRequest, saved: str) -> HttpResponse:
    return see_other(list_url(request, load(request, saved)))


@member
def view_edit(request: LedgerRequest, saved: str) -> HttpResponse:
    return page(request).edit(changeable(request, saved), form_class(request))


@writer
def view_removed(request: LedgerRequest, saved: str) -> HttpResponse:
    row = changeable(request, saved)
    what = "view deleted" if row.owner_id else "shared view deleted"
    text = _("The view “%(name)s” is deleted.") % {"name": row}
    offer(request, text, what, delete(row, request.user))
    return see_other(back(request))


@writer
def view_place(request: LedgerRequest, saved: str) -> HttpResponse:
    row = changeable(request, saved)
    if step := STEPS.get(request.POST.get("move", "")):
        move(row, step)
    return see_other(back(request))


@writer
def view_start(request: LedgerRequest, saved: str) -> HttpResponse:
    """What one says for oneself: with `start=0` the ledger begins as it usually does."""
    row = load(request, saved)
    mine: dict[str, Any] = {"ledger": request.ledger, "user": request.user}
    if request.POST.get("start") == "0":
        StartView.objects.filter(**mine, view=row).delete()
    else:
        StartView.objects.update_or_create(**mine, defaults={"view": row})
    return see_other(back(request))


def groups(request: LedgerRequest, counts: bool) -> list[tuple[str, bool, list[dict[str, Any]]]]:
    """The reader's own and the ledger's; whether he may change them."""
    seen = request.ledger.views.seen_by(request.user)
    begins = seen.filter(starts__user=request.user, starts__ledger=request.ledger)
    first = begins.values_list("pk", flat=True).first()
    shown = [shown_view(request, row, counts) | {"starts": row.pk == first} for row in seen]
    both = [(_("Mine"), True, True), (_("The ledger’s"), False, shares(request))]
    return [
        (title, may, found)
        for title, own, may in both
        if (found := [each for each in shown if bool(each["row"].owner_id) is own])
    ]


def shown_view(request: LedgerRequest, row: SavedView, counts: bool) -> dict[str, Any]:
    row.ledger = request.ledger
    return {
        "row": row,
        "url": view_url(row, "view"),
        "n": counted(request.ledger, row) if counts else None,
        "current": row.slug == request.GET.get("view"),
    }


def shares(request: LedgerRequest) -> bool:
    return request.membership.may(Role.ANNOTATOR)


def form_class(request: LedgerRequest) -> type[SavedViewForm]:
    return SavedViewForm if shares(request) else OwnViewForm


def load(request: LedgerRequest, slug: str) -> SavedView:
    rows = request.ledger.views.seen_by(request.user).select_related("edited_by", "ledger")
    return get_object_or_404(rows, slug=slug)


def changeable(request: LedgerRequest, slug: str) -> SavedView:
    """His own, or one of the ledger, if his role may change what all have."""
    row = load(request, slug)
    if row.owner_id is None and not shares(request):
        raise PermissionDenied
    return row


def view_url(row: SavedView, name: str) -> str:
    return reverse(name, args=[row.ledger.slug, row.slug])


def list_url(request: LedgerRequest, row: SavedView | None) -> str:
    path = reverse("transaction_list", args=[request.ledger.slug])
    if row is None:
        return path
    query = QueryDict(row.query, mutable=True)
    query["view"] = row.slug
    return f"{path}?{query.urlencode(safe=',')}"


def back(request: LedgerRequest) -> str:
    return next_url(request, reverse("view_list", args=[request.ledger.slug]))


def page(request: LedgerRequest) -> Editor:
    return Editor(request, EDIT, back(request), {"shares": shares(request)})
