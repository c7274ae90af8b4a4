"""The counterparties that nobody has named yet: a list, and beside it who the chosen one may be."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.actions.unidentified import hide_transactions
from contacts.chains import family, short
from contacts.forms.contacts import IdentifyForm
from contacts.models import Address
from contacts.queries.unidentified import (
    UnidentifiedCounterparty,
    UnidentifiedListing,
    symbols,
    unidentified_transactions,
)
from contacts.views.contacts import load_address, paging, url
from contacts.views.editing import Editor
from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from ledgers.undo import offer
from transactions.presentation import (
    Presenter,
    count_text,
    format_day,
    shown_total,
)
from transactions.queries import listing as listings
from transactions.queries.listing import Pages
from transactions.queries.rows import MAX_SHOWN_COUNT
from transactions.queries.suspects import Suspect, ends, suspects
from transactions.views.listing import link
from txproject.http import next_url, partial, see_other

LATEST = 3
SYMBOLS = 4


@ledger_view()
def unidentified(request: LedgerRequest) -> HttpResponse:
    listing = UnidentifiedListing(request.ledger, request.GET)
    pages = Pages(listing)
    found = listing.of_page(pages.ids)
    lines = shown(request, found)
    chosen = choose(request, lines)
    context = {
        "lines": lines,
        "size": listing.size,
        "next": request.get_full_path(),
        "named": request.ledger.addresses.filter(contact__isnull=False).count(),
        **paging(request, pages),
        **(panel(request, chosen["address"], chosen["next"]) if chosen else {}),
    }
    context["known"] = context["named"] + pages.count
    template = "unidentified/list.html"
    return render(request, f"{template}#transactions" if partial(request) else template, context)


def choose(request: LedgerRequest, lines: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The line that the URL asks for, else the first."""
    asked = listings.int_or(request.GET.get("at"), 0)
    found = [line for line in lines if line["address"].pk == asked] or lines
    if not found:
        return None
    found[0]["chosen"] = True
    return found[0]


def shown(request: LedgerRequest, found: list[UnidentifiedCounterparty]) -> list[dict[str, Any]]:
    """Each with where saving leads: to the one after it."""
    pks = [each.address.pk for each in found]
    moved = symbols(request.ledger, pks)
    warnings = suspects(request.ledger, [each.address for each in found])
    after = [*pks[1:], None]
    return [
        line(request, of, moved.get(pk, []), warnings.get(pk)) | {"next": link(request, at=then)}
        for of, pk, then in zip(found, pks, after, strict=False)
    ]


def line(
    request: LedgerRequest, of: UnidentifiedCounterparty, moved: list[str], warning: Suspect | None
) -> dict[str, Any]:
    at = of.address
    more = len(moved) - SYMBOLS
    said = ngettext("%(n)s more", "%(n)s more", more) % {"n": more}
    return {
        "address": at,
        "short": short(at.shown),
        "symbol": family(at.family).symbol,
        "assets": ", ".join(moved[:SYMBOLS] + ([said] if more > 0 else [])),
        "first": format_day(of.first),
        "last": format_day(of.last),
        "n": of.n,
        "warning": str(warning or ""),
        "url": link(request, at=at.pk),
        "panel_url": url(request, "unidentified_address", at),
        "chosen": False,
    }


def panel(request: LedgerRequest, at: Address, where: str, **more: Any) -> dict[str, Any]:
    """What helps to tell who it is, and the form that names it."""
    rows = unidentified_transactions(request.ledger).filter(counterparty=at)
    latest = list(rows.for_list().latest_first()[:LATEST])
    presenter = Presenter(request.ledger, where)
    warning = suspects(request.ledger, [at]).get(at.pk)
    own = reverse("transaction_list", args=[request.ledger.slug])
    return {
        "at": at,
        "family": family(at.family).name,
        "count": count_text(rows[: MAX_SHOWN_COUNT + 1].count()),
        "form": IdentifyForm(at),
        "suspect": warning and compared(at, warning),
        "totals": [shown_total(total) for total in listings.totals(rows)],
        "latest": [presenter.row(tx) for tx in latest],
        "all_url": f"{own}?{urlencode({'address': at.shown})}",
        "after": where,
        **more,
    }


def compared(at: Address, warning: Suspect) -> dict[str, Any]:
    """Both addresses, with the middle, where they differ, apart."""
    found: dict[str, Any] = {"text": str(warning), "like": warning.like}
    if warning.like:
        found["whose"] = warning.like.contact or warning.like.wallet
        found["both"] = [parts(at.shown), parts(warning.like.shown)]
    return found


def parts(shown: str) -> tuple[str, str, str]:
    start, end = ends(shown)
    return start, shown[len(start) : -len(end)], end


class NamePanel(Editor):
    """The form in the panel beside the list, or, without scripts, on a page of its own."""

    def show(self, form: IdentifyForm, status: int = 200, **more: Any) -> HttpResponse:  # type: ignore[override]
        context = panel(self.request, form.row, self.next, form=form, **more)
        template = "unidentified/panel.html"
        name = f"{template}#panel" if partial(self.request) else template
        return render(self.request, name, context, status=status)


@ledger_view(write=Role.ANNOTATOR)
def unidentified_address(request: LedgerRequest, address: int) -> HttpResponse:
    """Name it; where it has a name already, that is what the conflict shows."""

    def save(form: IdentifyForm) -> HttpResponse:
        before = form.row.contact_id
        form.save(by=request.user)
        done = {"address": address, "version": form.cleaned_data["version"] + 1, "contact": before}
        said = {"address": short(form.row.shown), "name": form.cleaned_data["contact_name"]}
        offer(request, _("%(address)s is %(name)s now.") % said, "address", done)
        return see_other(where)

    where = next_url(request, reverse("unidentified", args=[request.ledger.slug]))
    return NamePanel(request, IdentifyForm, lambda: load_address(request, address), where).answer(
        save
    )


@ledger_view(read=None, write=Role.ANNOTATOR)
def unidentified_hidden(request: LedgerRequest, address: int) -> HttpResponse:
    """Spam: every transaction with it is hidden. One that comes later is shown, and it with it."""
    row = load_address(request, address)
    done = hide_transactions(row, request.user)
    text = ngettext(
        "%(n)s transaction with %(address)s hidden.",
        "%(n)s transactions with %(address)s hidden.",
        done["n"],
    )
    offer(request, text % {"n": done["n"], "address": short(row.shown)}, "hidden", done)
    return see_other(next_url(request, reverse("unidentified", args=[request.ledger.slug])))
