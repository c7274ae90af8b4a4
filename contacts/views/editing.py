"""What the editors of the address book have in common; ledgers/editing.py has those of a row."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from contacts.forms.contacts import AddressBookForm, ChangedMeanwhile
from ledgers.access import LedgerRequest
from ledgers.editing import Newer
from live.versions import Conflict
from txproject.http import partial


@dataclass(frozen=True)
class Editor:
    """One row under edit: `load` reads it anew, `next` is where a save leads."""

    request: LedgerRequest
    form_class: type[AddressBookForm]
    load: Callable[[], Any]
    next: str
    context: dict[str, Any] = field(default_factory=dict)

    def answer(self, save: Callable[[Any], HttpResponse]) -> HttpResponse:
        """GET shows the editor; POST calls `save` with a form that is valid, or says why not."""
        row = self.load()
        if self.request.method != "POST":
            return self.show(self.form_class(row))
        form = self.form_class(row, self.request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            return save(form)
        except ChangedMeanwhile:
            form = self.form_class(self.load(), self.request.POST)
            return self.show(form, status=422)
        except Conflict:
            return self.conflict(form)

    def conflict(self, mine: AddressBookForm) -> HttpResponse:
        """Both texts: theirs as it is now, mine in the form, which has seen their version now."""
        row = self.load()
        data = self.request.POST.copy()
        data["version"] = str(row.version)
        by = str(row.edited_by) if row.edited_by else ""
        newer = Newer(mine.text(row), by, row.edited_at and timezone.localtime(row.edited_at))
        return self.show(self.form_class(row, data), status=409, conflict=newer)

    def show(self, form: AddressBookForm, status: int = 200, **more: Any) -> HttpResponse:
        context = {"form": form, "action": self.request.path, "next": self.next}
        template = f"contacts/editors/{form.name}.html"
        name = f"{template}#editor" if partial(self.request) else template
        return render(self.request, name, context | self.context | more, status=status)
