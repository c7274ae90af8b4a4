from django.http import HttpResponse
from django.utils.translation import gettext as _

from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from transactions.actions.bulk import set_hidden
from transactions.forms.editors import ContactForm, LabelsForm, NoteForm, TypeForm
from transactions.views.editing import edit, load, saved

annotator = ledger_view(read=Role.ANNOTATOR, write=Role.ANNOTATOR)


@annotator
def labels(request: LedgerRequest, pk: int) -> HttpResponse:
    return edit(request, pk, LabelsForm)


@annotator
def note(request: LedgerRequest, pk: int) -> HttpResponse:
    return edit(request, pk, NoteForm)


@annotator
def contact(request: LedgerRequest, pk: int) -> HttpResponse:
    return edit(request, pk, ContactForm)


@annotator
def type_(request: LedgerRequest, pk: int) -> HttpResponse:
    return edit(request, pk, TypeForm)


@ledger_view(read=None, write=Role.ANNOTATOR)
def hidden(request: LedgerRequest, pk: int) -> HttpResponse:
    row = load(request, pk)
    hide = request.POST.get("hidden") == "1"
    n, done = set_hidden(request.ledger.transactions.filter(pk=pk), hide, request.user)
    row.hidden = hide
    return saved(request, row, _("Hidden.") if hide else _("Shown again."), done if n else None)
