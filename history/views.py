from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from history.actions import CannotRevert, Conflicts, revert
from history.filters import LOOKUPS, HistoryFilter
from history.models import Entry, EntryQuerySet
from history.presentation import Presenter, rows_there
from history.queries import last_of, page_of
from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role
from txproject.http import next_url, partial, see_other
from txproject.localized import grouped

PAGE = "history/list.html"
# Of the entries that were changed since.
SHOWN = 20
annotator = ledger_view(read=None, write=Role.ANNOTATOR)


@ledger_view()
def history(request: LedgerRequest) -> HttpResponse:
    form = HistoryFilter(request.GET, request.ledger)
    page = page_of(form.entries)
    given = form.cleaned_data
    of_row = bool(given.get("kind") and given.get("row"))
    presenter = Presenter(request.ledger, request.membership, of_row)
    context = {
        "form": form,
        "acts": presenter.acts(page.entries, rows_there(page.entries)),
        "filtered": any(given.values()),
        "act": given.get("act"),
        "older": page.last and changed(request, before=page.last),
        "newest": "before" in request.GET and changed(request, before=None),
        "next": request.get_full_path(),
    }
    return render(request, f"{PAGE}#history" if partial(request) else PAGE, context)


def last_entries(request: LedgerRequest, *rows: Any, **of: Any) -> dict[str, Any]:
    """What the page of a row shows of its history; `of` are parameters of the whole one, `rows`
    those that it names by more than their number."""
    told = Entry.objects.filter(ledger=request.ledger, **{LOOKUPS[name]: of[name] for name in of})
    there = {(each._meta.model_name, each.pk): each for each in rows}
    acts = Presenter(request.ledger, request.membership, "row" in of).acts(last_of(told), there)
    where = reverse("history", args=[request.ledger.slug])
    return {"acts": acts, "history_url": f"{where}?{urlencode(of)}"}


def changed(request: LedgerRequest, **values: Any) -> str:
    """This page with other parameters; None leaves one out."""
    query = request.GET.copy()
    for name, value in values.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"


@annotator
def entry_reverted(request: LedgerRequest, entry: int) -> HttpResponse:
    return reverted(request, Entry.objects.filter(pk=load(request, entry).pk), whole=False)


@annotator
def act_reverted(request: LedgerRequest, entry: int) -> HttpResponse:
    """All that was done at once with this entry."""
    return reverted(request, Entry.objects.of_act(load(request, entry)), whole=True)


@annotator
def act_of_row_reverted(request: LedgerRequest, entry: int) -> HttpResponse:
    """All that was done at once with this entry, to the same row."""
    one = load(request, entry)
    entries = Entry.objects.of_act(one).filter(kind=one.kind, object_id=one.object_id)
    return reverted(request, entries, whole=True)


@annotator
def last_reverted(request: LedgerRequest) -> HttpResponse:
    """What this person has just done: the key `u` asks for it."""
    entry = Entry.objects.just_done(request.ledger, request.user)
    if entry:
        again = reverse("act_reverted", args=[request.ledger.slug, entry.pk])
        return reverted(request, Entry.objects.of_act(entry), whole=True, again=again)
    text = _("Nothing to undo here. What was changed is in the history, which takes it back.")
    messages.info(request, text)
    return see_other(back(request))


def back(request: LedgerRequest) -> str:
    return next_url(request, reverse("history", args=[request.ledger.slug]))


def load(request: LedgerRequest, pk: int) -> Entry:
    return get_object_or_404(Entry, ledger=request.ledger, pk=pk)


def reverted(
    request: LedgerRequest, entries: EntryQuerySet, whole: bool, again: str = ""
) -> HttpResponse:
    """`again` is where a conflict leads, if this URL stands for whatever was last: who sends it has
    not looked at the entries, and is told which they were."""
    where = back(request)
    named = name_of(request, entries) if again else ""
    try:
        n = revert(entries, request.membership, whole, others="others" in request.POST)
    except Conflicts as conflicts:
        return conflict(request, conflicts, again or request.path, where)
    except CannotRevert as reason:
        messages.error(request, _("Nothing was taken back. %(reason)s") % {"reason": reason})
        return see_other(where)
    text = ngettext("%(n)s change is taken back.", "%(n)s changes are taken back.", n)
    said = _("Taken back: %(what)s") % {"what": named} if named else text % {"n": grouped(n)}
    messages.success(request, said)
    return see_other(where)


def name_of(request: LedgerRequest, entries: EntryQuerySet) -> str:
    """Which row, and what of it, one entry tells of; nothing of several."""
    found = list(entries[:2])
    if len(found) != 1:
        return ""
    one = Presenter(request.ledger, request.membership).entry(found[0], rows_there(found))
    fields = ", ".join(change.field for change in one.changes) or one.deed
    return f"{one.name}: {fields}"


def conflict(request: LedgerRequest, conflicts: Conflicts, action: str, where: str) -> HttpResponse:
    """Both texts of what was changed since. Nothing has been written."""
    presenter = Presenter(request.ledger, request.membership)
    context = {
        "clashes": presenter.clashes(conflicts.entries[:SHOWN]),
        "more": max(0, len(conflicts.entries) - SHOWN),
        "others": conflicts.others,
        "action": action,
        "next": where,
    }
    return render(request, "history/conflict.html", context, status=409)
