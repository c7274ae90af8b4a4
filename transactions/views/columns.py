"""The menu of columns: for this page, by its URL, and for all whose URL names none."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role, User
from transactions.queries.columns import (
    COLUMNS,
    FIRST,
    USUAL,
    Names,
    in_query,
    moved,
    shown_columns,
)
from transactions.views.editing import back
from transactions.views.listing import changed, kept
from txproject.http import partial, see_other

STEPS = {"up": -1, "down": 1}


@ledger_view(write=Role.VIEWER)
def column_menu(request: LedgerRequest) -> HttpResponse:
    if request.method == "POST":
        return keep(request)
    shown = asked(request)
    rest = [name for name in COLUMNS if name not in shown]
    context = {
        "choices": [(COLUMNS[name], name in shown) for name in (*shown, *rest)],
        "first": FIRST,
        "action": request.path,
        "kept": kept(request.GET, {"columns", *STEPS}),
        "list_url": reverse("transaction_list", args=[request.ledger.slug]),
        "list_as_it_is": list_url(request, columns=",".join(in_query(request.GET)) or None),
        "usual_url": list_url(request, columns=",".join(USUAL)),
        "next": list_url(request, columns=None),
        "keep": "" if shown == shown_columns(QueryDict(), request.user.columns) else shown,
    }
    if partial(request):
        return render(request, "transactions/columns.jinja", context, using="jinja")
    return render(request, "transactions/columns.html", context)


def asked(request: LedgerRequest) -> Names:
    names = shown_columns(request.GET, request.user.columns)
    for which, step in STEPS.items():
        names = moved(names, request.GET.get(which, ""), step)
    return names


def list_url(request: LedgerRequest, columns: str | None) -> str:
    path = reverse("transaction_list", args=[request.ledger.slug])
    return changed(path, request.GET, up=None, down=None, page=None, columns=columns)


def keep(request: LedgerRequest) -> HttpResponse:
    """What a reader says for himself, in all of his ledgers."""
    names = in_query(request.POST)
    usual = "" if names == USUAL else ",".join(names)
    User.objects.filter(pk=request.user.pk).update(columns=usual)
    return see_other(back(request))
