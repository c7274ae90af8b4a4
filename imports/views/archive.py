"""A whole ledger as one file, and a ledger that is made of it."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from formats.parsing.records import ImportFailed
from imports.archive import Restored, file_name, new_ledger, written
from imports.forms.archive import ArchiveForm
from ledgers.access import LedgerRequest, ledger_view
from ledgers.forms import NewLedgerForm
from ledgers.models import Role, User
from ledgers.views.settings import new_page, usual_zone
from txproject.http import see_other
from txproject.localized import grouped


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
    made = read(form, user) if form.is_valid() else None
    if made is None:
        empty = NewLedgerForm(initial={"time_zone": usual_zone(user)})
        return new_page(request, empty, 422, form)
    n = made.rows["transactions"]
    text = ngettext("%(n)s transaction is back.", "%(n)s transactions are back.", n)
    messages.success(request, text % {"n": grouped(n)})
    return see_other(made.ledger.get_absolute_url())


def read(form: ArchiveForm, by: User) -> Restored | None:
    """None where it cannot be used: then the form says why."""
    try:
        return new_ledger(form.cleaned_data["file"], by, settings.MAX_UPLOAD_MB << 20)
    except ImportFailed as error:
        form.add_error("file", str(error))
        return None
