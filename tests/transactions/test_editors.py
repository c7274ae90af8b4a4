"""What people write on a row: saved, refused, or held back because somebody was faster."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Address, Contact
from ledgers.models import Ledger, User
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    make_wallet,
)
from transactions.models import Label, Transaction

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def url(ledger: Ledger, tx: Transaction, what: str) -> str:
    return reverse(f"transaction_{what}", args=[ledger.slug, tx.pk])


def names(tx: Transaction) -> set[str]:
    return set(tx.labels.values_list("name", flat=True))


def fresh(tx: Transaction) -> Transaction:
    return Transaction.objects.select_related("contact", "edited_by").get(pk=tx.pk)


@pytest.mark.parametrize("headers", [{}, PARTIAL])
@pytest.mark.parametrize("what", ["labels", "note", "contact", "type"])
def test_editor_opens_as_a_page_and_as_a_fragment(
    client: Client, ledger: Ledger, what: str, headers: dict[str, str]
) -> None:
    tx = make_transaction(ledger, note="as it was", counterparty=make_address(ledger))

    page = client.get(url(ledger, tx, what), headers=headers).content.decode()

    assert ("<html" in page) is (headers == {})
    assert "<form" in page


def test_note_is_saved_and_leads_back(client: Client, ledger: Ledger, user: Any) -> None:
    tx = make_transaction(ledger)
    back = f"/{ledger.slug}/transactions/?type=deposit&page=1"

    response = client.post(
        url(ledger, tx, "note"), {"note": "two\r\nlines", "version": 1, "next": back}
    )

    assert (response.status_code, response.headers["Location"]) == (303, back)
    assert (fresh(tx).note, fresh(tx).edited_by, fresh(tx).version) == ("two\nlines", user, 2)


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", "javascript:x"])
def test_save_leads_only_to_pages_of_ours(client: Client, ledger: Ledger, elsewhere: str) -> None:
    tx = make_transaction(ledger)

    response = client.post(
        url(ledger, tx, "type"), {"type": "gift", "version": 1, "next": elsewhere}
    )

    assert response.headers["Location"] == f"/{ledger.slug}/transactions/"


def test_note_that_somebody_changed_meanwhile_is_kept_and_both_are_shown(
    client: Client, ledger: Ledger, annotator: Any
) -> None:
    tx = make_transaction(ledger)
    Transaction.objects.write(tx.pk, expected_version=1, by=annotator, note="what Ben wrote")

    mine = {"note": "what Ana wrote", "version": 1}
    response = client.post(url(ledger, tx, "note"), mine, headers=PARTIAL)

    page = response.content.decode()
    assert response.status_code == 409
    assert "what Ana wrote" in page
    assert "what Ben wrote" in page.replace("<mark>", "").replace("</mark>", "")
    assert "ben" in page
    assert fresh(tx).note == "what Ben wrote"

    again = client.post(url(ledger, tx, "note"), mine | {"version": 2})
    assert (again.status_code, fresh(tx).note) == (303, "what Ana wrote")


def test_note_that_is_too_long_is_refused_beside_the_field(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger, note="short")

    response = client.post(url(ledger, tx, "note"), {"note": "x" * 10_001, "version": 1})

    assert (response.status_code, fresh(tx).note) == (422, "short")
    assert "10000" in response.content.decode()


def test_type_is_corrected(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger)

    client.post(url(ledger, tx, "type"), {"type": "income", "version": 1})
    refused = client.post(url(ledger, tx, "type"), {"type": "theft", "version": 2})

    assert (fresh(tx).type, refused.status_code) == ("income", 422)


def test_labels_are_added_removed_and_made(client: Client, ledger: Ledger) -> None:
    rent, food, tax = (make_label(ledger, name) for name in ("rent", "food", "tax"))
    tx = make_transaction(ledger, labels=[rent, food])

    client.post(
        url(ledger, tx, "labels"),
        {"label": [food.pk, tax.pk], "was": [rent.pk, food.pk], "new": ["one, two ", "FOOD"]},
    )

    assert names(tx) == {"food", "tax", "one", "two"}
    assert Label.objects.filter(ledger=ledger, name__iexact="food").count() == 1


def test_labels_of_two_people_at_once_are_both_kept(client: Client, ledger: Ledger) -> None:
    rent, food, tax = (make_label(ledger, name) for name in ("rent", "food", "tax"))
    tx = make_transaction(ledger, labels=[rent])
    shown = {"was": [rent.pk]}

    client.post(url(ledger, tx, "labels"), shown | {"label": [rent.pk, food.pk]})
    client.post(url(ledger, tx, "labels"), shown | {"label": [tax.pk]})

    assert names(tx) == {"food", "tax"}


def test_label_of_another_ledger_is_refused_and_with_it_all_else(
    client: Client, ledger: Ledger, user: Any
) -> None:
    from tests.factories import make_ledger

    rent, food = make_label(ledger, "rent"), make_label(ledger, "food")
    tx, theirs = make_transaction(ledger, labels=[rent]), make_label(make_ledger(owner=user))

    response = client.post(
        url(ledger, tx, "labels"), {"label": [food.pk, theirs.pk], "was": [rent.pk]}
    )

    assert (response.status_code, names(tx)) == (422, {"rent"})
    assert "deleted or merged in this moment" in response.content.decode()


def test_label_that_is_gone_is_taken_off_all_the_same(client: Client, ledger: Ledger) -> None:
    rent, food = make_label(ledger, "rent"), make_label(ledger, "food")
    tx = make_transaction(ledger, labels=[rent])
    shown = {"was": [rent.pk], "label": [food.pk]}
    rent.delete()

    response = client.post(url(ledger, tx, "labels"), shown)

    assert (response.status_code, names(tx)) == (303, {"food"})


@pytest.mark.parametrize("key", ["x", "-1", "", str(1 << 64)])
@pytest.mark.parametrize("field", ["label", "was"])
def test_label_of_a_key_that_no_label_can_have_is_refused(
    client: Client, ledger: Ledger, field: str, key: str
) -> None:
    tx = make_transaction(ledger)

    assert client.post(url(ledger, tx, "labels"), {field: [key]}).status_code == 422


def test_labels_are_written_by_one_statement(
    client: Client, ledger: Ledger, django_assert_num_queries: Any
) -> None:
    rent, food = make_label(ledger, "rent"), make_label(ledger, "food")
    tx = make_transaction(ledger, labels=[rent])

    # Session with its user and membership, labels.
    with django_assert_num_queries(2):
        client.post(
            url(ledger, tx, "labels"),
            urlencode({"label": food.pk, "was": rent.pk}),
            content_type="application/x-www-form-urlencoded",
        )

    assert names(tx) == {"food"}


def seen(tx: Transaction) -> dict[str, Any]:
    """Of its first state, and of its address's."""
    return {"version": 1, "address": tx.counterparty_id, "address_version": 1}


