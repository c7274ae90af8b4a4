"""Two people edit one row, from the page and from the admin: no edit is lost."""

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Contact
from ledgers.models import Ledger, Membership, Role, User
from tests.admin.helpers import admin_url, conflict_form, current, opened, saved
from tests.factories import (
    coin,
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_member,
    make_transaction,
    make_user,
    make_wallet,
)
from transactions.models import Asset, Label, Transaction


def names(tx: Transaction) -> set[str]:
    return set(tx.labels.values_list("name", flat=True))


def test_only_what_was_changed_is_written(admin: Client, ledger: Ledger, root: User) -> None:
    contact = make_contact(ledger, "Maria", note="two\nlines")
    form = opened(admin, contact)

    assert saved(admin, contact, form, name="Maria Keller").status_code == 302

    row = current(contact)
    assert (row.name, row.note) == ("Maria Keller", "two\nlines")
    assert (row.version, row.edited_by) == (2, root)


def test_saving_a_form_as_it_was_changes_nothing(admin: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger, note="two\nlines", counterparty=make_address(ledger))
    before = Transaction.objects.values().get(pk=tx.pk)
    form = opened(admin, tx)

    assert saved(admin, tx, form).status_code == 302

    assert Transaction.objects.values().get(pk=tx.pk) == before


def test_contact_saved_by_two_people_in_the_admin_shows_both_texts(
    admin: Client, ledger: Ledger, user: User
) -> None:
    contact = make_contact(ledger, "Maria", note="as it was")
    form = opened(admin, contact)
    Contact.objects.write(contact.pk, expected_version=1, by=user, note="what Ana wrote")

    response = saved(admin, contact, form, note="what root wrote")

    page = response.content.decode()
    assert response.status_code == 409
    assert "what Ana wrote" in page
    assert "what root wrote" in page
    assert "ana saved this row" in page
    assert current(contact).note == "what Ana wrote"


def test_conflict_page_saves_mine_and_leaves_what_i_did_not_touch(
    admin: Client, ledger: Ledger, user: User
) -> None:
    contact = make_contact(ledger, "Maria", note="as it was")
    form = opened(admin, contact)
    Contact.objects.write(
        contact.pk, expected_version=1, by=user, note="Ana's", name="Maria Keller"
    )

    conflict = saved(admin, contact, form, note="mine")
    again = saved(admin, contact, conflict_form(conflict))

    assert again.status_code == 302
    assert (current(contact).name, current(contact).note) == ("Maria Keller", "mine")


def test_conflict_page_is_not_fooled_by_a_third_person(
    admin: Client, ledger: Ledger, user: User
) -> None:
    contact = make_contact(ledger, "Maria")
    form = opened(admin, contact)
    Contact.objects.write(contact.pk, expected_version=1, by=user, note="second")
    conflict = conflict_form(saved(admin, contact, form, note="first"))
    Contact.objects.write(contact.pk, expected_version=2, by=user, note="third")

    again = saved(admin, contact, conflict)

    assert (again.status_code, current(contact).note) == (409, "third")


def test_label_saved_meanwhile_is_held_back(admin: Client, ledger: Ledger, user: User) -> None:
    label = make_label(ledger, "rent")
    form = opened(admin, label)
    Label.objects.write(label.pk, expected_version=1, by=user, name="Rent and heating")

    response = saved(admin, label, form, name="housing")

    page = response.content.decode()
    assert response.status_code == 409
    assert ("Rent and heating" in page, "housing" in page) == (True, True)
    assert current(label).name == "Rent and heating"


def test_transaction_from_page_and_admin_the_admin_is_second(
    admin: Client, client: Client, ledger: Ledger
) -> None:
    tx = make_transaction(ledger, note="as it was")
    form = opened(admin, tx)
    note = reverse("transaction_note", args=[ledger.slug, tx.pk])
    assert client.post(note, {"note": "from the page", "version": 1}).status_code == 303

    response = saved(admin, tx, form, note="from the admin")

    page = response.content.decode()
    assert response.status_code == 409
    assert ("from the page" in page, "from the admin" in page) == (True, True)
    assert current(tx).note == "from the page"


def test_transaction_from_page_and_admin_the_page_is_second(
    admin: Client, client: Client, ledger: Ledger
) -> None:
    tx = make_transaction(ledger, note="as it was")
    form = opened(admin, tx)
    assert saved(admin, tx, form, note="from the admin").status_code == 302

    note = reverse("transaction_note", args=[ledger.slug, tx.pk])
    response = client.post(note, {"note": "from the page", "version": 1})

    page = response.content.decode().replace("<mark>", "").replace("</mark>", "")
    assert response.status_code == 409
    assert ("from the page" in page, "from the admin" in page) == (True, True)
    assert current(tx).note == "from the admin"


def test_labels_of_page_and_admin_at_once_are_both_kept(
    admin: Client, client: Client, ledger: Ledger
) -> None:
    rent, food, tax = (make_label(ledger, name) for name in ("rent", "food", "tax"))
    tx = make_transaction(ledger, labels=[rent])
    form = opened(admin, tx)
    labels = reverse("transaction_labels", args=[ledger.slug, tx.pk])
    client.post(labels, {"label": [rent.pk, food.pk], "was": [rent.pk]})

    response = saved(admin, tx, form, labels=[tax.pk])

    assert (response.status_code, names(tx)) == (302, {"food", "tax"})


