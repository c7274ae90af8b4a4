from typing import Any

from django.db.models import QuerySet

from ledgers.models import Ledger
from transactions.models import NewRow
from transactions.models.review import MAX_NEW
from transactions.queries.rows import capped_count
from txproject.prepared import Parameter, Prepared


@Prepared
def new_of_ledger() -> "QuerySet[Ledger, Any]":
    ledger, reader = Parameter("ledger"), Parameter("reader")
    new = NewRow.objects.filter(ledger=ledger, reader=reader, listed=True)
    return Ledger.objects.filter(pk=ledger).values_list(capped_count(new, MAX_NEW))


def count_new(ledger: Ledger) -> int:
    """As whoever asks sees it, of those that the list shows; MAX_NEW + 1 stands for more than
    that."""
    ((n,),) = new_of_ledger(ledger=ledger.pk, reader=ledger.reader)
    return int(n)
