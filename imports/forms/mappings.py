"""A mapping as a form: for each of our fields a column of the file, or what it always is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from formats.mapping import BadMapping, Mapping
from formats.mapping import fields as known
from formats.mapping.guessing import PATTERNS, word_guess
from imports.forms.uploads import SELECT, TEXT
from imports.models import FormatMapping
from imports.pipeline.kinds import LONGEST_TOML, mapping_in_toml, mapping_of
from ledgers.editing import EditForm, Name
from ledgers.models import Ledger, User
from ledgers.naming import refuse_unseen
from live.versions import Conflict
from transactions.models import TransactionType

LABELS = {
    "time": gettext_lazy("Time"),
    "type": gettext_lazy("Type, in the words of the source"),
    "amount": gettext_lazy("Amount"),
    "asset": gettext_lazy("Asset of the amount"),
    "total": gettext_lazy("What was paid or got for it"),
    "total_asset": gettext_lazy("Asset of that"),
    "sent": gettext_lazy("Out"),
    "sent_asset": gettext_lazy("Asset that went out"),
    "received": gettext_lazy("In"),
    "received_asset": gettext_lazy("Asset that came in"),
    "fee": gettext_lazy("Fee"),
    "fee_asset": gettext_lazy("Asset of the fee"),
    "value": gettext_lazy("Value"),
    "value_asset": gettext_lazy("Currency of the value"),
    "hash": gettext_lazy("Hash"),
    "group": gettext_lazy("Group"),
    "counterparty": gettext_lazy("Address of the other side"),
    "label": gettext_lazy("Label"),
    "note": gettext_lazy("Note"),
}
ABOUT = ("time", "type", "hash", "group", "counterparty", "label", "note")
AMOUNTS = tuple(name for pair in known.ASSETS.items() for name in pair)
SIGNS = {
    known.SIGNED: gettext_lazy("one amount: with a minus it went out"),
    known.IN_COLUMNS: gettext_lazy("a column for in and one for out"),
    known.BY_WORD: gettext_lazy("one amount: the word of the type says it"),
}
DATES = {
    "": gettext_lazy("say which"),
    known.ISO: gettext_lazy("year first: 2024-01-31 14:05"),
    known.EXCEL: gettext_lazy("number of a spreadsheet: 45322.587"),
    known.UNIX: gettext_lazy("Unix, seconds: 1706709900"),
    known.UNIX_MS: gettext_lazy("Unix, milliseconds: 1706709900000"),
}
EXAMPLES = ("31.01.2024", "31.01.24", "31/01/2024", "01/31/2024", "31-01-2024", "2024/01/31")
WRITTEN = dict(zip(PATTERNS, (*EXAMPLES, "20240131"), strict=True))
OTHERWISE = "pattern"
LINE_END = re.compile(r"\r\n?|\n")


def select(label: Any, choices: Any, **kw: Any) -> forms.ChoiceField:
    widget = forms.Select(attrs=SELECT)
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=widget, **kw)


def line(label: Any, **kw: Any) -> forms.CharField:
    widget = forms.TextInput(attrs=TEXT | kw.pop("attrs", {}))
    return forms.CharField(label=label, required=False, max_length=200, widget=widget, **kw)


class MappingForm(EditForm[FormatMapping]):
    """Whether it is to be saved or only looked at, says the button: `check` needs no name."""

    taken = gettext_lazy("There is a mapping “%(name)s” already.")
    # Its key; none of one that is to be made.
    shown = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = Name(known.NAME_LENGTH, required=False)
    sign = select(gettext_lazy("In or out"), SIGNS)
    fee_included = forms.BooleanField(
        label=gettext_lazy("The fee is part of the amount, which is what the balance changed by"),
        required=False,
    )
    date = select(
        gettext_lazy("Dates"),
        [*DATES.items(), *WRITTEN.items(), (OTHERWISE, gettext_lazy("otherwise"))],
    )
    pattern = line(
        gettext_lazy("Dates that are written otherwise"),
        help_text=gettext_lazy("%d day, %m month, %Y year, %H hour, %M minute, %S second."),
    )
    zone = line(
        gettext_lazy("Time zone"),
        help_text=gettext_lazy("For times that do not say theirs. Without it: UTC."),
    )
    decimal_mark = select(
        gettext_lazy("Decimal mark"),
        [(".", gettext_lazy("point: 1,234.56")), (",", gettext_lazy("comma: 1.234,56"))],
    )

    def __init__(self, row: FormatMapping, data: Any = None) -> None:
        super().__init__(row, data)
        self.titles = self.titles_in(row.mapping)
        if data is not None:
            self.data = read_back(data, self.titles)
        columns = [("", "–"), *((title, title) for title in self.titles)]
        for name in known.FIELDS:
            self.fields[name] = select(LABELS[name], columns)
        for name in known.CONSTANTS:
            self.fields[f"{name}_always"] = self._always(name)
        self.fields["joins"] = select(_("Rows of one transaction share"), columns)
        self.fields["identity"] = forms.MultipleChoiceField(
            label=_("A row is known by"),
            required=False,
            choices=columns[1:],
            widget=forms.CheckboxSelectMultiple,
        )
        self.initial = {**self.initial, "shown": row.pk, **flat(row.mapping)}
        self.words = self._words()
        for n, word in enumerate(self.words):
            self._ask(n, word)

    @staticmethod
    def initial_values(row: FormatMapping) -> dict[str, Any]:
        return {"name": row.name, "mapping": row.mapping}

    def _always(self, name: str) -> forms.Field:
        label = _("%(field)s: in every row the same") % {"field": LABELS[name]}
        if name == "type":
            return select(label, [("", _("by the amounts")), *TransactionType.choices])
        return line(label, attrs={"placeholder": _("or always")})

    def _words(self) -> list[str]:
        """Of the type column, and those that were told before."""
        chosen = str(self["type"].value() or "")
        told = self.row.mapping.get("types", {}) | self.row.mapping.get("directions", {})
        return list(dict.fromkeys([*self.words_in(chosen), *told])) if chosen else []

    def titles_in(self, mapping: dict[str, Any]) -> list[str]:
        """The columns that can be chosen: those of the file that it is made for, or all known."""
        return titles_of(mapping)

    def words_in(self, title: str) -> list[str]:
        """What stands in a column of the file that it is made for."""
        return []

    def _ask(self, n: int, word: str) -> None:
        kind, direction = word_guess(word)
        said = self.row.mapping
        kind = said.get("types", {}).get(word, kind)
        direction = said.get("directions", {}).get(word, direction)
        types = [(known.AUTO, _("by the amounts")), *TransactionType.choices]
        ways = [("", "–"), (known.IN, _("in")), (known.OUT, _("out"))]
        asked = {
            type_of(word): select(word, [*types, (known.SKIP, _("left out"))], initial=kind),
            way_of(word): select(_("%s: in or out") % word, ways, initial=direction),
        }
        for each, (name, field) in zip("ab", asked.items(), strict=True):
            field.widget.attrs |= {"id": f"word-{n}-{each}"}
            self.fields[name] = field
            if self.is_bound:  # a word that was not asked for yet means what it seems to mean
                told = self.data.get(as_sent(name), field.initial)
                self.data.setdefault(name, told)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("date"):
            self.add_error("date", _("Say how dates are written."))
        if "check" not in self.data and not data.get("name"):
            self.add_error("name", _("Give it a name."))
        if not self.errors:
            self._read(data)
        return data

    def _read(self, data: dict[str, Any]) -> None:
        try:
            self.mapping = Mapping.of(self._said(data))
        except BadMapping as error:
            self.add_error(self._place(error.field), error.reason)
        else:
            data["mapping"] = self.mapping.as_dict()

    def _said(self, data: dict[str, Any]) -> dict[str, Any]:
        columns = {name: data[name] for name in known.FIELDS if data[name]}
        always = {name: data[f"{name}_always"].strip() for name in known.CONSTANTS}
        by_word = data["sign"] == known.BY_WORD
        words = self.words if "type" in columns else []
        mapped = dict.fromkeys([*columns.values(), *filter(None, [data["joins"]])])
        return {
            "header": self.titles,
            "columns": columns,
            "constants": {name: value for name, value in always.items() if value},
            "types": {word: data[type_of(word)] or known.AUTO for word in words},
            "directions": {w: data[way_of(w)] for w in words if by_word and data[way_of(w)]},
            "sign": data["sign"] or known.SIGNED,
            "fee_included": data["fee_included"],
            "date": data["pattern"] if data["date"] == OTHERWISE else data["date"],
            "zone": data["zone"].strip(),
            "decimal_mark": data["decimal_mark"] or ".",
            "joins": data["joins"],
            # As it is now: a row stays known when another column is mapped.
            "identity": data["identity"] or list(mapped),
        }

    def _place(self, name: str) -> str | None:
        """The field of the form that a field of the mapping is."""
        table, _dot, key = name.partition(".")
        places = {
            "columns": key,
            "constants": f"{key}_always",
            "types": type_of(key),
            "directions": way_of(key) if key else "sign",
            "date": "pattern" if self.cleaned_data.get("date") == OTHERWISE else "date",
        }
        place = places.get(table, table)
        return place if place in self.fields else None

    def make(self, by: User, values: dict[str, Any]) -> None:
        self.row.created_by = by
        super().make(by, values)

    def text(self) -> str:
        return f"{self.row.name}, {mapping_of(self.row).to_toml()}"

    def mine(self) -> str:
        return f"{self.cleaned_data['name']}, {self.mapping.to_toml()}" if self.is_valid() else ""

    def about(self) -> Iterator[tuple[Any, Any]]:
        return self._fields(ABOUT)

    def amounts(self) -> Iterator[tuple[Any, Any]]:
        return self._fields(AMOUNTS)

    def _fields(self, names: tuple[str, ...]) -> Iterator[tuple[Any, Any]]:
        """Each with what it always is, where it can be."""
        for name in names:
            yield self[name], self[f"{name}_always"] if name in known.CONSTANTS else None

    def written(self) -> Iterator[Any]:
        return (self[name] for name in ("date", "pattern", "zone", "decimal_mark"))

    def asked_words(self) -> Iterator[tuple[str, Any, Any]]:
        return ((word, self[type_of(word)], self[way_of(word)]) for word in self.words)


def type_of(word: str) -> str:
    return f"type:{word}"


def way_of(word: str) -> str:
    return f"direction:{word}"


def as_sent(text: str) -> str:
    """Browsers send each end of a line as two characters."""
    return LINE_END.sub("\r\n", text)


def read_back(data: QueryDict, titles: list[str]) -> QueryDict:
    """What was sent, with titles as the file has them."""
    written = {as_sent(title): title for title in titles}
    read = data.copy()
    for name, values in data.lists():
        read.setlist(name, [written.get(as_sent(value), value) for value in values])
    return read


def titles_of(mapping: dict[str, Any]) -> list[str]:
    """The columns that a mapping knows."""
    columns = mapping.get("columns", {}).values()
    others = [*columns, mapping.get("joins", ""), *mapping.get("identity", ())]
    return list(dict.fromkeys([*mapping.get("header", ()), *filter(None, others)]))


def flat(mapping: dict[str, Any]) -> dict[str, Any]:
    """As the form shows it."""
    date = mapping.get("date", known.ISO)
    listed = date in DATES or date in WRITTEN
    return {
        "sign": known.SIGNED,
        "decimal_mark": ".",
        **{name: value for name, value in mapping.items() if not isinstance(value, dict)},
        **mapping.get("columns", {}),
        **{f"{name}_always": value for name, value in mapping.get("constants", {}).items()},
        "date": date if listed else OTHERWISE,
        "pattern": "" if listed else date,
    }


class RemoveForm(forms.Form):
    """What was shown when somebody said yes."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, row: FormatMapping, data: Any = None) -> None:
        self.row = row
        super().__init__(data, initial={"version": row.version})

    def save(self) -> None:
        seen = FormatMapping.objects.filter(pk=self.row.pk, version=self.cleaned_data["version"])
        if not seen.delete()[0]:
            raise Conflict


class MappingFileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("A mapping that you were given, as TOML"))

    def __init__(self, ledger: Ledger, *args: Any) -> None:
        super().__init__(*args)
        self.ledger = ledger

    def clean_file(self) -> FormatMapping:
        file = self.cleaned_data["file"]
        try:
            mapping = mapping_in_toml(file.read(LONGEST_TOML + 1))
        except BadMapping as error:
            raise ValidationError(str(error)) from None
        name = " ".join(mapping.name.split()) or Path(file.name).stem[: known.NAME_LENGTH]
        refuse_unseen(name, self.ledger.mappings)
        values = mapping.as_dict()
        values.pop("name", None)
        return FormatMapping(ledger=self.ledger, name=name, mapping=values)

    def save(self, by: User) -> FormatMapping | None:
        """None where there is one of its name already."""
        row: FormatMapping = self.cleaned_data["file"]
        row.created_by = by
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            text = _("There is a mapping “%(name)s” already: give this one another name.")
            self.add_error("file", text % {"name": row.name})
            return None
        return row
