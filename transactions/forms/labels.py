"""A label: its name and colour, merging, deleting."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledgers.editing import EditForm, Name
from transactions.actions.labels import merge, remove
from transactions.models import Label

NAME_LENGTH = 100


class LabelForm(EditForm[Label]):
    taken = _("There is a label “%(name)s” already. To make one of both, merge them.")
    name = Name(NAME_LENGTH)
    colour = forms.ChoiceField(label=_("Colour"), choices=Label.Colour.choices)

    @staticmethod
    def initial_values(row: Label) -> dict[str, Any]:
        return {"name": row.name, "colour": row.colour}


class RemoveForm(forms.Form):
    """What was shown when somebody said yes."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, row: Label, data: Any = None) -> None:
        self.row = row
        super().__init__(data, initial={"version": row.version})

    def save(self) -> int:
        return remove(self.row, self.cleaned_data["version"])


class MergeForm(RemoveForm):
    into = forms.ModelChoiceField(
        Label.objects.none(), label=_("Into"), empty_label=pgettext_lazy("label", "which one?")
    )

    def __init__(self, row: Label, data: Any = None) -> None:
        super().__init__(row, data)
        others = row.ledger.labels.exclude(pk=row.pk)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]

    def save(self) -> int:
        return merge(self.row, self.cleaned_data["version"], self.cleaned_data["into"])
