"""How tables are read that no format knows: made for an uploaded file, kept, shared as TOML."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from formats.mapping import PREFIX, format_name
from formats.mapping.guessing import guess
from formats.parsing.records import ImportFailed
from imports.forms.mappings import MappingFileForm, MappingForm, RemoveForm
from imports.models import FormatMapping, Upload
from imports.pipeline.kinds import mapping_of
from imports.tasks import check
from imports.uploads.mapping import Sample
from imports.uploads.queue import queue
from imports.views import uploads
from ledgers.access import LedgerRequest, ledger_view
from ledgers.editing import Editor, Newer, still_there
from ledgers.models import Role
from live.versions import Conflict
from txproject.http import next_url, partial, see_other

LIST, PAGE = "imports/mappings.html", "imports/mapping.html"
editor = ledger_view(read=Role.EDITOR, write=Role.EDITOR)


@ledger_view(write=Role.EDITOR)
def mapping_list(request: LedgerRequest) -> HttpResponse:
    if request.method != "POST":
        return listed(request, MappingFileForm(request.ledger))
    form = MappingFileForm(request.ledger, request.POST, request.FILES)
    made = form.save(request.user) if form.is_valid() else None
    if made is None:
        return listed(request, form, status=422)
    messages.success(request, _("“%(name)s” is a mapping of this ledger now.") % {"name": made})
    return see_other(request.path)


def listed(request: LedgerRequest, form: MappingFileForm, status: int = 200) -> HttpResponse:
    rows = list(request.ledger.mappings.select_related("created_by", "edited_by"))
    context = {"mappings": rows, "form": form}
    name = f"{LIST}#mappings" if partial(request) else LIST
    return render(request, name, context, status=status)


@editor
def mapping(request: LedgerRequest, mapping: int) -> HttpResponse:
    return page(request, PAGE).edit(load(request, mapping), MappingForm)


@editor
def mapping_removed(request: LedgerRequest, mapping: int) -> HttpResponse:
    row, shown = load(request, mapping), page(request, "imports/mapping_removed.html")
    form = RemoveForm(row, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return shown.show(form, row, status=422 if form.is_bound else 200)
    try:
        form.save()
    except Conflict:
        now = still_there(row)
        newer = Newer.of(now, MappingForm(now).text())
        return shown.show(RemoveForm(now), now, status=409, newer=newer)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": row})
    return shown.saved()


@ledger_view()
def mapping_toml(request: LedgerRequest, mapping: int) -> HttpResponse:
    row = load(request, mapping)
    name = slugify(row.name) or f"mapping-{row.pk}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}.toml"'}
    content_type = "application/toml; charset=utf-8"
    return HttpResponse(mapping_of(row).to_toml(), content_type=content_type, headers=disposition)


@editor
def upload_mapping(request: LedgerRequest, upload: int) -> HttpResponse:
    """What is checked is shown as it would come in; what is saved is how the file is read."""
    file = uploads.load(request, upload)
    if uploads.is_confirmed(request, file) or file.state in Upload.OVER:
        return see_other(uploads.url(file))
    try:
        sample = Sample(file)
    except ImportFailed as error:
        messages.warning(request, str(error))
        return see_other(uploads.url(file))
    row, form_class = drafted(request, file, sample), form_for(sample)
    shown = Editor(request, PAGE, uploads.url(file), {"upload": file})
    if "check" in request.POST:
        form = form_class(row, request.POST)
        if not form.is_valid():
            return shown.show(form, row, status=422)
        shown.more["preview"] = sample.preview(form.mapping)
        return shown.show(form, row)
    answer = shown.edit(row, form_class)
    if answer.status_code == 303 and not use(row, file):
        messages.warning(request, uploads.OTHER)
    return answer


def form_for(sample: Sample) -> type[MappingForm]:
    of_file = {
        "titles_in": lambda _form, _mapping: sample.header,
        "words_in": lambda _form, title: sample.words(title),
    }
    return type("FileMappingForm", (MappingForm,), of_file)


def drafted(request: LedgerRequest, upload: Upload, sample: Sample) -> FormatMapping:
    """The mapping that the file is read by, for its header; else a guess. Saved is the one that was
    shown: the file may be read by another one since."""
    row = shown_in(request) if request.method == "POST" else read_by(upload)
    if row is None:
        row = FormatMapping(ledger=request.ledger, mapping=guess(sample.header, sample.rows))
    row.mapping = fitted(row.mapping, sample.header)
    return row


def shown_in(request: LedgerRequest) -> FormatMapping | None:
    key = request.POST.get("shown", "")
    is_key = key.isdecimal() and len(key) < 19
    return request.ledger.mappings.filter(pk=key).first() if is_key else None


def read_by(upload: Upload) -> FormatMapping | None:
    found: dict[str, Any] = upload.checked or {}
    name = upload.options.get("format") or found.get("format", "")
    if not name.startswith(PREFIX):
        return None
    return upload.ledger.mappings.filter(name=name.removeprefix(PREFIX)).first()


def fitted(mapping: dict[str, Any], header: list[str]) -> dict[str, Any]:
    """Without the columns that the file does not have."""
    columns = {name: title for name, title in mapping["columns"].items() if title in header}
    joins = mapping.get("joins", "")
    return mapping | {
        "header": header,
        "columns": columns,
        "joins": joins if joins in header else "",
        "identity": [title for title in mapping.get("identity", ()) if title in header],
    }


def use(row: FormatMapping, upload: Upload) -> bool:
    """Whether the file is read by it now."""
    row.refresh_from_db(fields=["name"])
    upload.options |= {"format": format_name(row.name)}
    return queue(upload, check)


def load(request: LedgerRequest, pk: int) -> FormatMapping:
    rows = request.ledger.mappings.select_related("edited_by", "ledger")
    return get_object_or_404(rows, pk=pk)


def page(request: LedgerRequest, template: str) -> Editor:
    back = next_url(request, reverse("mapping_list", args=[request.ledger.slug]))
    return Editor(request, template, back)
