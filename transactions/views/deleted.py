"""What people have deleted: looked through, and brought back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from transactions.actions.deleting import restore
from transactions.active_filters import pills
from transactions.filters import EVERY_FILTER
from transactions.models import Transaction
from transactions.presentation import Presenter
from transactions.queries.listing import Listing, Pages
from transactions.queries.rows import in_order
from transactions.views.editing import back
from transactions.views.listing import kept, pager
from txproject.http import partial, see_other
from txproject.localized import grouped

PAGE = "transactions/deleted.html"


def listing_of(request: LedgerRequest, query: Any) -> Listing:
    return Listing.of(request.ledger, query, request.ledger.transactions.deleted())


@ledger_view(read=Role.EDITOR, write=Role.EDITOR)
def deleted_list(request: LedgerRequest) -> HttpResponse:
    if request.method == "POST":
        return restored(request)
    query = request.GET.copy()
    query["hidden"] = "all"
    listing = listing_of(request, query)
    pages = Pages(listing)
    rows = in_order(pages.ids, request.ledger.reader)
    groups = Presenter(request.ledger, request.get_full_path()).groups(rows)
    gone = deleted(pages.ids)
    shown = {row.id: row for group in groups for row in group.rows}
    context = {
        "rows": [(shown[row.pk], *gone[row.pk]) for row in rows],
        "pages": pages,
        "pager": pager(request, pages),
        "size": listing.size,
        "q": request.GET.get("q", ""),
        "kept": kept(request.GET, request.GET.keys() - EVERY_FILTER.keys()),
        "errors": [pill for pill in pills(listing.filter, request.path, query) if pill.error],
        "next": request.get_full_path(),
    }
    return render(request, f"{PAGE}#transactions" if partial(request) else PAGE, context)


def deleted(ids: list[int]) -> dict[int, tuple[Any, str]]:
    """When each was deleted, and by whom."""
    rows = Transaction.objects.filter(pk__in=ids)
    read = rows.values_list("pk", "deleted_at", "edited_by__username")
    return {pk: (at, name or "") for pk, at, name in read}


def restored(request: LedgerRequest) -> HttpResponse:
    """Those that were chosen, or all that the search has found."""
    rows: Any = request.ledger.transactions.deleted()
    if "all" in request.POST:
        query = request.POST.copy()
        query["hidden"] = "all"
        rows = listing_of(request, query).rows
    else:
        keys = [key for key in request.POST.getlist("row") if key.isdecimal() and len(key) < 19]
        if not keys:
            messages.warning(request, _("None is selected: tick those that are to come back."))
            return see_other(back(request))
        rows = rows.filter(pk__in=keys)
    if n := restore(rows, request.user):
        text = ngettext("%(n)s transaction is back.", "%(n)s transactions are back.", n)
        messages.success(request, text % {"n": grouped(n)})
    else:
        messages.warning(request, _("These are not among the deleted any more."))
    return see_other(back(request))
