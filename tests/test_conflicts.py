"""Two people edit one thing at once, one on its page, one in the admin, with real requests.

Whoever is first wins; the second loses nothing: both texts are shown, and nothing is written.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Contact
from ledgers.models import Ledger
from tests.admin.helpers import current, opened, saved
from tests.factories import make_contact, make_label, make_transaction, make_user
from transactions.models import Label, Transaction

PAGE, ADMIN = "what Ana wrote on the page", "what root wrote in the admin"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(make_user("root", is_superuser=True, is_staff=True))
    return client


def contact_name(ledger: Ledger) -> Contact:
    return make_contact(ledger, "as it was")


def contact_note(ledger: Ledger) -> Contact:
    return make_contact(ledger, note="as it was")


def label_name(ledger: Ledger) -> Label:
    return make_label(ledger, "as it was")


def transaction_note(ledger: Ledger) -> Transaction:
    return make_transaction(ledger, note="as it was")


# What is edited: how it is made, its field, its page, what the page calls the field, and the rest.
THINGS = [
    (contact_name, "name", "contact_name", "contact_name", {}),
    (contact_note, "note", "contact_note", "note", {}),
    (label_name, "name", "label", "name", {"colour": "blue"}),
    (transaction_note, "note", "transaction_note", "note", {}),
]
things = pytest.mark.parametrize(("make", "field", "url", "name", "rest"), THINGS)


def both_are_shown(response: Any) -> bool:
    page = response.content.decode().replace("<mark>", "").replace("</mark>", "")
    return PAGE in page and ADMIN in page


@things
def test_admin_is_second(
    make: Callable[[Ledger], Any],
    field: str,
    url: str,
    name: str,
    rest: dict[str, Any],
    client: Client,
    admin: Client,
    ledger: Ledger,
) -> None:
    row = make(ledger)
    page = reverse(url, args=[ledger.slug, row.pk])
    form = opened(admin, row)

    first = client.post(page, {name: PAGE, "version": 1} | rest)
    second = saved(admin, row, form, **{field: ADMIN})

    assert (first.status_code, second.status_code) == (303, 409)
    assert both_are_shown(second)
    assert getattr(current(row), field) == PAGE


@things
def test_page_is_second(
    make: Callable[[Ledger], Any],
    field: str,
    url: str,
    name: str,
    rest: dict[str, Any],
    client: Client,
    admin: Client,
    ledger: Ledger,
) -> None:
    row = make(ledger)
    page = reverse(url, args=[ledger.slug, row.pk])

    first = saved(admin, row, opened(admin, row), **{field: ADMIN})
    second = client.post(page, {name: PAGE, "version": 1} | rest)

    assert (first.status_code, second.status_code) == (302, 409)
    assert both_are_shown(second)
    assert getattr(current(row), field) == ADMIN
