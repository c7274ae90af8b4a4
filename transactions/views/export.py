"""The rows that the page lists, in its order, as a file."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from ledgers.access import LedgerRequest, ledger_view
from live.snapshot import snapshot
from transactions.queries.export import WRITERS, TooMuch, refuse_too_much
from transactions.queries.listing import Listing
from transactions.views.listing import changed
from txproject.http import see_other


@ledger_view()
def transaction_export(request: LedgerRequest) -> HttpResponse:
    """Nothing is held in memory and nothing is kept: rows are sent as they are read."""
    kind = request.GET.get("as", "csv")
    if kind not in WRITERS:
        raise Http404
    try:
        refuse_too_much(listed(request), kind, "cells" in request.GET)
    except TooMuch as error:
        messages.error(request, str(error))
        path = reverse("transaction_list", args=[request.ledger.slug])
        return see_other(changed(path, request.GET, **{"as": None, "cells": None}))
    name = f"{request.ledger.slug}-{timezone.localdate():%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content: Any = written(request, kind)
    return StreamingHttpResponse(content, content_type=WRITERS[kind][1], headers=headers)  # type: ignore[return-value]


def written(request: LedgerRequest, kind: str) -> Iterator[Any]:
    """What fits is found in the snapshot that it is read from: the one of the request is over."""
    with snapshot():
        yield from WRITERS[kind][0](listed(request), "cells" in request.GET)


def listed(request: LedgerRequest) -> Any:
    return Listing.of(request.ledger, request.GET).ordered()
