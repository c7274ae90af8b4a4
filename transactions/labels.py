"""The labels of a ledger: how often each is used, renaming, merging, deleting."""

from typing import Any

from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import Count, Func, IntegerField, OuterRef
from django.utils.translation import gettext_lazy as _

from ledgers.editing import EditForm, Name
from ledgers.models import Ledger
from live.versions import Conflict
from transactions.models import Label, TransactionLabel
from transactions.reading import COUNTED

NAME_LENGTH = 100
# Rows that had both keep one.
RELABEL = """
    INSERT INTO transactions_transactionlabel (ledger_id, transaction_id, label_id)
    SELECT ledger_id, transaction_id, %(into)s FROM transactions_transactionlabel
    WHERE ledger_id = %(ledger)s AND label_id = %(label)s
    ON CONFLICT DO NOTHING
"""


def counted(ledger: Ledger) -> list[Any]:
    """With `n`, the number of its transactions; COUNTED + 1 stands for more than that.

    Deleted ones are taken off, which are few: to look at each transaction would cost seconds.
    """
    with_it = TransactionLabel.objects.filter(ledger=ledger, label=OuterRef("pk"))
    some = ArraySubquery(with_it.values("transaction")[: COUNTED + 1])
    n = Func(some, function="cardinality", output_field=IntegerField())
    deleted = gone(ledger)
    labels = list(ledger.labels.annotate(n=n))
    for label in labels:
        if label.n <= COUNTED:
            label.n -= deleted.get(label.pk, 0)
    return labels


def gone(ledger: Ledger) -> dict[int, int]:
    deleted = ledger.transactions.filter(deleted_at__isnull=False).values("pk")
    labels = TransactionLabel.objects.filter(ledger=ledger, transaction__in=deleted)
    return dict(labels.order_by().values("label").annotate(n=Count("pk")).values_list("label", "n"))


def use(label: Label) -> int:
    """Exactly how many transactions have it, however many they are."""
    with_it = TransactionLabel.objects.filter(ledger=label.ledger_id, label=label.pk)
    return with_it.count() - gone(label.ledger).get(label.pk, 0)


def merge(label: Label, seen: int, into: Label) -> int:
    """All transactions of the one carry the other; the first is no more. The number of them.

    Conflict if either is gone, or the first is no longer what was seen.
    """
    with transaction.atomic():
        lock(label, into)
        with connection.cursor() as cursor:
            ids = {"ledger": label.ledger_id, "label": label.pk, "into": into.pk}
            cursor.execute(RELABEL, ids)
        return remove(label, seen)


def lock(*labels: Label) -> None:
    """In one order, so that two who merge the same two never wait for each other."""
    keys = sorted(label.pk for label in labels)
    found = Label.objects.select_for_update().order_by("pk").filter(pk__in=keys)
    if [label.pk for label in found] != keys:
        raise Conflict


def remove(label: Label, seen: int) -> int:
    """The number of transactions that lost it; Conflict if it is no longer what was seen."""
    with transaction.atomic():
        lock(label)
        if label.current().version != seen:
            raise Conflict
        lost = use(label)
        label.delete()
    return lost


class LabelForm(EditForm[Label]):
    taken = _("There is a label “%(name)s” already. To make one of both, merge them.")
    name = Name(NAME_LENGTH)
    colour = forms.ChoiceField(label=_("Colour"), choices=Label.Colour.choices)

    @staticmethod
    def seen(row: Label) -> dict[str, Any]:
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
        Label.objects.none(), label=_("Into"), empty_label=_("which one?")
    )

    def __init__(self, row: Label, data: Any = None) -> None:
        super().__init__(row, data)
        others = row.ledger.labels.exclude(pk=row.pk)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]

    def save(self) -> int:
        return merge(self.row, self.cleaned_data["version"], self.cleaned_data["into"])
