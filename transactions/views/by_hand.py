from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from ledgers.undo import offer
from live.versions import Conflict
from transactions.actions.deleting import delete
from transactions.forms.by_hand import ManualTransactionForm, asset_text, differences, doubt_of
from transactions.models import Transaction
from transactions.views.editing import back, load, refuse_gone
from txproject.http import see_other

editor = ledger_view(read=Role.EDITOR, write=Role.EDITOR)
OFFERED = 500


@editor
def new_transaction(request: LedgerRequest) -> HttpResponse:
    return edit(request, None)


@editor
def edit_transaction(request: LedgerRequest, pk: int) -> HttpResponse:
    return edit(request, own(request, pk))


@editor
def delete_transaction(request: LedgerRequest, pk: int) -> HttpResponse:
    row = own(request, pk)
    if request.method != "POST":
        return show(request, "transactions/delete.html", {"tx": row})
    offer(request, _("The transaction is deleted."), "deleted", delete(row, request.user))
    return see_other(back(request))


def own(request: LedgerRequest, pk: int) -> Transaction:
    """A transaction that a person wrote; Http404 for one that a file said."""
    row = load(request, pk)
    if row.batch_id is not None:
        raise Http404
    return row


def edit(request: LedgerRequest, row: Transaction | None) -> HttpResponse:
    if request.method != "POST":
        return show(
            request,
            "transactions/by_hand.html",
            {"form": ManualTransactionForm(request.ledger, row)},
        )
    form = ManualTransactionForm(request.ledger, row, request.POST)
    if not form.is_valid():
        return show(request, "transactions/by_hand.html", {"form": form}, status=422)
    try:
        saved = form.save(by=request.user)
    except Conflict:
        if row is not None:
            return conflict(request, form)
        text = _("Somebody has named the address in this moment. Look whose it is, and save again.")
        form.add_error("contact_name", text)
        return show(request, "transactions/by_hand.html", {"form": form}, status=422)
    except IntegrityError as error:
        refuse_gone(form, error)
        return show(request, "transactions/by_hand.html", {"form": form}, status=422)
    twice, added = _("It was sent twice, and is added once."), _("The transaction is added.")
    messages.success(request, _("Saved.") if row else twice if form.is_twice else added)
    if doubt := doubt_of(form.cleaned_data["occurred_at"]):
        messages.warning(request, doubt)
    return see_other(back(request) if row else saved_url(request, saved))


def saved_url(request: LedgerRequest, row: Transaction) -> str:
    row.ledger = request.ledger
    return row.get_absolute_url()


def conflict(request: LedgerRequest, mine: ManualTransactionForm) -> HttpResponse:
    """Both texts of every field that differs; mine in the form, which has seen theirs now."""
    assert mine.row is not None
    row = load(request, mine.row.pk)
    data = request.POST.copy()
    data["version"] = str(row.version)
    form = ManualTransactionForm(request.ledger, row, data)
    context = {"form": form, "differences": differences(form, row), "edited_by": row.edited_by}
    return show(request, "transactions/by_hand.html", context, status=409)


def show(
    request: LedgerRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    ledger = request.ledger
    context |= {
        "next": back(request),
        "assets": [asset_text(asset) for asset in ledger.assets.all()[:OFFERED]],
        "contacts": ledger.contacts.by_name().values_list("name", flat=True)[:OFFERED],
    }
    return render(request, template, context, status=status)
