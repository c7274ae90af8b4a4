"""A rule: when it is meant, and what it writes then."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from ledgers.editing import EditForm, Name
from ledgers.models import Ledger, User
from ledgers.naming import named, refuse_unseen
from rules.actions import make
from rules.models import Rule
from rules.queries import asked, when, written
from transactions.active_filters import in_words, mistakes
from transactions.filters import TransactionFilter
from transactions.forms.editors import NAME_LENGTH, NOTE_LENGTH
from transactions.forms.saved_views import LONGEST
from transactions.models import Label, TransactionType


class LabelNames(forms.CharField):
    """Names with commas between them, as one text."""

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required=False, max_length=1000)


class RuleForm(EditForm[Rule]):
    """For whoever may write everything that a rule can."""

    taken = _("There is a rule “%(name)s” already.")
    name = Name(NAME_LENGTH)
    enabled = forms.BooleanField(label=_("On: for what comes in by import"), required=False)
    query = forms.CharField(label=_("When a transaction fits"), required=False)
    adds = LabelNames(_("Labels to add"))
    takes = LabelNames(_("Labels to take off"))
    contact = forms.CharField(label=_("Contact"), required=False, max_length=200)
    type = forms.ChoiceField(
        label=_("Type"), required=False, choices=[("", _("as it is")), *TransactionType.choices]
    )
    hides = forms.BooleanField(label=_("Hide it"), required=False)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=NOTE_LENGTH // 2, widget=forms.Textarea
    )
    appends = forms.BooleanField(label=_("Add it to the note that is there"), required=False)

    @staticmethod
    def initial_values(row: Rule) -> dict[str, Any]:
        ledger = row.ledger
        contact = ledger.contacts.filter(pk=row.contact_id).first() if row.contact_id else None
        return {
            "name": row.name,
            "enabled": row.enabled,
            "query": written(ledger, row.query),
            "adds": label_names(ledger, row.adds),
            "takes": label_names(ledger, row.takes),
            "contact": contact.name if contact else "",
            "type": row.type,
            "hides": row.hides,
            "note": row.note,
            "appends": row.appends,
        }

    @property
    def ledger(self) -> Ledger:
        return self.row.ledger

    def clean_query(self) -> str:
        """As parameters of the list."""
        query = asked(self.cleaned_data["query"])
        if wrong := mistakes(self.ledger, query.urlencode()):
            raise forms.ValidationError(wrong)
        text = when(TransactionFilter(query, self.ledger).data)
        if len(text) > LONGEST:
            message = _("The filter has %(n)s characters, at most %(most)s are kept.")
            raise forms.ValidationError(message, params={"n": len(text), "most": LONGEST})
        return text

    def clean_adds(self) -> list[str]:
        return self.names("adds")

    def clean_takes(self) -> list[str]:
        return self.names("takes")

    def names(self, field: str) -> list[str]:
        has = self.ledger.labels.filter(pk__in=getattr(self.row, field))
        found = split(self.ledger, self.cleaned_data[field], has.values_list("name", flat=True))
        for name in found:
            if len(name) > NAME_LENGTH:
                message = _("“%(name)s” is longer than %(n)s characters.")
                raise forms.ValidationError(message, params={"name": name, "n": NAME_LENGTH})
            refuse_unseen(name, known=self.ledger.labels)
        return found

    def clean_contact(self) -> str:
        name = " ".join(self.cleaned_data["contact"].split())
        refuse_unseen(name, known=self.ledger.contacts)
        return name

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).replace("\r\n", "\n")

    def clean(self) -> None:
        given = self.cleaned_data
        both = {n.lower() for n in given.get("adds", ())} & {
            n.lower() for n in given.get("takes", ())
        }
        if both:
            self.add_error(
                "takes", gettext("“%(name)s” is to be added as well.") % {"name": min(both)}
            )
        acts = ("adds", "takes", "contact", "type", "hides", "note")
        if not self.errors and not any(given.get(name) for name in acts):
            self.add_error(None, gettext("Say what it does: a label, a contact, a type, a note."))

    def save(self, by: User) -> None:
        values = {name: self.cleaned_data[name] for name in self.initial_values(self.row)}
        for name in ("adds", "takes"):
            values[name] = [label.pk for label in Label.named(self.ledger.pk, values[name])]
        contact = values["contact"]
        values["contact"] = named(Contact, self.ledger.pk, contact) if contact else None
        if self.row.pk:
            version = self.cleaned_data["version"]
            Rule.objects.write(self.row.pk, expected_version=version, by=by, **values)
        else:
            self.make(by, values)

    def make(self, by: User, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(self.row, name, value)
        make(self.row, by)

    @property
    def words(self) -> str:
        return in_words(self.ledger, self.asked)

    @property
    def asked(self) -> str:
        """What stands in the field, as a query of the list."""
        return asked(self["query"].value() or "").urlencode()

    def text(self) -> str:
        return self.said(self.initial_values(self.row))

    def mine(self) -> str:
        return self.said({name: self[name].value() for name in self.initial_values(self.row)})

    def said(self, values: dict[str, Any]) -> str:
        """In words, what is empty left out."""
        return "; ".join(
            f"{self.fields[name].label}: {self.display_value(name, value)}"
            for name, value in values.items()
            if value or name == "query"
        )

    def display_value(self, name: str, value: Any) -> Any:
        if name == "query":
            return in_words(self.ledger, asked(value or "").urlencode())
        if isinstance(self.fields[name], forms.BooleanField):
            return gettext("yes") if value else gettext("no")
        return super().display_value(name, value)


class AnnotatorRuleForm(RuleForm):
    """What may be written by hand in his role as a rule too."""

    type = None  # type: ignore[assignment]
    hides = None  # type: ignore[assignment]

    @staticmethod
    def initial_values(row: Rule) -> dict[str, Any]:
        values = RuleForm.initial_values(row)
        return {name: values[name] for name in values if name not in ("type", "hides")}


def label_names(ledger: Ledger, keys: list[int]) -> str:
    return ", ".join(ledger.labels.filter(pk__in=keys).values_list("name", flat=True))


def split(ledger: Ledger, text: str, has: Iterable[str] = ()) -> list[str]:
    """By commas, but for labels that have one in their name. Where `a` and `b` were said before,
    they are not the label `a, b` now."""
    before = {name.lower() for name in has}
    names = {name.lower() for name in ledger.labels.values_list("name", flat=True) if "," in name}
    known = {name for name in names if name in before or not before.issuperset(pieces(name))}
    parts, found = text.split(","), []
    while parts:
        tries = (n for n in range(len(parts), 1, -1) if clean(parts[:n]).lower() in known)
        n = next(tries, 1)
        found.append(clean(parts[:n]))
        parts = parts[n:]
    return list(dict.fromkeys(name for name in found if name))


def pieces(name: str) -> list[str]:
    return [clean([part]) for part in name.split(",")]


def clean(parts: list[str]) -> str:
    return " ".join(",".join(parts).split())
