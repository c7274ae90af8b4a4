"""Taking back: what nobody has written since, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from history.models import Entry
from ledgers.models import Ledger, Membership, Role, User
from live.writers import Way, writing
from tests.factories import (
    make_address,
    make_batch,
    make_contact,
    make_label,
    make_ledger,
    make_member,
    make_transaction,
    make_user,
    make_wallet,
)
from transactions.models import Label, Transaction

pytestmark = pytest.mark.django_db(transaction=True)


def url(name: str, ledger: Ledger, *args: Any) -> str:
    return reverse(name, args=[ledger.slug, *args])


def last(ledger: Ledger, **of: Any) -> Entry:
    found = Entry.objects.filter(ledger=ledger, **of).order_by("pk").last()
    assert found is not None
    return found


def back(
    client: Client, ledger: Ledger, entry: Entry, name: str = "entry_reverted", **post: Any
) -> Any:
    return client.post(url(name, ledger, entry.pk), post)


def write(ledger: Ledger, who: User, tx: Transaction, **values: Any) -> Entry:
    tx.refresh_from_db()
    with writing(Way.PAGE, who):
        Transaction.objects.write(tx.pk, expected_version=tx.version, by=who, **values)
    return last(ledger)


def test_note_that_is_taken_back(client: Client, ledger: Ledger, user: User) -> None:
    tx = make_transaction(ledger, note="old")
    entry = write(ledger, user, tx, note="new")

    assert back(client, ledger, entry).status_code == 303

    tx.refresh_from_db()
    assert (tx.note, tx.version, tx.edited_by) == ("old", 3, user)
    taken = last(ledger)
    assert (taken.way, taken.by, taken.changes) == ("revert", user, {"note": ["new", "old"]})


def test_taking_back_can_be_taken_back(client: Client, ledger: Ledger, user: User) -> None:
    tx = make_transaction(ledger, note="old")
    back(client, ledger, write(ledger, user, tx, note="new"))

    back(client, ledger, last(ledger))

    tx.refresh_from_db()
    assert tx.note == "new"


def test_what_was_changed_since_is_not_overwritten(
    client: Client, ledger: Ledger, user: User, annotator: User
) -> None:
    tx = make_transaction(ledger, note="old")
    entry = write(ledger, user, tx, note="mine")
    write(ledger, annotator, tx, note="Ben's")

    response = back(client, ledger, entry)

    text = response.content.decode()
    assert response.status_code == 409
    assert all(each in text for each in ("ben", "Ben&#x27;s", "old"))
    tx.refresh_from_db()
    assert tx.note == "Ben's"


def test_same_text_that_somebody_has_written_since_is_his(
    client: Client, ledger: Ledger, user: User, annotator: User
) -> None:
    tx = make_transaction(ledger, note="old")
    entry = write(ledger, user, tx, note="same")
    write(ledger, user, tx, note="other")
    write(ledger, annotator, tx, note="same")

    assert back(client, ledger, entry).status_code == 409

    tx.refresh_from_db()
    assert tx.note == "same"


def test_other_fields_may_have_been_changed(
    client: Client, ledger: Ledger, user: User, annotator: User
) -> None:
    tx = make_transaction(ledger, note="old")
    entry = write(ledger, user, tx, note="new")
    write(ledger, annotator, tx, type="gift")

    back(client, ledger, entry)

    tx.refresh_from_db()
    assert (tx.note, tx.type) == ("old", "gift")


def test_label_that_is_put_on_and_taken_off(client: Client, ledger: Ledger) -> None:
    tx, label, other = make_transaction(ledger), make_label(ledger), make_label(ledger)
    tx.relabel(add=[label.pk, other.pk], remove=())
    on = Entry.objects.filter(object_id=tx.pk, changes__label__1__id=label.pk).get()

    back(client, ledger, on)
    assert list(tx.labels.all()) == [other]
    assert back(client, ledger, on).status_code == 409
    back(client, ledger, last(ledger))
    assert set(tx.labels.all()) == {label, other}


def test_contact_and_address(client: Client, ledger: Ledger, user: User) -> None:
    maria, paul = make_contact(ledger, "Maria"), make_contact(ledger, "Paul")
    address = make_address(ledger, contact=maria)
    address.assign(paul, "", by=user)

    back(client, ledger, last(ledger))

    address.refresh_from_db()
    assert address.contact == maria


@pytest.mark.parametrize("name", ["act_reverted", "entry_reverted"])
def test_deleted_contact_is_back_with_all_that_was_its_own(
    name: str, client: Client, ledger: Ledger
) -> None:
    maria = make_contact(ledger, "Maria", note="a note")
    address = make_address(ledger, contact=maria)
    tx = make_transaction(ledger, contact=maria)
    client.post(url("contact_delete", ledger, maria.pk), {"version": maria.version})

    back(client, ledger, last(ledger), name)

    again = ledger.contacts.get()
    assert (again.pk, again.note, again.created_at) == (maria.pk, "a note", maria.created_at)
    whole = name == "act_reverted"
    address.refresh_from_db()
    tx.refresh_from_db()
    assert (address.contact, tx.contact) == ((maria, maria) if whole else (None, None))


def test_contacts_that_were_merged_are_two_again(client: Client, ledger: Ledger) -> None:
    kept, other = make_contact(ledger, "Maria", note="a"), make_contact(ledger, "Paul", note="b")
    address = make_address(ledger, contact=other)
    client.post(url("contact_merge", ledger, kept.pk), {"contact_name": "Paul"})

    back(client, ledger, last(ledger), "act_reverted")

    assert set(ledger.contacts.values_list("name", "note")) == {("Maria", "a"), ("Paul", "b")}
    address.refresh_from_db()
    assert address.contact_id == other.pk


def test_label_that_was_deleted_is_back_on_its_rows(client: Client, ledger: Ledger) -> None:
    label = make_label(ledger, "rent", colour="red")
    rows = [make_transaction(ledger, labels=[label]) for _ in range(3)]
    client.post(url("label_removed", ledger, label.pk), {"version": label.version})

    back(client, ledger, last(ledger), "act_reverted")

    again = Label.objects.get(pk=label.pk)
    assert (again.name, again.colour) == ("rent", "red")
    assert again.version > label.version
    assert set(again.transactions.all()) == set(rows)


def bulk_hidden(client: Client, ledger: Ledger, rows: list[Transaction]) -> Entry:
    data = {"scope": "selected", "do": "hide", "row": [tx.pk for tx in rows]}
    client.post(url("transaction_bulk", ledger), data)
    return last(ledger)


def test_bulk_act_is_taken_back_but_for_what_was_changed_since(
    client: Client, ledger: Ledger, annotator: User
) -> None:
    rows = [make_transaction(ledger) for _ in range(4)]
    entry = bulk_hidden(client, ledger, rows)
    write(ledger, annotator, rows[0], hidden=False)
    write(ledger, annotator, rows[1], note="other field")
    hidden = Transaction.objects.filter(hidden=True)

    refused = back(client, ledger, entry, "act_reverted")
    assert (refused.status_code, hidden.count()) == (409, 3)
    assert "Take back the other 3" in refused.content.decode()
    back(client, ledger, entry, "act_reverted", others=1)

    assert hidden.count() == 0
    assert Transaction.objects.get(pk=rows[1].pk).note == "other field"


def test_act_that_changed_a_row_twice(client: Client, ledger: Ledger, user: User) -> None:
    tx = make_transaction(ledger, note="a")
    with transaction.atomic():
        Transaction.objects.update(note="b")
        Transaction.objects.update(note="c")

    back(client, ledger, last(ledger), "act_reverted")

    tx.refresh_from_db()
    assert tx.note == "a"


def test_new_row_is_taken_back_while_nothing_hangs_on_it(client: Client, ledger: Ledger) -> None:
    contact = make_contact(ledger)
    created = last(ledger)
    address = make_address(ledger, contact=contact)

    used = back(client, ledger, created)
    assert (used.status_code, ledger.contacts.count()) == (303, 1)
    address.delete()
    back(client, ledger, created)
    assert ledger.contacts.count() == 0


def test_transaction_by_hand_goes_to_the_bin_and_comes_back(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger)
    created = last(ledger, kind="transaction")

    back(client, ledger, created)
    assert ledger.transactions.deleted().get() == tx
    back(client, ledger, last(ledger))
    assert ledger.transactions.alive().get() == tx


def test_name_that_is_taken_meanwhile(client: Client, ledger: Ledger) -> None:
    make_contact(ledger, "Maria").delete()
    gone = last(ledger)
    make_contact(ledger, "Maria")

    response = client.post(url("entry_reverted", ledger, gone.pk), follow=True)

    assert "another one of that name" in response.content.decode()
    assert ledger.contacts.count() == 1


def test_import_is_not_undone_here(client: Client, ledger: Ledger) -> None:
    batch = make_batch(ledger)
    tx = make_transaction(ledger, batch=batch)
    Transaction.objects.update(deleted_at="2026-01-01 00:00Z", undone_import=batch)

    back(client, ledger, last(ledger))

    tx.refresh_from_db()
    assert tx.undone_import == batch


def test_role_is_the_one_that_the_change_needs(ledger: Ledger, user: User, annotator: User) -> None:
    tx, client = make_transaction(ledger), Client()
    client.force_login(annotator)
    note = write(ledger, user, tx, note="x")
    amount = write(ledger, user, tx, received_amount="2")
    make_wallet(ledger)
    wallet = last(ledger)
    Membership.objects.filter(user=annotator).update(role=Role.ANNOTATOR)
    make_member(ledger, make_user(), Role.VIEWER)
    member = last(ledger)

    statuses = [back(client, ledger, entry).status_code for entry in (note, amount, wallet, member)]

    assert statuses == [303, 403, 403, 403]


def test_last_owner_stays(client: Client, ledger: Ledger, user: User) -> None:
    other = make_user()
    make_member(ledger, other, Role.OWNER)
    owner = last(ledger)
    ledger.memberships.filter(user=user).update(role=Role.EDITOR)
    client.force_login(other)

    response = client.post(url("entry_reverted", ledger, owner.pk), follow=True)

    assert "no owner" in response.content.decode()
    assert ledger.memberships.filter(role=Role.OWNER).count() == 1


def test_entry_of_another_ledger_is_not_there(client: Client, user: User, ledger: Ledger) -> None:
    other = make_ledger(owner=user)
    make_label(other)

    assert back(client, ledger, last(other)).status_code == 404


def test_on_the_page_of_a_row_only_its_part_of_an_act_is_taken_back(
    client: Client, ledger: Ledger, user: User
) -> None:
    rows = [make_transaction(ledger), make_transaction(ledger)]
    labels = [make_label(ledger, name).pk for name in ("a", "b")]
    with transaction.atomic(), writing(Way.BULK, user):
        for tx in rows:
            tx.relabel(labels, ())
    entry = last(ledger, object_id=rows[0].pk)
    where = url("act_of_row_reverted", ledger, entry.pk)

    shown = client.get(url("transaction_detail", ledger, rows[0].pk)).content.decode()
    assert where in shown
    client.post(where)

    assert [tx.labels.count() for tx in rows] == [0, 2]


@pytest.mark.parametrize("place", ["/l/transactions/?q=rent", "//elsewhere.example/"])
def test_what_was_just_done_is_taken_back_without_a_look(
    client: Client, ledger: Ledger, user: User, place: str
) -> None:
    first, second = make_transaction(ledger, note="a"), make_transaction(ledger, note="b")
    write(ledger, user, first, note="c")
    write(ledger, user, second, note="d")
    other = make_member(ledger, make_user(), Role.EDITOR).user
    write(ledger, other, first, note="e")

    answer = client.post(url("last_reverted", ledger), {"next": place})

    assert answer["Location"] == (place if place.startswith("/l") else url("history", ledger))
    notes = [Transaction.objects.get(pk=tx.pk).note for tx in (first, second)]
    assert notes == ["e", "b"]


def test_nothing_is_taken_back_twice_or_after_a_while_or_of_others(
    client: Client, ledger: Ledger, user: User
) -> None:
    tx = make_transaction(ledger, note="old")
    write(ledger, make_member(ledger, make_user(), Role.EDITOR).user, tx, note="new")
    client.post(url("last_reverted", ledger))
    tx.refresh_from_db()
    assert tx.note == "new"
    write(ledger, user, tx, note="mine")
    Entry.objects.filter(by=user).update(at=timezone.now() - timedelta(minutes=11))
    client.post(url("last_reverted", ledger))
    write(ledger, user, tx, note="again")
    for _ in range(3):
        answer = client.post(url("last_reverted", ledger), follow=True)

    tx.refresh_from_db()
    assert tx.note == "mine"
    assert "Nothing to undo here." in answer.content.decode()


def test_who_may_only_look_takes_nothing_back(client: Client, ledger: Ledger, user: User) -> None:
    tx = make_transaction(ledger, note="old")
    write(ledger, user, tx, note="new")
    Membership.objects.filter(ledger=ledger, user=user).update(role=Role.VIEWER)

    assert client.post(url("last_reverted", ledger)).status_code == 403
    tx.refresh_from_db()
    assert tx.note == "new"


def test_a_membership_is_not_taken_back_without_a_look(
    client: Client, ledger: Ledger, user: User
) -> None:
    with writing(Way.PAGE, user):
        member = make_member(ledger, make_user(), Role.EDITOR)

    assert client.post(url("last_reverted", ledger)).status_code == 303

    assert Membership.objects.filter(pk=member.pk).exists()


def test_conflict_of_what_was_just_done_stays_with_it(
    client: Client, ledger: Ledger, user: User
) -> None:
    rows = [make_transaction(ledger, note="a"), make_transaction(ledger, note="b")]
    with transaction.atomic():
        for tx in rows:
            entry = write(ledger, user, tx, note="both")
    write(ledger, make_member(ledger, make_user(), Role.EDITOR).user, rows[0], note="theirs")

    refused = client.post(url("last_reverted", ledger))

    assert refused.status_code == 409
    assert f'action="{url("act_reverted", ledger, entry.pk)}"' in refused.content.decode()


def test_one_change_that_is_taken_back_is_named(client: Client, ledger: Ledger, user: User) -> None:
    tx = make_transaction(ledger, note="old")
    write(ledger, user, tx, note="new")

    answer = client.post(url("last_reverted", ledger), follow=True)

    assert f"Taken back: {tx}: note" in answer.content.decode()
