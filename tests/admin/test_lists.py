"""The lists: what they find, in which order, and that their cost does not grow with their rows."""

from typing import Any

import pytest
from django.test import Client

from contacts.models import Address, Contact, Wallet
from ledgers.models import Ledger, Membership, User
from tests.admin.helpers import admin_url
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_member,
    make_transaction,
    make_user,
    make_wallet,
)
from transactions.models import Asset, ImportBatch, Label, SourceLine, Transaction

MODELS = [
    *(User, Ledger, Membership, Contact, Wallet, Address),
    *(Asset, Label, Transaction, ImportBatch, SourceLine),
]


def make_batch(ledger: Ledger, wallet: Wallet, **kw: Any) -> ImportBatch:
    counts = dict.fromkeys(("duplicates", "skipped", "errors"), 0)
    return ImportBatch.objects.create(
        **{
            "ledger": ledger,
            "wallet": wallet,
            "file_name": "export.csv",
            "sha256": "0" * 64,
            "format": "koinly",
            "header": ["Date", "Note"],
            "lines": 1,
            "imported": 1,
            "transactions": 1,
        }
        | counts
        | kw
    )


def make_source(tx: Transaction, cells: list[str], line: int = 2) -> SourceLine:
    key = f"{tx.pk}:{line}".encode().rjust(32, b"\0")
    place = {"ledger": tx.ledger, "wallet": tx.wallet, "transaction": tx}
    return SourceLine.objects.create(**place, family="koinly", key=key, line=line, cells=cells)


def fill(ledger: Ledger, n: int) -> None:
    """Of everything n, each with all that a row can have."""
    for i in range(n):
        make_member(ledger, make_user(), 1)
        make_ledger()
        wallet, contact = make_wallet(ledger), make_contact(ledger)
        address = make_address(ledger, contact=contact)
        make_address(ledger, wallet=wallet)
        tx = make_transaction(
            ledger,
            wallet=wallet,
            counterparty=address,
            own_address=ledger.addresses.filter(wallet=wallet).first(),
            contact=contact,
            sent=("1", f"S{i}"),
            received=("2", f"R{i}"),
            fee=("3", f"F{i}"),
            labels=[make_label(ledger), make_label(ledger)],
            batch=make_batch(ledger, wallet),
        )
        make_source(tx, ["2024", "rent"])


@pytest.mark.parametrize("model", MODELS)
def test_list_sends_as_many_queries_for_thirty_rows_as_for_one(
    model: Any, admin: Client, ledger: Ledger, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    fill(ledger, 1)
    url = f"{admin_url(model, 'changelist')}"
    admin.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        admin.get(url)
    fill(ledger, 30)

    with django_assert_num_queries(len(few)):
        page = admin.get(url).content.decode()

    assert len(few) <= 16
    assert page.count('<tr><td class="action-checkbox">') + page.count("<tr><th") >= 30
