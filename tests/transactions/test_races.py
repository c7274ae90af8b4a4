"""What is chosen goes in the very moment in which it is saved."""

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from ledgers.models import Ledger
from live.feed import listener_conninfo
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_transaction,
    make_wallet,
)
from tests.live.helpers import is_waited_for
from transactions.models import TransactionLabel

pytestmark = pytest.mark.django_db(transaction=True)


def while_it_goes(delete: str, pk: int, client: Client, url: str, **data: Any) -> HttpResponse:
    """The answer to a save that waits for the end of the transaction that deletes."""

    def save() -> Any:
        try:
            return client.post(url, data)
        finally:
            connections.close_all()

    with (
        psycopg.connect(listener_conninfo()) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute(delete, [pk])
        saving = pool.submit(save)
        while not is_waited_for(other):
            assert not saving.done()
            wait([saving], timeout=0.01)
        other.commit()
        return saving.result()


def test_label(client: Client, ledger: Ledger) -> None:
    tx, label, other = make_transaction(ledger), make_label(ledger), make_label(ledger)

    answer = while_it_goes(
        "DELETE FROM transactions_label WHERE id = %s",
        label.pk,
        client,
        f"/{ledger.slug}/transactions/{tx.pk}/labels/",
        label=[label.pk, other.pk],
        new="another",
    )

    assert answer.status_code == 422
    assert "deleted or merged in this moment" in answer.content.decode()
    assert not TransactionLabel.objects.exists()


@pytest.mark.parametrize(("how", "status"), [("chosen", 422), ("typed", 303)])
def test_contact(client: Client, ledger: Ledger, how: str, status: int) -> None:
    """A name that was typed makes a new contact."""
    tx, maria = make_transaction(ledger), make_contact(ledger, "Maria")

    answer = while_it_goes(
        "DELETE FROM contacts_contact WHERE id = %s",
        maria.pk,
        client,
        f"/{ledger.slug}/transactions/{tx.pk}/contact/",
        version=tx.version,
        scope="this",
        **({"contact": maria.pk} if how == "chosen" else {"contact_name": "Maria"}),
    )

    assert answer.status_code == status
    tx.refresh_from_db()
    assert tx.contact_id != maria.pk
    assert (tx.contact is not None) == (how == "typed")


@pytest.mark.parametrize("act", ["label", "contact"])
def test_name_typed_for_many(client: Client, ledger: Ledger, act: str) -> None:
    tx = make_transaction(ledger)
    row = make_contact(ledger, "Maria") if act == "contact" else make_label(ledger, "Maria")

    answer = while_it_goes(
        f"DELETE FROM {row._meta.db_table} WHERE id = %s",
        row.pk,
        client,
        f"/{ledger.slug}/transactions/bulk/",
        row=tx.pk,
        scope="selected",
        do=act,
        **{act: "maria"},
    )

    assert answer.status_code == 303
    tx.refresh_from_db()
    (name,) = [tx.contact.name] if tx.contact else tx.labels.values_list("name", flat=True)
    assert name == "maria"


def test_name_typed_for_an_address(client: Client, ledger: Ledger) -> None:
    address, maria = make_address(ledger), make_contact(ledger, "Maria")

    answer = while_it_goes(
        "DELETE FROM contacts_contact WHERE id = %s",
        maria.pk,
        client,
        f"/{ledger.slug}/unidentified/{address.pk}/",
        version=address.version,
        contact_name="Maria",
    )

    assert answer.status_code == 303
    address.refresh_from_db()
    assert address.contact
    assert address.contact.pk != maria.pk


def test_wallet_of_one_by_hand(client: Client, ledger: Ledger) -> None:
    wallet = make_wallet(ledger)

    answer = while_it_goes(
        "DELETE FROM contacts_wallet WHERE id = %s",
        wallet.pk,
        client,
        f"/{ledger.slug}/transactions/new/",
        occurred_at="2026-01-02T03:04:05",
        wallet=wallet.pk,
        type="deposit",
        received_amount="1",
        received_asset="BTC",
    )

    assert answer.status_code == 422
    assert "deleted or merged in this moment" in answer.content.decode()
    assert not ledger.transactions.exists()
    assert not ledger.assets.exists()