def test_address_that_was_not_shown_is_not_named(client: Client, ledger: Ledger) -> None:
    """The transaction was corrected while the editor was open: it has another one."""
    shown, other = make_address(ledger), make_address(ledger)
    tx = make_transaction(ledger, counterparty=shown)
    mine = {"contact_name": "Maria", "scope": "address", **seen(tx)}
    Transaction.objects.filter(pk=tx.pk).update(counterparty=other)

    response = client.post(url(ledger, tx, "contact"), mine)

    assert response.status_code == 409
    assert not Address.objects.exclude(contact=None).exists()


def test_contact_of_the_address_names_every_transaction_with_it(
    client: Client, ledger: Ledger
) -> None:
    address = make_address(ledger)
    tx, other = (make_transaction(ledger, counterparty=address) for _ in range(2))

    client.post(
        url(ledger, tx, "contact"),
        {"contact_name": "Maria  Keller", "scope": "address", **seen(tx)},
    )

    assert Address.objects.get().contact == Contact.objects.get(name="Maria Keller")
    assert [fresh(row).contact for row in (tx, other)] == [None, None]
    page = client.get(f"/{ledger.slug}/transactions/").content.decode()
    assert page.count("Maria Keller") >= 2


def test_contact_of_this_transaction_only_leaves_its_address_alone(
    client: Client, ledger: Ledger
) -> None:
    maria = make_contact(ledger, "Maria Keller")
    tx = make_transaction(ledger, counterparty=make_address(ledger))

    client.post(
        url(ledger, tx, "contact"),
        {"contact_name": "maria keller", "scope": "this", **seen(tx)},
    )

    assert fresh(tx).contact == maria
    assert Address.objects.get().contact is None


