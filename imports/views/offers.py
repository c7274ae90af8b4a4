"""What would mend a file that is not read as it should be, to be chosen by one click."""

from dataclasses import dataclass
from typing import Any

from django import forms

from imports.forms.uploads import OptionsForm
from imports.models import Upload

MOST = 8  # choices of one setting: from more, one is looked for in the form
# What a setting of the command is on the page, of those that are not called the same.
FIELDS = {"decimal_comma": "decimal_mark"}
CHOICES = {"decimal_comma": {",": ""}, "date_order": {"dmy": "", "mdy": ""}}


@dataclass(frozen=True, slots=True)
class Offer:
    """A field of the form, what it may be, and what is chosen of the others."""

    name: str
    label: str
    choices: list[tuple[str, str]]
    kept: list[tuple[str, Any]]


def offers(row: Upload, form: OptionsForm) -> list[Offer]:
    found = row.checked or {}
    of_file = {hint["setting"]: hint["choices"] for hint in found.get("hints", ())}
    of_rows = {setting: CHOICES[setting] for setting in found.get("settings", ())}
    made = (offer(row, form, *each) for each in {**of_file, **of_rows}.items())
    return [each for each in made if each.choices]


def offer(row: Upload, form: OptionsForm, setting: str, choices: dict[str, str]) -> Offer:
    """Without choices, where the form has no such field, or too many for buttons."""
    name = FIELDS.get(setting, setting)
    field = form.fields.get(name)
    if field is None or len(choices) > MOST:
        return Offer(name, "", [], [])
    words: dict[Any, Any] = {}
    if isinstance(field, forms.ChoiceField):
        words = dict(field.widget.choices)
    values = {"" if value == "auto" else value: said for value, said in choices.items()}
    named = [(value, said or words.get(value, value)) for value, said in values.items()]
    kept = [(other, chosen) for other, chosen in row.options.items() if chosen and other != name]
    return Offer(name, str(field.label), named, kept)
