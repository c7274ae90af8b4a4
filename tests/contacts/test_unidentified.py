"""Unidentified: who is on it, in which order, what warns, and what naming and hiding do."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Address, Contact
from ledgers.models import Ledger
from tests.contacts.test_pages import PARTIAL, page, undo, unmarked, url
from tests.factories import (
    NOON,
    make_address,
    make_contact,
    make_ledger,
    make_transaction,
    make_wallet,
)
from transactions.models import Transaction
from transactions.queries.suspects import suspects

MARIA = "0x3f5c9d27ab41e08c6f3b95d0417ea2c86fd18be2"
FAKE = "0x3f5ce5a7b1d09c4e6fe2a8b34c70d95f1a668be2"


def make_stranger(ledger: Ledger, n: int = 1, text: str = "", **kw: Any) -> Address:
    address = make_address(ledger, text)
    for _ in range(n):
        make_transaction(ledger, counterparty=address, **kw)
    return address


def listed(client: Client, ledger: Ledger, query: str = "") -> list[int]:
    html = page(client, url("unidentified", ledger) + query)
    return [int(pk) for pk in re.findall(r'<tr role="row" id="a(\d+)"', html)]


def test_list_ranks_by_number_of_transactions(client: Client, ledger: Ledger) -> None:
    few, many, same = make_stranger(ledger, 1), make_stranger(ledger, 3), make_stranger(ledger, 1)

    assert listed(client, ledger) == [many.pk, few.pk, same.pk]


def test_list_leaves_out_who_is_named_own_hidden_or_gone(client: Client, ledger: Ledger) -> None:
    stranger = make_stranger(ledger, 2)
    make_transaction(ledger, counterparty=make_address(ledger, contact=make_contact(ledger)))
    make_transaction(ledger, counterparty=make_address(ledger, wallet=make_wallet(ledger)))
    make_stranger(ledger, hidden=True)
    make_stranger(ledger, deleted_at=NOON)
    make_stranger(ledger, contact=make_contact(ledger))
    make_stranger(make_ledger())
    make_transaction(ledger)

    assert listed(client, ledger) == [stranger.pk]


@pytest.mark.parametrize("item_count", [1, 30])
def test_list_sends_as_many_queries_with_one_address_as_with_thirty(
    client: Client, ledger: Ledger, item_count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(item_count):
        make_stranger(ledger)

    with django_assert_num_queries(20):
        assert len(listed(client, ledger)) == item_count


def test_list_holds_each_address_once_over_its_pages(client: Client, ledger: Ledger) -> None:
    made = [make_stranger(ledger).pk for _ in range(60)]

    pages = [listed(client, ledger, f"?size=25&page={n}") for n in (1, 2, 3)]

    assert [pk for pks in pages for pk in pks] == made


def test_line_says_assets_and_when_it_was_seen(client: Client, ledger: Ledger) -> None:
    address = make_stranger(ledger, 2, received=("5", "USDC"), occurred_at="2026-02-03T12:00Z")
    make_transaction(ledger, counterparty=address, sent=("1", "ETH"), type="payment")

    html = " ".join(page(client, url("unidentified", ledger)).split())

    assert "USDC, ETH" in html
    assert "3 Feb 2026 – 4 May 2026" in html


def test_empty_list_says_that_nobody_is_left(client: Client, ledger: Ledger) -> None:
    assert "Nobody is left" in page(client, url("unidentified", ledger))


def test_panel_is_that_of_the_address_asked_for(client: Client, ledger: Ledger) -> None:
    first, second = make_stranger(ledger, 2), make_stranger(ledger)
    path = url("unidentified", ledger)

    default, asked = page(client, path), page(client, f"{path}?at={second.pk}")
    fragment = page(client, url("unidentified_address", ledger, second), headers=PARTIAL)

    assert f'data-at="{first.pk}"' in default
    assert f'data-at="{second.pk}"' in asked
    assert f'data-at="{second.pk}"' in fragment
    assert "<html" not in fragment


def test_naming_makes_the_contact_and_leads_to_the_next(client: Client, ledger: Ledger) -> None:
    first, second = make_stranger(ledger, 2), make_stranger(ledger)
    html = page(client, url("unidentified", ledger))
    after = re.search(r'name="next" value="([^"]+at=\d+)"', html)
    assert after

    response = client.post(
        url("unidentified_address", ledger, first),
        {"contact_name": "Nordlicht  Studio", "version": 1, "next": after[1]},
        follow=True,
    )

    first.refresh_from_db()
    assert first.contact == Contact.objects.get(name="Nordlicht Studio")
    assert f'data-at="{second.pk}"' in response.content.decode()
    assert listed(client, ledger) == [second.pk]
    undo(client, ledger, response.content.decode())
    assert listed(client, ledger) == [first.pk, second.pk]


def test_naming_takes_the_contact_that_is_there_in_any_case(client: Client, ledger: Ledger) -> None:
    maria, stranger = make_contact(ledger, "Maria"), make_stranger(ledger)

    client.post(
        url("unidentified_address", ledger, stranger), {"contact_name": "maria", "version": 1}
    )

    assert Address.objects.get().contact == maria


@pytest.mark.parametrize("headers", [{}, PARTIAL])
def test_naming_what_somebody_named_meanwhile_shows_both_names(
    client: Client, ledger: Ledger, annotator: Any, headers: dict[str, str]
) -> None:
    stranger, jonas = make_stranger(ledger), make_contact(ledger, "Jonas")
    Address.objects.write(stranger.pk, expected_version=1, by=annotator, contact=jonas)
    path = url("unidentified_address", ledger, stranger)

    response = client.post(path, {"contact_name": "Maria", "version": 1}, headers=headers)

    html = unmarked(response.content.decode())
    assert response.status_code == 409
    for text in ("Jonas", "Maria", "ben saved this"):
        assert text in html
    assert Address.objects.get().contact == jonas
    assert not Contact.objects.filter(name="Maria").exists()
    mine = client.post(path, {"contact_name": "Maria", "version": 2}, follow=True)
    assert Address.objects.get().contact == Contact.objects.get(name="Maria")
    undo(client, ledger, mine.content.decode())
    assert Address.objects.get().contact == jonas


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_naming_without_a_name_is_refused(client: Client, ledger: Ledger, name: str) -> None:
    stranger = make_stranger(ledger)

    response = client.post(
        url("unidentified_address", ledger, stranger), {"contact_name": name, "version": 1}
    )

    assert (response.status_code, Address.objects.get().contact) == (422, None)


def test_own_address_is_not_named(client: Client, ledger: Ledger) -> None:
    own = make_address(ledger, wallet=make_wallet(ledger))

    response = client.post(
        url("unidentified_address", ledger, own), {"contact_name": "Maria", "version": 1}
    )

    assert (response.status_code, Address.objects.get().contact) == (422, None)


def test_spam_is_hidden_and_shown_again(client: Client, ledger: Ledger) -> None:
    """What was hidden before stays hidden; what somebody showed again meanwhile stays shown."""
    spam, other = make_stranger(ledger, 3), make_stranger(ledger)
    before = make_transaction(ledger, counterparty=spam, hidden=True)

    response = client.post(url("unidentified_hidden", ledger, spam), follow=True)

    html = response.content.decode()
    assert "3 transactions with" in html
    assert listed(client, ledger) == [other.pk]
    assert "3 transactions are shown again." in undo(client, ledger, html)
    assert list(Transaction.objects.filter(hidden=True)) == [before]


def test_spam_that_sends_again_is_listed_again(client: Client, ledger: Ledger) -> None:
    spam = make_stranger(ledger)
    client.post(url("unidentified_hidden", ledger, spam))

    make_transaction(ledger, counterparty=spam)

    assert listed(client, ledger) == [spam.pk]


@pytest.mark.parametrize(
    ("book", "other", "alike"),
    [
        (MARIA, FAKE, True),
        (MARIA, FAKE.replace("0x3f5c", "0x3f5d"), False),
        (MARIA, FAKE[:-1] + "3", False),
        (MARIA, FAKE.upper().replace("0X", "0x"), True),
        ("TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "TN3W4H6rK2ce4vX9YnFQHwKENnHjoxb3m9", False),
    ],
)
def test_look_alike_has_the_same_first_and_last_four_characters(
    ledger: Ledger, book: str, other: str, alike: bool
) -> None:
    known = make_address(ledger, book, contact=make_contact(ledger, "Maria Keller"))
    strange = make_address(ledger, other)

    found = suspects(ledger, [known, strange])

    assert {pk: str(of) for pk, of in found.items()} == (
        {strange.pk: "Not Maria Keller: look-alike"} if alike else {}
    )


def test_look_alike_of_an_own_wallet_warns_and_of_another_ledger_does_not(ledger: Ledger) -> None:
    strange = make_address(ledger, FAKE)
    other = make_ledger()
    make_address(other, MARIA, contact=make_contact(other))
    assert suspects(ledger, [strange]) == {}

    make_address(ledger, MARIA, wallet=make_wallet(ledger, "Main wallet"))

    assert str(suspects(ledger, [strange])[strange.pk]) == "Not Main wallet: look-alike"


@pytest.mark.parametrize(
    ("rows", "dust"),
    [
        ([{"received": ("0.00001", "USDT")}], True),
        ([{"received": ("0", "ETH")}, {"received": ("0.000009", "USDT")}], True),
        ([{"received": ("0.000011", "USDT")}], False),
        ([{"received": ("0", "ETH")}, {"received": ("5", "ETH")}], False),
        ([{"received": ("0", "ETH")}, {"sent": ("0.0000001", "ETH")}], False),
        ([{"received": ("0", "ETH"), "hidden": True}], True),
        ([{"fee": ("0.1", "ETH")}], False),
        ([], False),
    ],
)
def test_dust_is_all_that_came_and_nothing_that_went(
    ledger: Ledger, rows: list[dict[str, Any]], dust: bool
) -> None:
    address = make_address(ledger)
    for row in rows:
        make_transaction(ledger, counterparty=address, **row)

    assert {str(of) for of in suspects(ledger, [address]).values()} == (
        {"only ever sent dust"} if dust else set()
    )


@pytest.mark.parametrize("path", ["transactions/", "unidentified/"])
def test_warning_stands_on_both_pages(client: Client, ledger: Ledger, path: str) -> None:
    maria = make_address(ledger, MARIA, contact=make_contact(ledger, "Maria Keller"))
    make_transaction(ledger, counterparty=maria)
    make_stranger(ledger, text=FAKE)
    make_stranger(ledger, received=("0", "ETH"))

    html = page(client, f"/{ledger.slug}/{path}")

    assert html.count("Not Maria Keller: look-alike") == 1
    assert html.count("only ever sent dust") == 1


def test_panel_of_a_look_alike_shows_both_addresses(client: Client, ledger: Ledger) -> None:
    make_address(ledger, MARIA, contact=make_contact(ledger, "Maria Keller"))
    make_stranger(ledger, text=FAKE)

    html = page(client, reverse("unidentified", args=[ledger.slug]))

    assert "Looks like Maria Keller, but is not." in html
    assert len(re.findall(r"<dd>0x\w{36}8be2</dd>", html, re.I)) == 2


def test_address_of_a_chain_that_is_not_known_is_shown(client: Client, ledger: Ledger) -> None:
    """Another program wrote it: the database takes any family."""
    contact, cold = make_contact(ledger, "Zoe"), make_wallet(ledger, "Cold", kind="chain")
    for n, owner in enumerate(({}, {"contact": contact}, {"wallet": cold})):
        text = f"whose{n}"
        at = Address.objects.create(
            ledger=ledger, family="venus", shown=text, normalised=text, **owner
        )
        make_transaction(ledger, counterparty=at)

    for where in ("unidentified/", f"contacts/{contact.pk}/", "wallets/", f"wallets/{cold.pk}/"):
        assert client.get(f"/{ledger.slug}/{where}").status_code == 200
    assert "VENUS" in page(client, url("unidentified", ledger))