def test_contact_can_be_taken_away(client: Client, ledger: Ledger) -> None:
    address = make_address(ledger, contact=make_contact(ledger))
    tx = make_transaction(ledger, counterparty=address, contact=make_contact(ledger))

    client.post(
        url(ledger, tx, "contact"),
        {"contact_name": "", "scope": "address", **seen(tx)},
    )

    assert (fresh(tx).contact, Address.objects.get().contact) == (None, None)


def test_contact_that_somebody_gave_the_address_meanwhile_is_not_overwritten(
    client: Client, ledger: Ledger, annotator: Any
) -> None:
    address = make_address(ledger)
    tx = make_transaction(ledger, counterparty=address)
    jonas = make_contact(ledger, "Jonas")
    Address.objects.write(address.pk, expected_version=1, by=annotator, contact=jonas)

    mine = {"contact_name": "Maria", "scope": "address", **seen(tx)}
    response = client.post(url(ledger, tx, "contact"), mine)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Maria" in page
    assert "Jonas" in page.replace("<mark>", "").replace("</mark>", "")
    assert Address.objects.get().contact == jonas
    assert not Contact.objects.filter(name="Maria").exists()


def test_own_address_is_not_offered_a_contact(client: Client, ledger: Ledger) -> None:
    address = make_address(ledger, wallet=make_wallet(ledger))
    tx = make_transaction(ledger, counterparty=address)
    given = {"contact_name": "Maria", "scope": "address", **seen(tx)}

    response = client.post(url(ledger, tx, "contact"), given)

    assert (response.status_code, Address.objects.get().contact) == (422, None)


def test_hide_and_unhide(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger)
    for hidden in ("1", "1", "0", "0", "1"):
        response = client.post(url(ledger, tx, "hidden"), {"hidden": hidden})
        assert (response.status_code, fresh(tx).hidden) == (303, hidden == "1")

    assert fresh(tx).version == 4


@pytest.mark.parametrize("hidden", ["1", "0"])
def test_hiding_is_undone(client: Client, ledger: Ledger, hidden: str) -> None:
    """Also where the row has left the list."""
    tx, other = make_transaction(ledger, hidden=hidden == "0"), make_transaction(ledger)

    done = client.post(url(ledger, tx, "hidden"), {"hidden": hidden}, follow=True)
    (message,) = done.context["messages"]
    assert str(message).startswith({"1": "Hidden.", "0": "Shown again."}[hidden])
    undo = reverse("undo", args=[ledger.slug])
    client.post(undo, {"token": message.extra_tags})

    assert fresh(tx).hidden is (hidden == "0")
    assert fresh(other).version == other.version


@pytest.mark.parametrize(("query", "said"), [("?type=deposit", True), ("?wallet_not=1", False)])
def test_save_says_when_the_row_has_left_the_list(
    client: Client, ledger: Ledger, query: str, said: bool
) -> None:
    tx = make_transaction(ledger)
    back = f"/{ledger.slug}/transactions/{query}"

    page = client.post(
        url(ledger, tx, "type"), {"type": "gift", "version": 1, "next": back}, follow=True
    )

    assert ("no longer fits the filter" in page.content.decode()) is said
    assert page.redirect_chain == [(back, 303)]


def test_deleted_transaction_is_not_there(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger, deleted_at="2026-01-01T00:00:00Z")

    response = client.post(url(ledger, tx, "note"), {"note": "x", "version": 1})

    assert (response.status_code, fresh(tx).note) == (404, "")


def test_labels_of_a_row_that_is_not_there_are_not_written(
    client: Client, ledger: Ledger, user: User
) -> None:
    label = make_label(ledger, "rent")
    gone = make_transaction(ledger, deleted_at="2026-01-01T00:00:00Z")
    elsewhere = make_transaction(make_ledger(owner=user))

    for tx in (gone, elsewhere):
        for data in ({"label": [label.pk]}, {"new": "food"}, {}):
            assert client.post(url(ledger, tx, "labels"), data).status_code == 404
        assert names(tx) == set()
    assert not Label.objects.filter(name="food").exists()


def test_row_of_a_key_that_no_row_can_have_is_not_found(client: Client, ledger: Ledger) -> None:
    url = f"/{ledger.slug}/transactions/{1 << 63}/labels/"

    assert client.post(url).status_code == 404
