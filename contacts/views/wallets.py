from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from contacts.actions.wallets import remove_own_address, set_archived
from contacts.chains import family, short
from contacts.forms.wallets import OwnAddressesForm, WalletForm
from contacts.models import Address, Wallet
from contacts.presentation import card
from contacts.queries.wallets import for_page, holdings
from ledgers.access import LedgerRequest, ledger_view
from ledgers.editing import Editor
from ledgers.models import Role
from transactions.queries.listing import is_small
from txproject.http import next_url, partial, see_other

LIST = "wallets/list.html"
# Of the addresses of one wallet, in its editor.
ADDRESSES = 200
BELOW = 3
editor = ledger_view(read=Role.EDITOR, write=Role.EDITOR)


@ledger_view()
def wallet_list(request: LedgerRequest) -> HttpResponse:
    """With balances where they cost nothing, else with where to get them afterwards."""
    return wallet_page(request, exact=is_small(request.ledger), fragment="wallets")


@ledger_view()
def wallet_balances(request: LedgerRequest) -> HttpResponse:
    """Balances of however many transactions, from a snapshot of their own."""
    return wallet_page(request, exact=True, fragment="balances", afterwards=True)


def wallet_page(
    request: LedgerRequest, exact: bool, fragment: str, afterwards: bool = False
) -> HttpResponse:
    archived = "archived" in request.GET
    wallets = list(for_page(request.ledger.wallets.filter(archived_at__isnull=not archived)))
    held = holdings(wallets, request.ledger) if exact else {}
    cards = [card(request.ledger, wallet, held.get(wallet.pk)) for wallet in wallets]
    url = reverse("wallet_balances", args=[request.ledger.slug])
    below = [(card, balance) for card in cards for balance in card.below]
    context = {
        "cards": cards,
        "archived": archived,
        "archived_n": request.ledger.wallets.filter(archived_at__isnull=False).count(),
        "below": below[:BELOW],
        "more_below": len(below[BELOW:]),
        "exact": exact,
        "afterwards": afterwards,
        "balances_url": f"{url}?archived=1" if archived else url,
    }
    return render(request, f"{LIST}#{fragment}" if partial(request) else LIST, context)


@editor
def wallet_new(request: LedgerRequest) -> HttpResponse:
    new = Wallet(ledger=request.ledger)
    return page(request, "wallets/edit.html").edit(new, WalletForm)


@editor
def wallet(request: LedgerRequest, wallet: int) -> HttpResponse:
    return page(request, "wallets/edit.html").edit(load(request, wallet), WalletForm)


@editor
def wallet_addresses(request: LedgerRequest, wallet: int) -> HttpResponse:
    row = load(request, wallet)
    form = OwnAddressesForm(row, request.POST if request.method == "POST" else None)
    if form.is_valid() and form.save(by=request.user):
        return see_other(back(request))
    status = 422 if form.is_bound else 200
    return page(request, "wallets/addresses.html", **own_addresses(row)).show(form, row, status)


@ledger_view(read=None, write=Role.EDITOR)
def wallet_address(request: LedgerRequest, wallet: int, address: int) -> HttpResponse:
    """Only removes: it is added by being pasted."""
    row, gone = load(request, wallet), get_object_or_404(request.ledger.addresses, pk=address)
    if remove_own_address(row, gone, by=request.user):
        text = _("%(address)s is no longer an address of %(wallet)s.")
    else:
        text = _("%(address)s was no address of %(wallet)s any more.")
    messages.success(request, text % {"address": short(gone.shown), "wallet": row.name})
    return see_other(back(request))


@ledger_view(read=None, write=Role.EDITOR)
def wallet_archived(request: LedgerRequest, wallet: int) -> HttpResponse:
    row, archive = load(request, wallet), request.POST.get("archived") == "1"
    set_archived(row, archive, by=request.user)
    text = _("%(name)s is archived.") if archive else _("%(name)s is active again.")
    messages.success(request, text % {"name": row.name})
    return see_other(back(request))


def load(request: LedgerRequest, pk: int) -> Wallet:
    rows = request.ledger.wallets.select_related("edited_by", "ledger")
    return get_object_or_404(rows, pk=pk)


def back(request: LedgerRequest) -> str:
    return next_url(request, reverse("wallet_list", args=[request.ledger.slug]))


def page(request: LedgerRequest, template: str, **more: Any) -> Editor:
    return Editor(request, template, back(request), more)


def own_addresses(row: Wallet) -> dict[str, Any]:
    addresses = Address.objects.filter(ledger=row.ledger, wallet=row).order_by("pk")
    shown = [
        {
            "shown": address.shown,
            "family": family(address.family).name,
            "url": reverse("wallet_address", args=[row.ledger.slug, row.pk, address.pk]),
        }
        for address in addresses[:ADDRESSES]
    ]
    return {"addresses": shown, "more_addresses": max(0, addresses.count() - ADDRESSES)}
