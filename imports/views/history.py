"""Every import of a ledger: what came of it, its report, its file."""

import csv
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from formats.detection import title_of
from imports.console import in_pieces
from imports.models import ImportBatch, Upload
from imports.pipeline.report import lines_of, report_of
from imports.pipeline.undo import can_redo
from imports.uploads.blocks import opened
from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from transactions.models import Transaction
from transactions.queries.export import Echo, harmless
from transactions.search import number_of
from txproject.http import partial

SIZE = 50
NAMED = 100  # lines of a report on the page
MANY = 10_000  # rows that are counted
LIST, PAGE = "imports/list.html", "imports/batch.html"


@ledger_view()
def import_list(request: LedgerRequest) -> HttpResponse:
    batches = request.ledger.batches.select_related("wallet", "imported_by")
    batches = batches.defer("known_lines", "report")
    number = request.GET.get("page", "1")
    if not (number.isdecimal() and int(number[:9]) > 0):
        raise Http404
    pages = Paginator(batches, SIZE)
    waiting: Any = []
    if request.membership.may(Role.EDITOR):
        waiting = request.ledger.uploads.exclude(state__in=Upload.OVER).defer("rows")
    page = pages.get_page(number[:9])
    context = {
        "page": page,
        "batches": [(each, title_of(each.format)) for each in page.object_list],
        "waiting": [(each, title_of(format_in(each))) for each in waiting],
        "ready": sum(ready(upload) for upload in waiting),
        "active": any(upload.is_active for upload in waiting),
    }
    return render(request, f"{LIST}#imports" if partial(request) else LIST, context)


def format_in(upload: Upload) -> str:
    return str((upload.checked or {}).get("format", ""))


def ready(upload: Upload) -> bool:
    found = upload.checked or {}
    return upload.state == Upload.State.CHECKED and not found["wrong"] and bool(found["new"])


def load(request: LedgerRequest, pk: int) -> ImportBatch:
    batches = request.ledger.batches.select_related("wallet", "imported_by", "undone_by", "upload")
    return get_object_or_404(batches.defer("known_lines", "upload__rows"), pk=pk)


@ledger_view()
def import_batch(request: LedgerRequest, batch: int) -> HttpResponse:
    row = load(request, batch)
    of_ledger = reverse("transaction_list", args=[request.ledger.slug])
    context = {
        "batch": row,
        "title": title_of(row.format),
        "wallets": [] if row.wallet else rows_by_wallet(row),
        "lines": [*islice(lines_of(row), NAMED)],
        "more": max(0, row.skipped + row.errors + row.remarks - NAMED),
        "file": kept(upload_of(row)),
        "can_redo": can_redo(row),
        "left": seconds_left(row),
        "before": request.ledger.batches.filter(sha256=row.sha256, pk__lt=row.pk).first(),
        "effects": row.effects.select_related("rule").order_by("pk"),
        "rows": number_of(row.ledger.transactions.alive().filter(batch=row), MANY),
        "many": MANY,
        "rows_url": f"{of_ledger}?batch={row.pk}&hidden=all",
    }
    return render(request, f"{PAGE}#batch" if partial(request) else PAGE, context)


def seconds_left(row: Upload | ImportBatch) -> int | None:
    """Until the job on it is over."""
    if not row.began_at or row.fraction < 0.02:
        return None
    spent = (timezone.now() - row.began_at).total_seconds()
    return round(spent * (1 - row.fraction) / row.fraction)


def rows_by_wallet(batch: ImportBatch) -> list[tuple[str, int]]:
    """The names of its wallets, and how many rows each has."""
    rows = Transaction.objects.filter(ledger=batch.ledger_id, batch=batch).order_by()
    counts = rows.values("wallet").annotate(n=Count("pk"))
    return list(counts.order_by("wallet__name").values_list("wallet__name", "n"))


def upload_of(batch: ImportBatch) -> Upload | None:
    return getattr(batch, "upload", None)


def kept(upload: Upload | None) -> bool:
    return upload is not None and upload.blocks.exists()


@ledger_view()
def import_report(request: LedgerRequest, batch: int, kind: str) -> HttpResponse:
    row = load(request, batch)
    name = {"Content-Disposition": f'attachment; filename="import-{row.pk}.{kind}"'}
    if kind == "json":
        pieces, content_type = in_pieces(as_report(row)), "application/json"
    else:
        pieces, content_type = as_csv(row), "text/csv; charset=utf-8"
    return StreamingHttpResponse(pieces, content_type=content_type, headers=name)  # type: ignore[return-value]


def as_csv(batch: ImportBatch) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(["line", "kind", "column", "written", "read", "reason"])
    for each in lines_of(batch):
        reason = each.get("reason") or each.get("message", "")
        cells = [each.get(name, "") for name in ("column", "written", "read")]
        yield writer.writerow([each["line"], each["kind"], *map(harmless, [*cells, reason])])


def as_report(batch: ImportBatch) -> dict[str, Any]:
    names = ("lines", "imported", "duplicates", "skipped", "errors", "transactions", "seconds")
    return {
        "import": batch.pk,
        "file": batch.file_name,
        "bytes": batch.size,
        "sha256": batch.sha256,
        "format": batch.format,
        "wallet": batch.wallet.name if batch.wallet else None,
        "wallets": dict(rows_by_wallet(batch)),
        "imported_at": batch.imported_at.isoformat(),
        "imported_by": batch.imported_by.username if batch.imported_by else None,
        "way": batch.way,
        **{name: getattr(batch, name) for name in names},
        "report": report_of(batch),
    }


@ledger_view()
def import_file(request: LedgerRequest, batch: int) -> HttpResponse:
    """As it was uploaded."""
    upload = upload_of(load(request, batch))
    if upload is None or not kept(upload):
        raise Http404
    return FileResponse(
        opened(upload),
        as_attachment=True,
        filename=upload.file_name,
        content_type="application/octet-stream",
    )  # type: ignore[return-value]
