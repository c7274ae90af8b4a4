"""The page of one transaction."""

import pytest
from django.test import Client

from ledgers.models import Ledger
from tests.factories import make_transaction
from transactions.models import Transaction
from transactions.views.detail import SIBLINGS

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["0x" + "ab" * 32, "Payout: 7 of “May”", 'a"b\\c', "x y"])
def test_of_thousands_that_belong_together_the_first_are_shown_and_all_listed(
    client: Client, ledger: Ledger, key: str
) -> None:
    tx = make_transaction(ledger, group_key=key, hidden=True)
    row = Transaction.objects.filter(pk=tx.pk).values().get()
    more = [Transaction(**row | {"id": None}) for _ in range(SIBLINGS)]
    Transaction.objects.bulk_create(more[:-1])
    full = client.get(tx.get_absolute_url())
    assert (full.context["n_siblings"], len(full.context["siblings"])) == (SIBLINGS, SIBLINGS)
    assert b"All of them in the list" not in full.content

    Transaction.objects.bulk_create(more[-1:])
    beyond = client.get(tx.get_absolute_url())

    assert (beyond.context["n_siblings"], len(beyond.context["siblings"])) == (101, SIBLINGS)
    assert b"All of them in the list" in beyond.content
    assert client.get(beyond.context["siblings_url"]).context["pages"].count == 101
