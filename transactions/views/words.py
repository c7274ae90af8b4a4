"""The words of the search: which there are, and how one that is being written can go on."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from ledgers.access import LedgerRequest, ledger_view
from transactions.filters import TransactionFilter
from transactions.find.completion import offers
from transactions.find.spelling import in_search
from transactions.find.vocabulary import WORDS
from transactions.views.listing import changed
from txproject.http import partial

LONGEST = 2_000  # characters


@ledger_view()
def search_words(request: LedgerRequest) -> HttpResponse:
    """With the filters that are on, as they would be written."""
    filters = TransactionFilter(request.GET, request.ledger)
    path = reverse("transaction_list", args=[request.ledger.slug])
    context = {
        "words": WORDS.values(),
        "search": in_search(filters.data, request.ledger) if filters.is_valid() else "",
        "back": changed(path, request.GET),
    }
    if partial(request):
        return render(request, "transactions/words.jinja", context, using="jinja")
    return render(request, "transactions/words.html", context)


@ledger_view()
def suggest_words(request: LedgerRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "")[:LONGEST]
    context = {"offers": offers(request.ledger, text)}
    return render(request, "transactions/offers.jinja", context, using="jinja")
