"""What a ledger calls spam: marked, proposed, and taken back."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.models import Address
from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from ledgers.undo import offer
from transactions.actions.spam import mark, told_of, unmark
from transactions.models import Asset, SpamMark, SpamRow
from transactions.queries.listing import int_or, is_small
from transactions.queries.spam import marks, proposals, shown_as
from transactions.views.editing import load
from txproject.http import next_url, partial, see_other

FIELDS = {"address": Address, "asset": Asset}


@ledger_view()
def spam_list(request: LedgerRequest) -> HttpResponse:
    """With what looks like spam where that costs nothing, or is asked for by what is shown then."""
    afterwards = "proposals" in request.GET
    looked = afterwards or is_small(request.ledger)
    found = proposals(request.ledger) if looked else []
    context = {
        "marks": [shown_mark(request, each) for each in marks(request.ledger)],
        "proposals": [shown_what(each.what, reason=each.reason) for each in found],
        "looked": looked,
        "afterwards": afterwards,
        "next": request.path,
    }
    page = "spam/list.html"
    return render(request, f"{page}#spam" if partial(request) else page, context)


@ledger_view(read=Role.EDITOR, write=Role.EDITOR)
def spam_new(request: LedgerRequest) -> HttpResponse:
    """Of a transaction whom and what may be marked; or the address or token that is named."""
    said = request.POST if request.method == "POST" else request.GET
    if not said.keys() & {*FIELDS, "row"}:
        return see_other(reverse("spam_list", args=[request.ledger.slug]))
    if request.method == "POST":
        return marked(request)
    context = {
        "choices": [shown_what(what) for what in asked(request)],
        "next": next_url(request, reverse("spam_list", args=[request.ledger.slug])),
    }
    return render(request, "spam/new.html", context)


def asked(request: LedgerRequest) -> list[Address | Asset]:
    if not (row := int_or(request.GET.get("row"), 0)):
        return [named(request, request.GET)]
    tx = load(request, row)
    moved = [asset for asset in (tx.received_asset, tx.sent_asset) if asset and asset.contract]
    of_it: list[Any] = [tx.counterparty, *dict.fromkeys(moved)]
    return [what for what in of_it if what]


def named(request: LedgerRequest, said: Any) -> Address | Asset:
    """The one row of the ledger that is named."""
    for name, model in FIELDS.items():
        if key := int_or(said.get(name), 0):
            rows: Any = model._default_manager.filter(ledger=request.ledger)
            if name == "asset":
                rows = rows.exclude(contract="")
            if abs(key) < 1 << 63:
                found: Address | Asset = get_object_or_404(rows, pk=key)
                return found
    raise Http404


def marked(request: LedgerRequest) -> HttpResponse:
    row = mark(request.ledger, what := named(request, request.POST), request.user)
    n = SpamRow.objects.filter(mark=row).count()
    text = ngettext(
        "%(name)s is marked as spam, %(n)s transaction hidden.",
        "%(name)s is marked as spam, %(n)s transactions hidden.",
        n,
    )
    said = text % {"name": shown_as(what), "n": n}
    if row.marked_by_id == request.user.pk:
        offer(request, said, "spam", {"mark": row.pk})
    else:  # it is somebody else's, who was first
        messages.success(request, said)
    return see_other(next_url(request, reverse("spam_list", args=[request.ledger.slug])))


@ledger_view(read=None, write=Role.EDITOR)
def spam_removed(request: LedgerRequest, mark: int) -> HttpResponse:
    row = get_object_or_404(request.ledger.spam.select_related("address", "asset"), pk=mark)
    unmark(request.ledger, row.pk)
    text = _("%(name)s is no spam, and its transactions are shown again.")
    offer(request, text % {"name": shown_as(what_of(row))}, "no spam", told_of(row))
    return see_other(next_url(request, reverse("spam_list", args=[request.ledger.slug])))


def what_of(row: SpamMark) -> Address | Asset:
    what: Address | Asset | None = row.address or row.asset
    assert what is not None
    return what


def shown_mark(request: LedgerRequest, row: SpamMark) -> dict[str, Any]:
    own = reverse("transaction_list", args=[request.ledger.slug])
    asked = {"hidden": "spam"}
    if row.address:
        asked["address"] = row.address.shown
    if row.asset:
        asked["asset"] = row.asset.symbol
    return shown_what(what_of(row), row=row, url=f"{own}?{urlencode(asked)}")


def shown_what(what: Address | Asset, **more: Any) -> dict[str, Any]:
    if isinstance(what, Address):
        return {"field": "address", "key": what.pk, "address": what.shown, **more}
    of = {"field": "asset", "key": what.pk, "symbol": what.symbol, "name": what.name}
    return of | {"address": what.contract, "chain": what.chain, **more}
