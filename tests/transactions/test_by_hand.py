"""One's own transactions: added, corrected, deleted; what a file said is not touched."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from imports.models import ImportBatch
from ledgers.models import Ledger
from live.feed import listener_conninfo
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_transaction,
    make_wallet,
    some_address,
)
from tests.live.helpers import is_waited_for
from transactions.models import Asset, Transaction

MINE: dict[str, Any] = {
    "occurred_at": "2026-05-04T14:30:05",
    "type": "payment",
    "sent_amount": "1.250",
    "sent_asset": "ETH",
    "fee_amount": "0.000000000000000001",
    "fee_asset": "ETH",
    "counterparty": some_address(7),
    "tx_hash": "0xfeed",
}


def new(ledger: Ledger) -> str:
    return reverse("transaction_new", args=[ledger.slug])


def url(what: str, tx: Transaction) -> str:
    return reverse(f"transaction_{what}", args=[tx.ledger.slug, tx.pk])


def mine(ledger: Ledger, **kw: Any) -> dict[str, Any]:
    return MINE | {"wallet": make_wallet(ledger).pk} | kw


def test_transaction_is_added_in_the_zone_of_the_ledger(
    client: Client, ledger: Ledger, user: Any
) -> None:
    ledger.time_zone = "Europe/Berlin"
    ledger.save()

    response = client.post(new(ledger), mine(ledger))

    tx = Transaction.objects.select_related("counterparty", "sent_asset").get()
    assert (response.status_code, response.headers["Location"]) == (303, tx.get_absolute_url())
    assert tx.occurred_at.isoformat() == "2026-05-04T12:30:05+00:00"
    assert (tx.sent_amount, str(tx.sent_amount)) == (Decimal("1.25"), "1.25")
    assert tx.fee_amount == Decimal("1e-18")
    assert tx.counterparty is not None
    assert tx.counterparty.shown == some_address(7)
    assert (tx.batch, tx.edited_by) == (None, user)


@pytest.mark.parametrize(
    ("written", "taken", "said"),
    [
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00", "this time came twice"),
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00+00:00", "this time did not exist"),
        ("2026-10-25T03:30:00", "2026-10-25T02:30:00+00:00", ""),
    ],
)
def test_hour_of_a_clock_change_is_taken_and_said(
    client: Client, ledger: Ledger, written: str, taken: str, said: str
) -> None:
    Ledger.objects.update(time_zone="Europe/Berlin")

    page = client.post(new(ledger), mine(ledger, occurred_at=written), follow=True)

    assert Transaction.objects.get().occurred_at.isoformat() == taken
    texts = " ".join(str(message) for message in page.context["messages"])
    assert said in texts
    assert ("clock" in texts) is bool(said)


def test_transaction_is_named_by_its_time_as_the_page_shows_it(
    client: Client, ledger: Ledger
) -> None:
    Ledger.objects.update(time_zone="Europe/Berlin")
    tx = make_transaction(ledger, type="gift", occurred_at=datetime(2026, 5, 4, 22, 30, 5, 0, UTC))

    assert "Gift, 5 May 2026, 00:30:05" in client.get(url("delete", tx)).content.decode()


def test_second_of_two_same_hours_stays_the_second(client: Client, ledger: Ledger) -> None:
    Ledger.objects.update(time_zone="Europe/Berlin")
    client.post(new(ledger), mine(ledger))
    second = datetime(2026, 10, 25, 1, 30, 5, 250, UTC)
    Transaction.objects.update(occurred_at=second)
    tx = Transaction.objects.get()
    form = client.get(url("edit", tx)).context["form"]
    shown = {name: form[name].value() for name in ("version", "wallet")}

    again = MINE | shown | {"occurred_at": "2026-10-25T02:30:05", "note": "more"}
    page = client.post(url("edit", tx), again, follow=True)

    assert Transaction.objects.get().occurred_at == second
    assert [str(message) for message in page.context["messages"]] == ["Saved."]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"sent_asset": ""}, "Of which asset?"),
        ({"sent_amount": ""}, "How much of it?"),
        ({"sent_amount": "1e200000"}, "sent_amount"),
        ({"sent_amount": "NaN"}, "sent_amount"),
        ({"sent_amount": "-1"}, "sent_amount"),
        ({"sent_amount": "0." + "1" * 37}, "sent_amount"),
        ({"sent_asset": "USDC 0xbad"}, "There is no such token"),
        ({"counterparty": "kraken"}, "counterparty"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "There is no such time"),
        ({"occurred_at": "0001-01-01T00:00+14:00"}, "There is no such time"),
        ({"occurred_at": "1969-12-31T23:00"}, "There is no such time"),
        ({"wallet": "999999"}, "wallet"),
        (
            dict.fromkeys(("sent_amount", "sent_asset", "fee_amount", "fee_asset"), ""),
            "Nothing moved",
        ),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    client: Client, ledger: Ledger, wrong: dict[str, str], field: str
) -> None:
    response = client.post(new(ledger), mine(ledger, **wrong))

    assert response.status_code == 422
    assert field in response.content.decode()
    assert not Transaction.objects.exists()


def test_token_is_told_by_its_contract(client: Client, ledger: Ledger) -> None:
    token = {"ledger": ledger, "symbol": "USDC", "chain": "ethereum"}
    right, _wrong = (Asset.objects.create(contract=c, **token) for c in ("0xa0b8", "0xbad0"))

    vague = client.post(new(ledger), mine(ledger, sent_asset="USDC"))
    client.post(new(ledger), mine(ledger, sent_asset="USDC 0xA0B8"))

    assert vague.status_code == 422
    assert Transaction.objects.get().sent_asset == right


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found[1]


def test_transaction_that_is_sent_twice_is_added_once(client: Client, ledger: Ledger) -> None:
    of_form = {"key": key_of(client.get(new(ledger)).content.decode()), "contact_name": "Zoe"}
    data = mine(ledger, label=[make_label(ledger, "tax").pk], new="Gift, rent", **of_form)

    first, second = client.post(new(ledger), data), client.post(new(ledger), data, follow=True)

    tx = Transaction.objects.get()
    assert first["Location"] == tx.get_absolute_url()
    assert second.redirect_chain == [(tx.get_absolute_url(), 303)]
    assert "It was sent twice, and is added once." in second.content.decode()


def test_transaction_that_was_changed_since_is_not_added_when_it_is_sent_again(
    client: Client, ledger: Ledger
) -> None:
    make_address(ledger, some_address(7), contact=make_contact(ledger, "Zoe"))
    data = mine(ledger, key=key_of(client.get(new(ledger)).content.decode()))

    client.post(new(ledger), data)
    Transaction.objects.update(note="somebody else's")
    client.post(new(ledger), data)

    assert Transaction.objects.count() == 1


def test_transaction_that_is_sent_twice_at_once_is_added_once(
    client: Client, ledger: Ledger, transactional_db: None
) -> None:
    data = mine(ledger, key=key_of(client.get(new(ledger)).content.decode()))

    def send(_n: int) -> int:
        try:
            return client.post(new(ledger), data).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(send, range(2))) == [303, 303]
    assert Transaction.objects.count() == 1


def test_who_comes_back_to_the_form_and_writes_another_transaction_adds_it(
    client: Client, ledger: Ledger
) -> None:
    data = mine(ledger, key=key_of(client.get(new(ledger)).content.decode()))

    client.post(new(ledger), data)
    client.post(new(ledger), data | {"sent_amount": "1.251"})
    client.post(new(ledger), data | {"contact_name": "Zoe"})
    client.post(new(ledger), data | {"contact_name": "Zoe", "new": "gift"})

    found = Transaction.objects.values_list("sent_amount", "counterparty__contact__name")
    assert sorted(map(str, found)) == [
        "(Decimal('1.25'), 'Zoe')",
        "(Decimal('1.25'), 'Zoe')",
        "(Decimal('1.25'), 'Zoe')",
        "(Decimal('1.251'), 'Zoe')",
    ]


def test_transaction_is_corrected(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger, received=("1", "ETH"), type="deposit")

    page = client.get(url("edit", tx)).content.decode()
    client.post(url("edit", tx), mine(ledger, version=1, received_amount="", received_asset=""))

    assert 'value="1"' in page
    tx.refresh_from_db()
    assert (tx.type, tx.received_amount, tx.sent_amount) == ("payment", None, Decimal("1.25"))


def test_correction_that_meets_a_newer_version_shows_both(
    client: Client, ledger: Ledger, annotator: Any
) -> None:
    tx = make_transaction(ledger)
    Transaction.objects.write(tx.pk, expected_version=1, by=annotator, type="gift")

    response = client.post(url("edit", tx), mine(ledger, version=1))

    page = response.content.decode()
    assert response.status_code == 409
    assert "<mark>gift</mark>" in page
    assert "yours: payment" in page
    assert "ben" in page
    tx.refresh_from_db()
    assert tx.type == "gift"

    again = client.post(url("edit", tx), mine(ledger, version=2))
    tx.refresh_from_db()
    assert (again.status_code, tx.type) == (303, "payment")


def test_deleted_transaction_is_gone_and_comes_back_by_undo(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger, note="mine alone")
    back = f"/{ledger.slug}/transactions/"

    page = client.post(url("delete", tx), {"next": back}, follow=True)

    assert "mine alone" not in page.content.decode()
    (message,) = page.context["messages"]
    client.post(reverse("undo", args=[ledger.slug]), {"token": message.extra_tags, "next": back})
    assert "mine alone" in client.get(back).content.decode()


def test_who_may_not_delete_does_not_undo_it(
    client: Client, ledger: Ledger, annotator: Any
) -> None:
    tx = make_transaction(ledger)
    page = client.post(url("delete", tx), follow=True)
    (message,) = page.context["messages"]
    client.force_login(annotator)

    answer = client.post(reverse("undo", args=[ledger.slug]), {"token": message.extra_tags})

    assert answer.status_code == 403
    assert not Transaction.objects.alive().exists()


@pytest.mark.parametrize("what", ["edit", "delete"])
def test_imported_transaction_is_neither_corrected_nor_deleted(
    client: Client, ledger: Ledger, what: str
) -> None:
    counts = dict.fromkeys(("lines", "imported", "transactions"), 1)
    counts |= dict.fromkeys(("duplicates", "skipped", "errors"), 0)
    wallet = make_wallet(ledger)
    batch = ImportBatch.objects.create(ledger=ledger, wallet=wallet, file_name="a.csv", **counts)
    tx = make_transaction(ledger, wallet=wallet, batch=batch)

    assert client.post(url(what, tx), mine(ledger, version=1)).status_code == 404
    assert Transaction.objects.alive().filter(pk=tx.pk, type="deposit").exists()


def test_contact_labels_and_note_are_written_with_it(client: Client, ledger: Ledger) -> None:
    food = make_label(ledger, "food")
    written = {"contact_name": " Maria  Keller ", "label": [food.pk], "new": "trip, Food"}

    client.post(new(ledger), mine(ledger, note="two\r\nlines", **written))

    tx = Transaction.objects.get()
    assert sorted(label.name for label in tx.labels.all()) == ["food", "trip"]
    assert tx.note == "two\nlines"
    # The address was nobody's: now every transaction with it shows the name.
    assert tx.contact is None
    assert tx.counterparty is not None
    assert str(tx.counterparty.contact) == "Maria Keller"


def test_contact_of_an_address_that_has_another_is_of_this_transaction_only(
    client: Client, ledger: Ledger
) -> None:
    anna = make_contact(ledger, "Anna")
    make_address(ledger, some_address(7), contact=anna)

    client.post(new(ledger), mine(ledger, contact_name="Maria"))
    client.post(new(ledger), mine(ledger, contact_name="anna"))

    first, second = Transaction.objects.order_by("pk")
    assert (str(first.contact), second.contact) == ("Maria", None)
    assert second.counterparty is not None
    assert second.counterparty.contact == anna


def test_contact_without_an_address_is_of_this_transaction(client: Client, ledger: Ledger) -> None:
    client.post(new(ledger), mine(ledger, counterparty="", contact_name="Maria"))

    assert str(Transaction.objects.get().contact) == "Maria"


def test_correction_shows_contact_labels_and_note_and_takes_labels_away(
    client: Client, ledger: Ledger
) -> None:
    food, rent = make_label(ledger, "food"), make_label(ledger, "rent")
    contact = make_contact(ledger, "Maria")
    tx = make_transaction(ledger, contact=contact, note="was so", labels=[food])

    page = client.get(url("edit", tx)).content.decode()
    was = {"was": [food.pk], "label": [rent.pk], "contact_name": "Maria", "note": "is so"}
    client.post(url("edit", tx), mine(ledger, version=1, counterparty="", **was))

    assert 'value="Maria"' in page
    assert "was so</textarea>" in page
    tx.refresh_from_db()
    assert (tx.note, tx.contact) == ("is so", contact)
    assert list(tx.labels.all()) == [rent]


def test_correction_of_something_else_says_nothing_of_the_contact(
    client: Client, ledger: Ledger
) -> None:
    """Which was taken from the address, and renamed, while the form was open."""
    bob, anna = make_contact(ledger, "Bob"), make_contact(ledger, "Anna")
    address = make_address(ledger, some_address(7), contact=bob)
    by_address = make_transaction(ledger, counterparty=address)
    by_itself = make_transaction(ledger, counterparty=address, contact=anna)
    page = client.get(url("edit", by_address)).content.decode()
    assert re.search('name="contact_was" value="Bob"', page)
    address.assign(None, "", None)
    ledger.contacts.filter(pk=anna.pk).update(name="Ann")

    for tx, name in ((by_address, "Bob"), (by_itself, "Anna")):
        sent = mine(ledger, version=1, contact_name=name, contact_was=name, note="corrected")
        assert client.post(url("edit", tx), sent).status_code == 303
        tx.refresh_from_db()
        assert tx.note == "corrected"

    address.refresh_from_db()
    assert (address.contact, by_address.contact, by_itself.contact) == (None, None, anna)
    assert set(ledger.contacts.values_list("name", flat=True)) == {"Bob", "Ann"}


@pytest.mark.django_db(transaction=True)
def test_address_that_is_named_in_the_same_moment_is_said(client: Client, ledger: Ledger) -> None:
    address = make_address(ledger, some_address(7))
    sent = mine(ledger, contact_name="Maria")

    with psycopg.connect(listener_conninfo()) as other:
        other.execute("UPDATE contacts_address SET note = 'x' WHERE id = %s", [address.pk])
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(lambda: closing(client.post(new(ledger), sent)))
            while not is_waited_for(other):
                assert not answer.done()
            other.commit()

    assert answer.result().status_code == 422
    assert "Somebody has named the address in this moment" in answer.result().content.decode()
    assert not Transaction.objects.exists()


def closing(answer: Any) -> Any:
    connections.close_all()
    return answer


def test_conflict_shows_both_notes_and_contacts(
    client: Client, ledger: Ledger, annotator: Any
) -> None:
    tx = make_transaction(ledger, note="old")
    Transaction.objects.write(tx.pk, expected_version=1, by=annotator, note="theirs")

    page = client.post(url("edit", tx), mine(ledger, version=1, note="mine", contact_name="Me"))

    html = page.content.decode()
    assert page.status_code == 409
    assert "<mark>theirs</mark>" in html
    assert "yours: mine" in html
    assert "yours: Me" in html
    assert not ledger.contacts.exists()


def test_assets_are_suggested_coins_first(client: Client, ledger: Ledger) -> None:
    for symbol, contract in (("USDC", "0xa0b8"), ("USD", ""), ("ETH", "")):
        token = {"contract": contract, "chain": "ethereum" if contract else ""}
        Asset.objects.create(ledger=ledger, symbol=symbol, **token)
    suggest = reverse("suggest_assets", args=[ledger.slug])

    html = client.get(suggest, {"q": "us"}).content.decode()

    assert html.index('data-name="USD"') < html.index('data-name="USDC 0xa0b8"')
    assert "ETH" not in html
    assert "New coin “us”" in html
    assert "New coin" not in client.get(suggest, {"q": "USD"}).content.decode()
