"""From a file that is dropped to the rows that are written: upload, check, confirm, cancel."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from formats.detection import title_of
from formats.parsing.records import ImportFailed
from imports.forms.uploads import OptionsForm, UploadForm
from imports.models import Upload
from imports.tasks import check, write
from imports.uploads.blocks import store
from imports.uploads.queue import cancel, queue
from imports.uploads.rows import FILTERS, page_of
from imports.views.history import seconds_left
from imports.views.offers import offers
from ledgers.access import LedgerRequest, ledger_view
from ledgers.forms import time_zones
from ledgers.models import Role
from txproject.http import moved_on, partial, see_other

State = Upload.State
PAGE = "imports/upload.html"
OTHER = gettext_lazy("Something else is shown now: look at it first.")
editor = ledger_view(read=Role.EDITOR, write=Role.EDITOR)
acts = ledger_view(read=None, write=Role.EDITOR)


@editor
def import_new(request: LedgerRequest) -> HttpResponse:
    if request.method != "POST":
        return asked(request, UploadForm(request.user))
    form = UploadForm(request.user, request.POST, request.FILES)
    if not form.is_valid():
        return asked(request, form, status=422)
    try:
        made = [taken(request, file) for file in form.cleaned_data["file"]]
    except ImportFailed as error:
        form.add_error("file", str(error))
        return asked(request, form, status=422)
    if len(made) == 1:
        return see_other(url(made[0]))
    return see_other(reverse("import_list", args=[request.ledger.slug]))


def asked(request: LedgerRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "limit": settings.MAX_UPLOAD_MB}
    return render(request, "imports/new.html", context, status=status)


def taken(request: LedgerRequest, file: Any) -> Upload:
    limit = settings.MAX_UPLOAD_MB << 20
    with transaction.atomic():
        made = store(request.ledger, request.user, file.name, file.chunks(), limit)
        queue(made, check)
    return made


def url(upload: Upload) -> str:
    return reverse("upload", args=[upload.ledger.slug, upload.pk])


def load(request: LedgerRequest, pk: int) -> Upload:
    uploads = request.ledger.uploads.select_related("uploaded_by", "batch", "ledger")
    return get_object_or_404(uploads, pk=pk)


@editor
def upload(request: LedgerRequest, upload: int) -> HttpResponse:
    row = load(request, upload)
    if row.state == State.UNPACKED:
        return moved_on(request, unpacked(row))
    if row.options.get("archive"):
        return page(request, row, OptionsForm(request.ledger))
    if request.method == "POST":
        return options_changed(request, row)
    if row.batch:
        batch = reverse("import_batch", args=[request.ledger.slug, row.batch.pk])
        return moved_on(request, batch)
    return page(request, row, OptionsForm(request.ledger, initial=initial(row)))


def unpacked(row: Upload) -> str:
    """Where what was in it is: its files, or all that a ledger has."""
    if row.options.get("archive"):
        return row.ledger.get_absolute_url()
    return reverse("import_list", args=[row.ledger.slug])


def initial(upload: Upload) -> dict[str, Any]:
    """What was chosen, else what was found."""
    found = upload.checked or {}
    known = {name: found.get(name, "") for name in ("wallet", "format", "owner_address")}
    return known | {name: value for name, value in upload.options.items() if value}


def options_changed(request: LedgerRequest, row: Upload) -> HttpResponse:
    form = OptionsForm(request.ledger, request.POST)
    if not form.is_valid():
        return page(request, row, form, status=422)
    if is_confirmed(request, row):
        return see_other(url(row))
    row.options = form.cleaned_data
    if not queue(row, check):
        messages.warning(request, OTHER)
    return see_other(url(row))


def is_confirmed(request: LedgerRequest, row: Upload) -> bool:
    """Whether it is too late to say how it is read: whoever asks is told so."""
    confirmed = row.state in (State.QUEUED, State.IMPORTING, State.IMPORTED)
    if confirmed:
        messages.warning(request, _("It is being imported already, as it was confirmed."))
    return confirmed


def page(request: LedgerRequest, row: Upload, form: OptionsForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "upload": row,
        "found": row.checked,
        "title": title_of((row.checked or {}).get("format", "")),
        "mappable": "mapping" in hints(row),
        "form": form,
        "offers": offers(row, form),
        "wallets": request.ledger.wallets.values_list("name", flat=True),
        "time_zones": time_zones(),
        "percent": round(100 * row.fraction),
        "done_bytes": round(row.fraction * row.size),
        "left": seconds_left(row),
        "before": request.ledger.batches.filter(sha256=row.sha256, undone_at=None).first(),
        "rate": rate(row),
    }
    if row.state == State.CHECKED:
        context |= rows(request, row)
    name = f"{PAGE}#upload" if partial(request) else PAGE
    return render(request, name, context, status=status)


def hints(row: Upload) -> list[str]:
    """The settings that would mend what stands in its way."""
    return [hint["setting"] for hint in (row.checked or {}).get("hints", ())]


def rate(row: Upload) -> int | None:
    """Bytes a second."""
    spent = row.began_at and (timezone.now() - row.began_at).total_seconds()
    return round(row.fraction * row.size / spent) if spent and row.fraction else None


def rows(request: LedgerRequest, row: Upload) -> dict[str, Any]:
    found = row.checked or {}
    shown = request.GET.get("rows", "wrong" if found["wrong"] else "all")
    number = request.GET.get("page", "1")
    if shown not in FILTERS or not (number.isdecimal() and len(number) < 8):
        raise Http404
    restores = found["deleted"] if row.options.get("restore_deleted") else 0
    counts = {name: found[name] for name in ("new", "known", "skipped", "wrong", "remarked")}
    words = {
        "all": _("All"),
        "new": _("New"),
        "known": _("Known already"),
        "skipped": _("Left out"),
        "wrong": _("Not understood"),
        "remarked": _("Taken otherwise"),
    }
    return {
        "shown": shown,
        "filters": [
            {"name": name, "label": label, "n": counts.get(name, found["lines"])}
            for name, label in words.items()
        ],
        "rows": page_of(row, shown, int(number)),
        "rows_query": f"rows={shown}&",
        "restores": restores,
        "can_import": (found["new"] or restores)
        and (not found["wrong"] or row.options.get("skip_bad")),
    }


@acts
def upload_confirmed(request: LedgerRequest, upload: int) -> HttpResponse:
    """Imports what the page has shown: of another revision nothing is imported."""
    row = load(request, upload)
    seen = row.state == State.CHECKED and request.POST.get("revision") == str(row.revision)
    if not (seen and queue(row, write, State.QUEUED, request.user)):
        messages.warning(request, OTHER)
    return see_other(url(row))


@acts
def upload_cancelled(request: LedgerRequest, upload: int) -> HttpResponse:
    row = load(request, upload)
    if cancel(row):
        messages.success(request, _("Cancelled. Nothing of the file was written."))
    return see_other(url(row))


@acts
def upload_removed(request: LedgerRequest, upload: int) -> HttpResponse:
    row = load(request, upload)
    if row.batch is None:
        cancel(row)
        gone, _models = Upload.objects.filter(pk=row.pk, batch=None).delete()
        if gone:  # its import may have been faster
            text = _("“%(file)s” is removed. Nothing of it was written.")
            messages.success(request, text % {"file": row})
    return see_other(reverse("import_list", args=[request.ledger.slug]))


@acts
def uploads_confirmed(request: LedgerRequest) -> HttpResponse:
    """All that were checked and have nothing wrong."""
    ready = request.ledger.uploads.filter(state=State.CHECKED, checked__wrong=0)
    chosen = [each for each in ready if each.checked and each.checked["new"]]
    n = sum(queue(row, write, State.QUEUED, request.user) for row in chosen)
    text = ngettext("%(n)d file is being imported.", "%(n)d files are being imported.", n)
    messages.success(request, text % {"n": n})
    return see_other(reverse("import_list", args=[request.ledger.slug]))
