"""A whole ledger as one file, and a ledger that is made of it."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from formats.parsing.records import ImportFailed
from imports.archive import empty_ledger, file_name, fill, opened, written
from imports.forms.archive import ArchiveForm
from imports.models import Upload
from imports.tasks import restore_archive
from imports.uploads.blocks import store
from imports.uploads.queue import queue
from imports.views.uploads import url
from ledgers.access import LedgerRequest, ledger_view
from ledgers.forms import NewLedgerForm
from ledgers.models import Role, User
from ledgers.views.settings import new_page, usual_zone
from live.writers import Way, writing
from txproject.http import see_other
from txproject.localized import grouped

MANY = 5000  # rows of all parts, which take some seconds
MOST_TIMES = 20  # as large as what may be uploaded, unpacked


@ledger_view(read=Role.OWNER)
def ledger_archive(request: LedgerRequest) -> HttpResponse:
    """Sent as it is read: nothing is held in memory and nothing is kept."""
    name = file_name(request.ledger, timezone.localdate())
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content: Any = written(request.ledger)
    return StreamingHttpResponse(content, content_type="application/zip", headers=headers)  # type: ignore[return-value]


@require_POST
def archived_ledger(request: HttpRequest) -> HttpResponse:
    """In a URL of its own, as it is of no ledger yet."""
    user = cast(User, request.user)
    form = ArchiveForm(request.POST, request.FILES)
    try:
        if form.is_valid():
            return see_other(taken(request, form.cleaned_data["file"], user))
    except ImportFailed as error:
        form.add_error("file", str(error))
    empty = NewLedgerForm(initial={"time_zone": usual_zone(user)})
    return new_page(request, empty, 422, form)


def taken(request: HttpRequest, file: Any, by: User) -> str:
    """Where to go on: many rows are a job for a worker, whose page says how far it is."""
    limit = MOST_TIMES * settings.MAX_UPLOAD_MB << 20
    with opened(file, limit) as archive, transaction.atomic(), writing(Way.IMPORT):
        ledger = empty_ledger(archive, by)
        if archive.rows > MANY:
            file.seek(0)
            return waiting(store(ledger, by, file.name, file.chunks()), by)
        n = fill(ledger, archive).rows["transactions"]
    text = ngettext("%(n)s transaction is back.", "%(n)s transactions are back.", n)
    messages.success(request, text % {"n": grouped(n)})
    return ledger.get_absolute_url()


def waiting(upload: Upload, by: User) -> str:
    upload.options = {"archive": True}
    queue(upload, restore_archive, Upload.State.QUEUED, by)
    return url(upload)
