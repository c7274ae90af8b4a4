"""Deleting from the admin: what stays, what loses its name, what is not deleted at all."""

from typing import Any

from django.test import Client

from contacts.models import Address, Contact, Wallet
from imports.models import SourceLine
from ledgers.models import Ledger, Role
from tests.admin.helpers import admin_url, current
from tests.admin.test_lists import make_source
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_member,
    make_transaction,
    make_user,
    make_wallet,
)
from transactions.models import Label, Transaction


def asked(admin: Client, row: Any) -> str:
    return admin.get(admin_url(row, "delete")).content.decode()


def delete(admin: Client, row: Any) -> Any:
    return admin.post(admin_url(row, "delete"), {"post": "yes"})


def act(admin: Client, action: str, *rows: Any, **more: Any) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows], "index": 0} | more
    return admin.post(admin_url(type(rows[0]), "changelist"), data)


def test_deleted_transaction_keeps_its_lines_and_can_be_restored(
    admin: Client, ledger: Ledger, root: Any
) -> None:
    tx, other = make_transaction(ledger), make_transaction(ledger)
    make_source(tx, ["2024"])

    assert delete(admin, tx).status_code == 302

    assert (current(tx).deleted_at is None, current(other).deleted_at) == (False, None)
    assert (current(tx).edited_by, SourceLine.objects.count()) == (root, 1)

    act(admin, "restore", tx)
    assert current(tx).deleted_at is None


def test_selected_transactions_are_deleted_softly(admin: Client, ledger: Ledger) -> None:
    txs = [make_transaction(ledger) for _ in range(3)]

    act(admin, "delete_selected", *txs[:2], post="yes")

    assert [current(tx).deleted_at is None for tx in txs] == [False, False, True]


def test_deleting_a_contact_says_what_loses_its_name(admin: Client, ledger: Ledger) -> None:
    maria = make_contact(ledger, "Maria")
    address = make_address(ledger, contact=maria)
    tx = make_transaction(ledger, contact=maria)

    page = asked(admin, maria)
    delete(admin, maria)

    assert f"1 address ({address}): no longer “Maria”" in page
    assert "1 transaction (" in page
    assert not Contact.objects.exists()
    assert (current(address).contact, current(tx).contact) == (None, None)


def test_deleting_a_label_says_how_many_had_it(admin: Client, ledger: Ledger) -> None:
    label = make_label(ledger, "rent")
    for _ in range(6):
        make_transaction(ledger, labels=[label])

    assert "6 labels of transactions: deleted too" in asked(admin, label)
    delete(admin, label)

    assert (Label.objects.count(), Transaction.objects.count()) == (0, 6)


def test_wallet_address_and_ledger_in_use_are_not_deleted(admin: Client, ledger: Ledger) -> None:
    wallet = make_wallet(ledger, "Main")
    address = make_address(ledger)
    make_transaction(ledger, wallet=wallet, counterparty=address)

    for row in (wallet, address, ledger):
        assert "1 " in asked(admin, row)
        delete(admin, row)

    kept = Wallet.objects.count(), Address.objects.count(), Ledger.objects.count()
    assert kept == (1, 1, 1)


def test_empty_ledger_and_unused_address_are_deleted(admin: Client, ledger: Ledger) -> None:
    address = make_address(ledger)

    delete(admin, address)
    delete(admin, ledger)

    assert (Address.objects.count(), Ledger.objects.count()) == (0, 0)


def test_both_owners_of_a_ledger_are_not_deleted_together(admin: Client, ledger: Ledger) -> None:
    make_member(ledger, make_user(), Role.OWNER)
    owners = list(ledger.memberships.all())

    act(admin, "delete_selected", *owners, post="yes")
    assert ledger.memberships.count() == 2

    act(admin, "delete_selected", owners[0], post="yes")
    assert list(ledger.memberships.all()) == owners[1:]


def test_only_owner_of_a_ledger_is_not_deleted(admin: Client, ledger: Ledger, user: Any) -> None:
    page = asked(admin, user)
    delete(admin, user)

    assert "“ana” is the only owner of “Keller family”." in page
    assert current(user) == user
