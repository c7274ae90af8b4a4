"""What an editor offers while one types: those that begin so first."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Func, IntegerField, Model, OuterRef, Q, QuerySet, When
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import render

from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from transactions.forms.by_hand import asset_text
from transactions.models import TransactionLabel
from transactions.queries.listing import int_or
from transactions.queries.rows import MAX_SHOWN_COUNT

OFFERED = 8
reader = ledger_view(read=Role.ANNOTATOR)


def matching[M: Model](things: QuerySet[M], text: str) -> QuerySet[M]:
    begins = Case(When(name__istartswith=text, then=0), default=1)
    return things.filter(name__icontains=text).order_by(begins, Lower("name"), "pk")[:OFFERED]


@ledger_view(read=Role.EDITOR)
def assets(request: LedgerRequest) -> HttpResponse:
    """Coins before tokens, which anybody may name as he likes; a new symbol is a new coin."""
    text = " ".join(request.GET.get("q", "").split())
    begins = Case(When(symbol__istartswith=text, then=0), default=1)
    fit = Q(symbol__icontains=text) | Q(name__icontains=text) | Q(contract__istartswith=text)
    found = list(request.ledger.assets.filter(fit).order_by("contract", begins, "symbol")[:OFFERED])
    exact = any(asset_text(asset) == text for asset in found)
    offered = [{"asset": asset, "spelled": asset_text(asset)} for asset in found]
    context = {"assets": offered, "q": text, "exact": exact}
    return render(request, "transactions/editors/suggest.html#assets", context)


@reader
def labels(request: LedgerRequest) -> HttpResponse:
    text = " ".join(request.GET.get("q", "").split())
    with_it = TransactionLabel.objects.filter(ledger=request.ledger, label=OuterRef("pk"))
    few = ArraySubquery(with_it.values("pk")[: MAX_SHOWN_COUNT + 1])
    n = Func(few, function="cardinality", output_field=IntegerField())
    found = matching(request.ledger.labels.annotate(n=n), text)
    exact = any(label.name.lower() == text.lower() for label in found)
    context = {"labels": found, "q": text, "exact": exact, "most": MAX_SHOWN_COUNT}
    return render(request, "transactions/editors/suggest.html#labels", context)


@reader
def contacts(request: LedgerRequest) -> HttpResponse:
    """Of which one is to be merged with `other_than`, which is none of them; nor is a new one."""
    text = " ".join(request.GET.get("q", "").split())
    other_than = int_or(request.GET.get("other_than"), 0)
    others = request.ledger.contacts.exclude(pk=other_than)
    found = matching(others.annotate(n=Count("addresses")), text)
    exact = any(contact.name.lower() == text.lower() for contact in found)
    context = {"contacts": found, "q": text, "exact": exact, "other_than": other_than}
    return render(request, "transactions/editors/suggest.html#contacts", context)
