"""The URL of the history to its entries."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from history.models import Entry, EntryQuerySet
from ledgers.models import Ledger
from live.writers import Way

ANY = ("", _("any"))


def day_field(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


def choice_field(label: Any, choices: Any) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, required=False, choices=[ANY, *choices], widget=widget)


def key_field() -> forms.IntegerField:
    hidden = forms.HiddenInput
    return forms.IntegerField(required=False, min_value=1, max_value=10**18, widget=hidden)


class HistoryFilter(forms.Form):
    """What cannot be understood shows its error and no entries."""

    who = choice_field(_("Who"), [])
    way = choice_field(_("By which way"), Way.choices)
    kind = choice_field(_("Of what"), Entry.Kind.choices)
    since = day_field(_("From"))
    until = day_field(_("Until"))
    # One row, by its kind and key; a contact with its addresses; all that was done with an entry.
    row = key_field()
    contact = key_field()
    act = key_field()
    # The last entry of the page before.
    before = key_field()

    def __init__(self, data: Any, ledger: Ledger) -> None:
        super().__init__(data)
        self.ledger = ledger
        names = [(name, name) for name in Entry.objects.writers(ledger.pk)]
        self.fields["who"].choices = [ANY, *names]  # type: ignore[attr-defined]

    @property
    def entries(self) -> EntryQuerySet:
        if not self.is_valid():
            return Entry.objects.none()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        rows = Entry.objects.filter(ledger=self.ledger)
        if "act" in given:
            rows = rows.of_act(self.entry(given.pop("act")))
        if "before" in given:
            rows = rows.before(self.entry(given.pop("before")))
        return rows.filter(**{LOOKUPS[name]: value for name, value in given.items()})

    def entry(self, pk: int) -> Entry:
        return get_object_or_404(Entry, ledger=self.ledger, pk=pk)

    def clean_since(self) -> datetime | None:
        day = self.cleaned_data["since"]
        return began(day) if day else None

    def clean_until(self) -> datetime | None:
        """The last day is meant as a whole."""
        day = self.cleaned_data["until"]
        return began(day) + timedelta(days=1) if day else None


LOOKUPS = {
    "who": "writer",
    "way": "way",
    "kind": "kind",
    "since": "at__gte",
    "until": "at__lt",
    "row": "object_id",
    "contact": "contact_id",
}
# Those beside them have a place in every time zone.
FIRST_DAY, LAST_DAY = date(1, 1, 3), date(9999, 12, 29)


def began(day: date) -> datetime:
    day = max(FIRST_DAY, min(day, LAST_DAY))
    return datetime.combine(day, time.min, timezone.get_current_timezone())
