"""The labels of a ledger, and how often each is used."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Func, IntegerField, OuterRef

from ledgers.models import Ledger
from transactions.models import Label, TransactionLabel
from transactions.queries.listing import MAX_COUNT


def counted(ledger: Ledger) -> list[Any]:
    """With `n`, the number of its transactions; MAX_COUNT + 1 stands for more than that.

    Deleted ones are taken off, which are few: to look at each transaction would cost seconds.
    """
    with_it = TransactionLabel.objects.filter(ledger=ledger, label=OuterRef("pk"))
    some = ArraySubquery(with_it.values("transaction")[: MAX_COUNT + 1])
    n = Func(some, function="cardinality", output_field=IntegerField())
    deleted = gone(ledger)
    labels = list(ledger.labels.annotate(n=n))
    for label in labels:
        if label.n <= MAX_COUNT:
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
