"""Editing one named thing of a ledger, in place or on a page of its own.

GET shows the form; POST saves and answers 303, 422 with what is wrong beside the field, or 409
with both texts.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ledgers.access import LedgerRequest
from ledgers.models import User
from ledgers.naming import refuse_unseen
from live.versions import Conflict, Versioned
from txproject.http import next_url, partial, see_other


class Name(forms.CharField):
    """With single spaces, so that two names that look alike are one."""

    def __init__(self, max_length: int, **kwargs: Any) -> None:
        super().__init__(label=_("Name"), max_length=max_length, **kwargs)

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value) or "").split())


class EditForm[M: Versioned](forms.Form):
    """Bound to its row, which is not in the database yet where it is to be made.

    `taken` is display_value where the database has another row of the same name.
    """

    taken: ClassVar[Any]
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, row: M, data: Any = None) -> None:
        self.row = row
        super().__init__(data, initial={"version": row.version, **self.initial_values(row)})

    @staticmethod
    def initial_values(row: M) -> dict[str, Any]:
        raise NotImplementedError

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        refuse_unseen(name, known=type(self.row)._default_manager.filter(pk=self.row.pk))
        return name

    def text(self) -> str:
        """All that is edited, of the row as it is: for a conflict."""
        return ", ".join(
            str(self.display_value(name, value))
            for name, value in self.initial_values(self.row).items()
        )

    def mine(self) -> str:
        """The same of what was written."""
        return ", ".join(
            str(self.display_value(name, self[name].value()))
            for name in self.initial_values(self.row)
        )

    def display_value(self, name: str, value: Any) -> Any:
        return dict(getattr(self.fields[name], "choices", ())).get(value, value)

    def save(self, by: User) -> None:
        """Raises Conflict where the row has a newer version than the one that was shown."""
        values = {name: self.cleaned_data[name] for name in self.initial_values(self.row)}
        rows = type(self.row)._default_manager
        if self.row.pk:
            version = self.cleaned_data["version"]
            rows.write(self.row.pk, expected_version=version, by=by, **values)  # type: ignore[attr-defined]
        else:
            self.make(by, values)

    def make(self, by: User, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(self.row, name, value)
        self.row.edited_at, self.row.edited_by = timezone.now(), by
        self.row.save(force_insert=True)

    def refuse_taken(self) -> None:
        self.add_error("name", self.taken % {"name": self.cleaned_data["name"]})


@dataclass
class Newer:
    """What a conflict shows: the text that was saved meanwhile, by whom and when."""

    text: str
    by: str
    at: datetime | None

    @classmethod
    def of(cls, row: Versioned, text: str) -> Self:
        by = str(row.edited_by) if row.edited_by else ""
        return cls(text, by, row.edited_at and timezone.localtime(row.edited_at))


@dataclass
class Editor:
    """A form as it is shown: its template, and the page that it was opened on."""

    request: LedgerRequest
    template: str
    page: str
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def back(self) -> str:
        return next_url(self.request, self.page)

    def show(
        self, form: forms.Form, row: Any, status: int = 200, newer: Newer | None = None
    ) -> HttpResponse:
        context = {
            "form": form,
            "row": row,
            "conflict": newer,
            "next": self.back,
            "action": self.request.path,
        }
        name = f"{self.template}#editor" if partial(self.request) else self.template
        return render(self.request, name, context | self.more, status=status)

    def saved(self) -> HttpResponse:
        return see_other(self.back)

    def edit(self, row: Versioned, form_class: type[EditForm[Any]]) -> HttpResponse:
        if self.request.method != "POST":
            return self.show(form_class(row), row)
        form = form_class(row, self.request.POST)
        if not form.is_valid():
            return self.show(form, row, status=422)
        try:
            with transaction.atomic():
                form.save(by=self.request.user)
        except Conflict:
            return self.conflict(row, form_class)
        except IntegrityError:
            form.refuse_taken()
            return self.show(form, row, status=422)
        return self.saved()

    def conflict(self, row: Versioned, form_class: type[EditForm[Any]]) -> HttpResponse:
        """Both texts: theirs as it is now, mine in the form, which has seen their version now."""
        row = still_there(row)
        data = self.request.POST.copy()
        data["version"] = str(row.version)
        form = form_class(row, data)
        return self.show(form, row, status=409, newer=Newer.of(row, form.text()))


def still_there[M: Versioned](row: M) -> M:
    try:
        return row.current()
    except Conflict:
        raise Http404 from None
