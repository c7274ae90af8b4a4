"""The address book as a file: out with one request, in with a look at it before.

Nothing is kept between the look and the act: the browser sends the file along again.
"""

import base64
import io
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.files import BookImport, as_csv, import_book
from contacts.files.importer import BookResult
from contacts.files.merging import Outcome
from contacts.files.readers import BookEntry, HashLabel
from contacts.forms.files import UploadForm
from formats.parsing.records import ImportFailed, Row
from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from txproject.http import see_other
from txproject.localized import grouped

SHOWN = 500  # lines of a preview

type Line = dict[str, Any]


@ledger_view()
def contact_export(request: LedgerRequest) -> HttpResponse:
    name = f"{request.ledger.slug}-contacts-{timezone.localdate():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    text = as_csv(request.ledger)
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@ledger_view(read=Role.ANNOTATOR, write=Role.ANNOTATOR)
def contact_import(request: LedgerRequest) -> HttpResponse:
    if request.method != "POST":
        return asked(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return asked(request, form, status=422)
    sure = "sure" in request.POST
    lines: list[Line] = []
    job = BookImport(
        request.ledger,
        own=request.membership.may(Role.EDITOR),
        user=request.user,
        skip_bad=True,
        dry_run=not sure,
        tell=lambda row, outcome: lines.append(result_line(row, outcome)),
    )
    try:
        source = io.BytesIO(form.cleaned_data["bytes"])
        result = import_book(job, source, form.cleaned_data["name"])
    except ImportFailed as error:
        form.add_error("file", str(error))
        return asked(request, form, status=422)
    return done(request, result) if sure else preview(request, form, result, lines)


def asked(request: LedgerRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    may_own = request.membership.may(Role.EDITOR)
    context = {"form": form, "may_own": may_own}
    return render(request, "contacts/import.html", context, status=status)


def preview(
    request: LedgerRequest, form: UploadForm, result: BookResult, lines: list[Line]
) -> HttpResponse:
    shown = every_line(result, lines)
    context = {
        "result": result,
        "skipped": len(result.skipped),
        "bad": len(result.errors),
        "otherwise": len({remark.line for remark in result.remarks}),
        "lines": shown[:SHOWN],
        "more": len(shown[SHOWN:]),
        "name": form.cleaned_data["name"],
        "content": base64.b64encode(form.cleaned_data["bytes"]).decode(),
    }
    return render(request, "contacts/import_preview.html", context)


def result_line(row: Row[BookEntry | HashLabel], outcome: Outcome) -> Line:
    new, name, of = what_is_new(row.value)
    what = {Outcome.NEW: new, Outcome.KNOWN: _("known already"), Outcome.AGAINST: ""}
    return {
        "line": row.line,
        "name": name,
        "address": of,
        "what": what[outcome],
        "new": outcome is Outcome.NEW,
    }


def what_is_new(entry: BookEntry | HashLabel) -> tuple[str, str, str]:
    """In words; the name; of which address, or of which transaction."""
    if isinstance(entry, HashLabel):
        return _("to be written on this transaction"), entry.label, entry.hash
    new = _("to be an own address of this wallet") if entry.own else _("to be imported")
    return new, entry.name, entry.address.shown if entry.address else ""


def every_line(result: BookResult, lines: list[Line]) -> list[Line]:
    """Those that were understood with what becomes of them, and the others with the reason."""
    by_line = {line["line"]: line for line in lines}
    for skipped in result.skipped:
        line = by_line.setdefault(skipped.line, {"line": skipped.line})
        line |= {"what": skipped.reason, "left": True}
    for error in result.errors:
        reason = f"{error.column}: {error.message}" if error.column else error.message
        by_line[error.line] = {"line": error.line, "what": reason, "bad": True}
    for remark in result.remarks:
        by_line[remark.line].setdefault("remarks", []).append(remark)
    return [by_line[number] for number in sorted(by_line)]


def done(request: LedgerRequest, result: BookResult) -> HttpResponse:
    left = len(result.skipped) + len(result.errors)
    text = ngettext("%(n)s line imported", "%(n)s lines imported", result.imported) % {
        "n": grouped(result.imported)
    }
    names = {"text": text, "known": grouped(result.duplicates), "left": grouped(left)}
    messages.success(request, _("%(text)s, %(known)s known already, %(left)s left out.") % names)
    return see_other(reverse("contact_list", args=[request.ledger.slug]))
