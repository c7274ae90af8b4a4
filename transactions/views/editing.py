"""What all editors of a row have in common.

GET shows the editor, as a fragment over its cell or as a page. POST saves and leads back to the
page that the editor was opened on, 422 says what is wrong beside the field, 409 shows both texts.
"""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.db import DEFAULT_DB_ALIAS, IntegrityError
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import ForeignKeyViolation

from ledgers.access import LedgerRequest
from ledgers.editing import Newer
from ledgers.undo import offer
from live.versions import Conflict
from transactions.filters import EVERY_FILTER, TransactionFilter
from transactions.forms.editors import RowForm
from transactions.models import Gone, Transaction
from transactions.presentation import Presenter, count_text
from transactions.queries.rows import times
from txproject.http import next_url, partial, path_of, see_other
from txproject.prepared import Parameter, Prepared, instances


def load(request: LedgerRequest, pk: int, *also: str) -> Transaction:
    """A transaction of the ledger, with all that its editors show; Http404 otherwise."""
    rows = request.ledger.transactions.alive().for_list().select_related("edited_by", *also)
    row = get_object_or_404(rows, pk=pk)
    row.ledger = request.ledger
    return row


@Prepared
def alive_of_key() -> QuerySet[Transaction]:
    return Transaction.objects.alive().filter(ledger=Parameter("ledger"), pk=Parameter("key"))


def load_alone(request: LedgerRequest, pk: int) -> Transaction:
    """The same to be written: what its editors show besides is read if they are shown."""
    rows = alive_of_key(ledger=request.ledger.pk, key=pk) if pk < 1 << 63 else ()
    row = next(instances(Transaction, rows), None)
    if row is None:
        raise Http404
    row.ledger = request.ledger
    return row


def unread(request: LedgerRequest, pk: int) -> Transaction:
    """The same for a form that does not look at the row: whatever is asked of it is read then."""
    row = Transaction.from_db(DEFAULT_DB_ALIAS, ["id", "ledger_id"], [pk, request.ledger.pk])
    row.ledger = request.ledger
    return row


def back(request: LedgerRequest) -> str:
    return next_url(request, path_of("transaction_list", request.ledger.slug))


def edit(request: LedgerRequest, pk: int, form_class: type[RowForm]) -> HttpResponse:
    if request.method != "POST":
        return editor(request, form_class(load(request, pk)))
    row = (load_alone if form_class.reads_row else unread)(request, pk)
    form = form_class(row, request.POST)
    if not form.is_valid():
        return refused(request, pk, form)
    try:
        form.save(by=request.user)
    except Conflict:
        return conflict(request, pk, form)
    except Transaction.DoesNotExist:
        raise Http404 from None
    except IntegrityError as error:
        refuse_gone(form, error)
        return refused(request, pk, form)
    return saved(request, row)


def refused(request: LedgerRequest, pk: int, form: RowForm) -> HttpResponse:
    form.row = load(request, pk)
    return editor(request, form, status=422)


def refuse_gone(form: Form, error: IntegrityError) -> None:
    """Say on the form that what it chose is there no more; any other error is raised again."""
    if not isinstance(error, Gone) and not isinstance(error.__cause__, ForeignKeyViolation):
        raise error
    message = _("What you chose was deleted or merged in this moment. Nothing was saved.")
    form.add_error(None, message)


def editor(
    request: LedgerRequest, form: RowForm, status: int = 200, newer: Newer | None = None
) -> HttpResponse:
    seen = times([form.row.counterparty_id])
    context = {
        "form": form,
        "known": count_text(sum(seen.values())),
        "tx": form.row,
        "row": Presenter(request.ledger, back(request)).row(form.row),
        "next": back(request),
        "conflict": newer,
        "action": request.path,
    }
    template = f"transactions/editors/{form.name}.html"
    name = f"{template}#editor" if partial(request) else template
    return render(request, name, context, status=status)


def conflict(request: LedgerRequest, pk: int, mine: RowForm) -> HttpResponse:
    """Both texts: theirs as it is now, mine in the form, which has seen their version now."""
    row = load(request, pk)
    data = request.POST.copy()
    fresh = type(mine)(row)
    data.update({name: str(fresh.initial[name]) for name in versions(fresh)})
    by = (row.edited_by.get_full_name() or str(row.edited_by)) if row.edited_by else ""
    newer = Newer(mine.text(row), by, row.edited_at and timezone.localtime(row.edited_at))
    return editor(request, type(mine)(row, data), status=409, newer=newer)


def versions(form: RowForm) -> list[str]:
    named = (name for name in form.fields if name.endswith("version"))
    return [name for name in named if form.initial.get(name) is not None]


def saved(
    request: LedgerRequest,
    row: Transaction,
    message: str = "",
    hidden: dict[str, Any] | None = None,
) -> HttpResponse:
    """`hidden` is what the undo of hiding, or of its opposite, needs."""
    where = back(request)
    if not still_fits(request, row, where):
        text = _("%(said)s The transaction no longer fits the filter.")
        message = text % {"said": message or _("Saved.")}
    if hidden:
        offer(request, message, "bulk hidden", hidden)
    elif message:
        messages.info(request, message)
    return see_other(where)


def still_fits(request: LedgerRequest, row: Transaction, where: str) -> bool:
    """Whether the list that the editor was opened on still has the row."""
    url = urlsplit(where)
    if url.path != path_of("transaction_list", request.ledger.slug):
        return True
    query = QueryDict(url.query)
    if query.keys() & EVERY_FILTER.keys():
        return TransactionFilter(query, request.ledger).rows.filter(pk=row.pk).exists()
    return not row.hidden
