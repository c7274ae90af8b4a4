"""Pairs of one transfer: proposed, accepted, refused."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from ledgers.undo import CannotUndo, offer
from transactions.actions.transfers import CannotDecide, accept_certain, decide, take_back
from transactions.models import Transaction, TransferPair
from transactions.presentation import Amount, Presenter, Row, missing
from transactions.queries.listing import SIZES, Pages
from transactions.queries.transfers import Decided, Proposal, Proposed
from transactions.views.listing import link, pager
from txproject.http import next_url, partial, see_other
from txproject.localized import grouped, number

PAGE = "transfers/list.html"
PROPOSED = "proposed"
STATES = (PROPOSED, *TransferPair.State.values)
ENDS = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)
editor = ledger_view(read=None, write=Role.EDITOR)


@dataclass
class Shown:
    """The two rows of a pair, and why they are one."""

    key: str
    sent: Row
    received: Row
    missing: Amount | None
    reasons: list[str]
    certain: bool = False
    decision: TransferPair | None = None
    stands: bool = True


@ledger_view()
def transfer_list(request: LedgerRequest) -> HttpResponse:
    state = request.GET.get("state", PROPOSED)
    state = state if state in STATES else PROPOSED
    context = proposed(request) if state == PROPOSED else decided(request, state)
    pages = context["pages"]
    context |= {
        "state": state,
        "tabs": tabs(request, state),
        "pager": pager(request, pages),
        "size": pages.listing.size,
        "sizes": [(size, link(request, size=size, page=None)) for size in SIZES],
        "next": request.get_full_path(),
    }
    return render(request, f"{PAGE}#transfers" if partial(request) else PAGE, context)


def proposed(request: LedgerRequest) -> dict[str, Any]:
    listing = Proposed(request.ledger, request.GET)
    pages = Pages(listing)
    by_sent = {each.sent: each for each in listing.rows}
    return {
        "pages": pages,
        "pairs": shown_proposals(request, [by_sent[pk] for pk in pages.ids]),
        "certain": 0 if request.GET.get("past") else len(listing.certain),
        "earlier": listing.last and link(request, past=listing.last, page=None),
        "newest": request.GET.get("past") and link(request, past=None, page=None),
    }


def decided(request: LedgerRequest, state: str) -> dict[str, Any]:
    pages = Pages(Decided(request.ledger, request.GET, state))
    pairs = TransferPair.objects.select_related("decided_by").in_bulk(pages.ids)
    refused = state == TransferPair.State.REFUSED
    standing = pairs if refused else TransferPair.objects.standing().in_bulk(pages.ids)
    found = [pairs[pk] for pk in pages.ids]
    shown = shown_pairs(request, [(pair.sent_id, pair.received_id) for pair in found])
    for each, pair in zip(shown, found, strict=True):
        each.key, each.decision, each.stands = f"d{pair.pk}", pair, pair.pk in standing
        if refused or not each.stands:
            each.missing = None  # it counts as nothing
    return {"pages": pages, "pairs": shown}


def shown_proposals(request: LedgerRequest, found: list[Proposal]) -> list[Shown]:
    shown = shown_pairs(request, [(each.sent, each.received) for each in found])
    for each, proposal in zip(shown, found, strict=True):
        each.certain = proposal.certain
        each.reasons.append(rivals(proposal.others))
    return shown


def shown_pairs(request: LedgerRequest, ends: list[tuple[int, int]]) -> list[Shown]:
    """In as many queries for any number of them."""
    row = Presenter(request.ledger, request.get_full_path()).row
    known = Transaction.objects.for_list().in_bulk({pk for both in ends for pk in both})
    pairs = [(known[sent], known[received]) for sent, received in ends]
    return [
        Shown(f"p{sent.pk}-{to.pk}", row(sent), row(to), missing(sent, to), reasons(sent, to))
        for sent, to in pairs
    ]


def reasons(sent: Transaction, received: Transaction) -> list[str]:
    """Why the two may be one, and what speaks against it, each a sentence. Either may have been
    corrected since it was decided: of what does not compare nothing is said."""
    found = [_("Same hash.")] if sent.tx_hash.upper() == received.tx_hash.upper() != "" else []
    out, came = sent.sent_asset, received.received_asset
    alike = bool(out and came and out.symbol == came.symbol)
    if alike and sent.sent_amount >= received.received_amount:
        found.append(arrived(sent.sent_amount, received.received_amount))
    found.append(delay(sent.occurred_at, received.occurred_at))
    if alike and out != came:
        found.append(_("Only the symbol is the same: one of them names no contract."))
    return found


def arrived(sent: Decimal, received: Decimal) -> str:
    if sent == received:
        return _("Same amount.")
    share = Decimal(f"{100 * (sent - received) / sent:.2g}").normalize()
    return _("%(share)s %% less arrived.") % {"share": number(f"{share:f}")}


def delay(sent: datetime, received: datetime) -> str:
    """timesince() knows no less than a minute."""
    first, last = sorted((sent, received))
    if last - first < timedelta(minutes=1):
        return _("Within a minute.")
    words = {"time": timesince(first, last)}
    if sent < received:
        return _("It arrived %(time)s later.") % words
    return _("By the clocks, it arrived %(time)s before it was sent.") % words


def rivals(n: int) -> str:
    if not n:
        return _("Nothing else fits.")
    text = ngettext("%(n)s other row fits too.", "%(n)s other rows fit too.", n)
    return text % {"n": grouped(n)}


def tabs(request: LedgerRequest, state: str) -> list[dict[str, Any]]:
    words = {PROPOSED: _("Proposed"), "accepted": _("Accepted"), "refused": _("Refused")}
    path = reverse("transfer_list", args=[request.ledger.slug])
    return [
        {
            "url": path if name == PROPOSED else f"{path}?state={name}",
            "label": words[name],
            "current": name == state,
        }
        for name in STATES
    ]


def back(request: LedgerRequest) -> str:
    return next_url(request, reverse("transfer_list", args=[request.ledger.slug]))


@editor
def transfer_decided(request: LedgerRequest) -> HttpResponse:
    accept = "accept" in request.POST
    ends = ENDS.fullmatch(request.POST.get("accept" if accept else "refuse", ""))
    state = TransferPair.State.ACCEPTED if accept else TransferPair.State.REFUSED
    try:
        if not ends:
            raise CannotDecide(_("It was not said which pair."))
        done = decide(request.ledger, int(ends[1]), int(ends[2]), state, request.user)
    except CannotDecide as reason:
        messages.error(request, str(reason))
    else:
        text = _("They are one transfer.") if accept else _("They stay two transactions.")
        offer(request, text, "transfer", done)
    return see_other(back(request))


@editor
def transfers_certain(request: LedgerRequest) -> HttpResponse:
    n, done = accept_certain(request.ledger, request.user)
    text = ngettext("%(n)s pair is one transfer now.", "%(n)s pairs are one transfer each now.", n)
    if n:
        offer(request, text % {"n": grouped(n)}, "transfers", done)
    else:
        messages.info(request, _("None was certain any more."))
    return see_other(back(request))


@editor
def transfer_undone(request: LedgerRequest, pair: int) -> HttpResponse:
    found = get_object_or_404(request.ledger.transfers, pk=pair)
    try:
        take_back(request.ledger, found.pk)
        messages.success(request, _("The decision is taken back."))
    except CannotUndo as reason:
        messages.error(request, str(reason))
    return see_other(back(request))
