"""The rows that the page lists, in its order, as a file."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from ledgers.access import LedgerRequest, ledger_view
from transactions.queries.export import WRITERS, TooManyRows, refuse_too_many
from transactions.queries.listing import Listing
from txproject.http import see_other


@ledger_view()
def transaction_export(request: LedgerRequest) -> HttpResponse:
    """Nothing is held in memory and nothing is kept: rows are sent as they are read."""
    kind = request.GET.get("as", "csv")
    if kind not in WRITERS:
        raise Http404
    writer, media_type = WRITERS[kind]
    rows: Any = Listing.of(request.ledger, request.GET).ordered()
    try:
        refuse_too_many(rows, kind)
    except TooManyRows as error:
        messages.error(request, str(error))
        return see_other(reverse("transaction_list", args=[request.ledger.slug]))
    name = f"{request.ledger.slug}-{timezone.localdate():%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content: Any = writer(rows, "cells" in request.GET)
    return StreamingHttpResponse(content, content_type=media_type, headers=headers)  # type: ignore[return-value]
