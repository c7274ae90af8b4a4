from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from history.models import Entry
from history.views import last_entries
from imports.models import SourceLine
from ledgers.access import LedgerRequest, ledger_view
from transactions.find.words import quote
from transactions.models import Transaction
from transactions.presentation import Presenter, amount
from transactions.views.editing import back, load
from transactions.views.review import review_of
from txproject.http import partial, path_of

# Shown of what belongs together: an airdrop may be thousands of one hash.
SIBLINGS = 100


@ledger_view()
def transaction_detail(request: LedgerRequest, pk: int) -> HttpResponse:
    tx = load(request, pk, "batch__imported_by", "own_address")
    presenter = Presenter(request.ledger, request.get_full_path())
    context = {
        "tx": tx,
        "row": presenter.rows([tx])[0],
        "value": tx.value_amount is not None and amount(tx.value_amount, tx.value_currency),
        "local_time": timezone.localtime(tx.occurred_at),
        "tokens": tokens(tx),
        "source": [source(tx, line) for line in tx.source_lines.all() if line.cells],
        "back": back(request),
        "next": request.get_full_path(),
        **siblings(request, tx),
        **review_of(request, tx),
        **last_entries(request, tx, kind=Entry.Kind.TRANSACTION, row=tx.pk),
    }
    template = "transactions/detail.html"
    return render(request, f"{template}#transaction" if partial(request) else template, context)


def tokens(tx: Transaction) -> list[Any]:
    """The assets that a contract stands for, each once."""
    assets = (tx.sent_asset, tx.received_asset, tx.fee_asset)
    return list({asset.pk: asset for asset in assets if asset and asset.contract}.values())


def siblings(request: LedgerRequest, tx: Transaction) -> dict[str, Any]:
    """The first rows of the same hash or reference, this one too; none if it stands alone.

    They lead back to the list that this one was opened on.
    """
    if not tx.group_key:
        return {}
    same = request.ledger.transactions.alive().exclude(group_key="")
    rows = same.filter(group_key__iexact=tx.group_key)
    shown = list(rows.for_list().order_by("pk")[:SIBLINGS])
    if len(shown) < 2:
        return {}
    n = rows.count() if len(shown) == SIBLINGS else len(shown)
    all_of_them = urlencode({"q": quote(tx.group_key), "hidden": "all"})
    return {
        "siblings": Presenter(request.ledger, back(request)).rows(shown),
        "n_siblings": n,
        "siblings_url": f"{path_of('transaction_list', request.ledger.slug)}?{all_of_them}",
    }


def source(tx: Transaction, line: SourceLine) -> dict[str, Any]:
    """A line of the file as it was read; cells beyond the header have no name."""
    header = [*(tx.batch.header if tx.batch else []), *[""] * len(line.cells)]
    return {"line": line.line, "cells": list(zip(header, line.cells, strict=False))}
