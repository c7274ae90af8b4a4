"""A saved view: its name, whose it is, and the filter that it names."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ledgers.editing import EditForm, Name
from ledgers.models import User
from transactions.actions.saved_views import make
from transactions.active_filters import in_words, mistakes
from transactions.models import SavedView
from transactions.queries.saved_views import normalised

NAME_LENGTH = 100
LONGEST = 4000  # characters: more than that would be too long for some browser or proxy
MINE, LEDGERS = "mine", "ledger"


class SavedViewForm(EditForm[SavedView]):
    """For whoever may make views for all."""

    taken = _("There is a view “%(name)s” already.")
    name = Name(NAME_LENGTH)
    whose = forms.ChoiceField(
        label=_("Who has it"),
        choices=[(MINE, _("only me")), (LEDGERS, _("everybody in the ledger"))],
    )
    query = forms.CharField(required=False, widget=forms.HiddenInput)

    @staticmethod
    def initial_values(row: SavedView) -> dict[str, Any]:
        whose = LEDGERS if row.owner_id is None else MINE
        return {"name": row.name, "whose": whose, "query": row.query}

    def clean_query(self) -> str:
        text = normalised(QueryDict(self.cleaned_data["query"]))
        if wrong := mistakes(self.row.ledger, text):
            raise forms.ValidationError(wrong)
        if len(text) > LONGEST:
            message = _("The filter has %(n)s characters, at most %(most)s are kept.")
            raise forms.ValidationError(message, params={"n": len(text), "most": LONGEST})
        return text

    def display_value(self, name: str, value: Any) -> Any:
        if name == "query":
            return in_words(self.row.ledger, value)
        return super().display_value(name, value)

    @property
    def words(self) -> str:
        return in_words(self.row.ledger, self["query"].value() or "")

    def save(self, by: User) -> None:
        values = {name: self.cleaned_data[name] for name in ("name", "query")}
        values["owner"] = by if self.cleaned_data["whose"] == MINE else None
        if self.row.pk:
            version = self.cleaned_data["version"]
            SavedView.objects.write(self.row.pk, expected_version=version, by=by, **values)
        else:
            self.make(by, values)

    def make(self, by: User, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(self.row, name, value)
        make(self.row, by)


class OwnViewForm(SavedViewForm):
    """For whoever reads only."""

    def __init__(self, row: SavedView, data: Any = None) -> None:
        super().__init__(row, data)
        whose: Any = self.fields["whose"]
        whose.choices = whose.choices[:1]