def test_asset_without_version_is_held_back_by_its_values(admin: Client, ledger: Ledger) -> None:
    asset = coin(ledger, "ETH")
    form = opened(admin, asset)
    Asset.objects.filter(pk=asset.pk).update(name="Ether")

    response = saved(admin, asset, form, name="Ethereum")

    assert (response.status_code, current(asset).name) == (409, "Ether")
    assert saved(admin, asset, conflict_form(response)).status_code == 302
    assert current(asset).name == "Ethereum"


def test_asset_keeps_what_others_changed_beside_it(admin: Client, ledger: Ledger) -> None:
    asset = coin(ledger, "ETH")
    form = opened(admin, asset)
    Asset.objects.filter(pk=asset.pk).update(name="Ether")

    assert saved(admin, asset, form, symbol="WETH").status_code == 302

    assert (current(asset).symbol, current(asset).name) == ("WETH", "Ether")


def test_user_keeps_what_others_changed_beside_it(admin: Client, ledger: Ledger) -> None:
    ben = make_user("ben", first_name="Ben")
    form = opened(admin, ben)
    Client().force_login(ben)  # moves last_login
    login = current(ben).last_login
    User.objects.filter(pk=ben.pk).update(is_active=False)

    assert saved(admin, ben, form, email="ben@example.org").status_code == 302

    row = current(ben)
    assert (row.email, row.is_active, row.last_login) == ("ben@example.org", False, login)


def test_row_that_is_gone_is_said_to_be_gone(admin: Client, ledger: Ledger) -> None:
    contact = make_contact(ledger)
    form = opened(admin, contact)
    contact.delete()

    response = saved(admin, contact, form, note="lost")

    assert response.status_code == 302
    assert Contact.objects.count() == 0


def test_name_of_another_is_refused_in_the_form(admin: Client, ledger: Ledger) -> None:
    make_contact(ledger, "Maria")
    contact = make_contact(ledger, "Ben")
    form = opened(admin, contact)

    response = saved(admin, contact, form, name="MARIA")

    assert (response.status_code, current(contact).name) == (200, "Ben")
    assert "errorlist" in response.content.decode()


@pytest.mark.parametrize("what", ["contact", "counterparty", "wallet", "received_asset", "labels"])
def test_row_of_another_ledger_is_refused_in_the_form(
    what: str, admin: Client, ledger: Ledger
) -> None:
    tx, theirs = make_transaction(ledger), make_ledger()
    others = {
        "contact": make_contact(theirs),
        "counterparty": make_address(theirs),
        "wallet": make_wallet(theirs),
        "received_asset": coin(theirs, "BTC"),
        "labels": make_label(theirs),
    }
    before = Transaction.objects.values().get(pk=tx.pk)

    response = saved(admin, tx, opened(admin, tx), **{what: others[what].pk})

    assert response.status_code == 200
    assert "no such row" in response.content.decode() or what == "labels"
    assert Transaction.objects.values().get(pk=tx.pk) == before
    assert names(tx) == set()


def test_new_row_that_names_another_ledgers_is_refused_in_the_form(
    admin: Client, ledger: Ledger
) -> None:
    theirs = make_contact(make_ledger(name="Theirs"), "Stranger")
    data = {"ledger": ledger.pk, "shown": "0x" + "1" * 40, "contact": theirs.pk, "note": ""}

    response = admin.post(reverse("admin:contacts_address_add"), data)

    assert response.status_code == 200
    assert "“Stranger” is of the ledger “Theirs”." in response.content.decode()
    assert not ledger.addresses.exists()


def test_last_owner_stays_an_owner(admin: Client, ledger: Ledger) -> None:
    owner = ledger.memberships.get()

    response = saved(admin, owner, opened(admin, owner), role=Role.VIEWER)
    admin.post(admin_url(owner, "delete"), {"post": "yes"})

    assert "at least one owner" in response.content.decode()
    assert Membership.objects.get(pk=owner.pk).role == Role.OWNER


def test_owner_of_a_ledger_gets_nothing_by_being_one(client: Client, ledger: Ledger) -> None:
    contact = make_contact(ledger)

    answers = [
        client.get(url) for url in ("/admin/", admin_url(contact), admin_url(Contact, "changelist"))
    ]

    assert [response.status_code for response in answers] == [302, 302, 302]
    assert {response.headers["Location"].partition("?")[0] for response in answers} == {
        "/admin/login/"
    }


@pytest.mark.slow
def test_staff_see_only_what_they_have_permission_for(ledger: Ledger, user: User) -> None:
    from django.contrib.auth.models import Permission

    staff = make_user("staff", is_staff=True)
    make_member(ledger, staff, Role.OWNER)
    staff.user_permissions.add(Permission.objects.get(codename="view_contact"))
    client = Client()
    client.force_login(staff)
    contact = make_contact(ledger, "Maria")

    assert client.get(admin_url(contact)).status_code == 200
    assert client.post(admin_url(contact), {"name": "X", "seen": 1}).status_code == 403
    assert client.get(admin_url(Transaction, "changelist")).status_code == 403
    assert current(contact).name == "Maria"
