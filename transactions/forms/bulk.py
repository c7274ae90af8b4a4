from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Contact
from ledgers.models import Ledger, User
from ledgers.naming import named, refuse_unseen
from transactions.actions import bulk, reviewing
from transactions.actions.bulk import Rows
from transactions.actions.reviewing import Seen
from transactions.filters import TransactionFilter
from transactions.forms.editors import NAME_LENGTH
from transactions.models import Label, TransactionType
from transactions.queries.finding import Finding

SELECTED, ALL = "selected", "all"
ACTS = [
    ("label", _("Put a label on them")),
    ("unlabel", _("Take a label off them")),
    ("type", _("Say what they are")),
    ("contact", _("Say whom they were with")),
    ("hide", _("Hide them")),
    ("show", _("Show them again")),
    ("review", _("Mark them as reviewed")),
    ("renew", _("Mark them as new")),
]

# What is said where it is not said which.
WHICH = {
    "label": pgettext_lazy("label", "Which one?"),
    "unlabel": pgettext_lazy("label", "Which one?"),
    "type": pgettext_lazy("type", "Which one?"),
    "contact": pgettext_lazy("contact", "Which one?"),
}

# What is made where there is none of that name.
NEW = ("label", "contact")


def filtered(ledger: Ledger, where: str) -> Rows:
    """All rows of the list that was open; none if it was another page."""
    url = urlsplit(where)
    if url.path != reverse("transaction_list", args=[ledger.slug]):
        return ledger.transactions.none()
    return Finding(TransactionFilter(QueryDict(url.query), ledger)).for_writing


class BulkForm(forms.Form):
    """One act on the selected rows, or on all that fit the filter of the list."""

    scope = forms.ChoiceField(choices=[(SELECTED, ""), (ALL, "")])
    do = forms.ChoiceField(label=_("What to do"), choices=ACTS)
    label = forms.CharField(label=_("Label"), required=False, max_length=NAME_LENGTH)
    unlabel = forms.CharField(label=_("Label to take off"), required=False, max_length=NAME_LENGTH)
    type = forms.ChoiceField(label=_("Type"), required=False, choices=TransactionType.choices)
    contact = forms.CharField(label=_("Contact"), required=False, max_length=200)
    # What came after the page was shown is reviewed by nobody who has seen it.
    seen = forms.CharField(required=False)

    def __init__(self, ledger: Ledger, given: QueryDict, where: str, bound: bool) -> None:
        self.ledger, self.where = ledger, where
        self.ids = [int(pk) for pk in given.getlist("row") if pk.isdecimal() and len(pk) < 19]
        scope = SELECTED if self.ids else ALL
        initial = {"scope": scope, "do": given.get("do") or ACTS[0][0]}
        super().__init__(given if bound else None, initial=initial)

    def selected(self) -> Rows:
        return self.ledger.transactions.alive().filter(pk__in=self.ids)

    def all(self) -> Rows:
        return filtered(self.ledger, self.where)

    def clean(self) -> None:
        for act in WHICH:
            name = " ".join((self.cleaned_data.get(act) or "").split())
            self.cleaned_data[act] = name
            chosen = self.cleaned_data.get("do") == act
            if chosen and not name and act not in self.errors:
                self.add_error(act, WHICH[act])
            elif name and not chosen:
                self.add_error(act, _("Choose what stands above it, or leave this empty."))
            if act in NEW:
                self.refuse(act, name)

    def clean_unlabel(self) -> str:
        name = " ".join(self.cleaned_data["unlabel"].split())
        self.taken_off = self.ledger.labels.filter(name__iexact=name).first()
        if name and self.taken_off is None:
            raise forms.ValidationError(_("There is no such label."))
        return name

    def clean_seen(self) -> Seen:
        return Seen.signed(self.cleaned_data["seen"])

    def refuse(self, act: str, name: str) -> None:
        known = self.ledger.labels if act == "label" else self.ledger.contacts
        try:
            refuse_unseen(name, known=known.all())
        except forms.ValidationError as error:
            self.add_error(act, error)

    def save(self, by: User) -> tuple[str, str, dict[str, Any]]:
        """What to say, and what undo needs."""
        given = self.cleaned_data
        rows = self.selected() if given["scope"] == SELECTED else self.all()
        do = given["do"]
        if do == "label":
            (label,) = Label.named(self.ledger.pk, [given["label"]])
            n, done = bulk.add_label(rows, label, by)
            return bulk.message(do, n, label.name), "labelled", done
        if do == "unlabel":
            assert self.taken_off
            n, done = bulk.take_label(rows, self.taken_off)
            return bulk.message(do, n, self.taken_off.name), "changed", done
        if do == "type":
            n, done = bulk.set_type(rows, given["type"], by)
            return bulk.message(do, n, str(TransactionType(given["type"]).label)), "changed", done
        if do == "contact":
            contact = named(Contact, self.ledger.pk, given["contact"])
            n, done = bulk.set_contact(rows, contact, by)
            return bulk.message(do, n, contact.name), "named", done
        if do == "review":
            n, done = reviewing.review(self.ledger, rows, given["seen"])
            return reviewing.reviewed(n), "reviewed", done
        if do == "renew":
            n, done = reviewing.renew(self.ledger, rows)
            return reviewing.renewed(n), "renewed", done
        n, done = bulk.set_hidden(rows, do == "hide", by)
        return bulk.message(do, n, ""), "bulk hidden", done
