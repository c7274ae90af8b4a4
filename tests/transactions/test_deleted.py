"""The bin: what people have deleted, and how it comes back."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from ledgers.models import Ledger, User
from tests.factories import make_batch, make_ledger, make_transaction
from transactions.models import Transaction


@pytest.fixture
def path(ledger: Ledger) -> str:
    return f"/{ledger.slug}/transactions/deleted/"


def deleted(ledger: Ledger, note: str, by: User | None = None) -> Transaction:
    now = timezone.now()
    return make_transaction(ledger, note=note, deleted_at=now, edited_at=now, edited_by=by)


def alive(ledger: Ledger) -> set[str]:
    return set(ledger.transactions.alive().values_list("note", flat=True))


def test_deleted_rows_are_listed_with_who_deleted_them(
    client: Client, ledger: Ledger, user: User, path: str
) -> None:
    deleted(ledger, "rent", user)
    make_transaction(ledger, note="kept")
    batch = make_batch(ledger)
    make_transaction(ledger, note="undone", deleted_at=timezone.now(), undone_import=batch)

    html = client.get(path).content.decode()

    assert "rent" in html
    assert ">ana<" in html
    assert "kept" not in html
    assert "undone" not in html


def test_chosen_rows_come_back(client: Client, ledger: Ledger, user: User, path: str) -> None:
    rows = [deleted(ledger, note) for note in ("one", "two", "three")]

    answer = client.post(path, {"row": [rows[0].pk, rows[2].pk]}, follow=True)

    assert "2 transactions are back." in answer.content.decode()
    assert alive(ledger) == {"one", "three"}
    assert Transaction.objects.get(pk=rows[0].pk).edited_by == user


def test_all_that_the_search_finds_come_back(client: Client, ledger: Ledger, path: str) -> None:
    for note in ("rent May", "rent June", "bicycle"):
        deleted(ledger, note)

    assert "bicycle" not in client.get(path, {"q": "rent"}).content.decode()
    client.post(path, {"all": "1", "q": "rent"})

    assert alive(ledger) == {"rent May", "rent June"}


def test_all_that_are_listed_come_back_and_no_others(
    client: Client, ledger: Ledger, path: str
) -> None:
    deleted(ledger, "kept")
    Transaction.objects.filter(pk=deleted(ledger, "back").pk).update(type="gift")

    page = client.get(path, {"type": "gift", "page": "1"}).content.decode()
    assert "kept" not in page
    form = page[page.index('<form class="card list"') :]
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    client.post(path, {**sent, "all": "1"})

    assert alive(ledger) == {"back"}


def test_who_selects_none_is_told_what_to_do(client: Client, ledger: Ledger, path: str) -> None:
    deleted(ledger, "rent")

    page = client.post(path, follow=True).content.decode()

    assert "None is selected: tick those that are to come back." in page
    assert "are back" not in page
    assert alive(ledger) == set()


def test_row_that_somebody_else_has_restored_is_not_counted(
    client: Client, ledger: Ledger, path: str
) -> None:
    row = make_transaction(ledger, note="rent")

    page = client.post(path, {"row": row.pk}, follow=True).content.decode()

    assert "These are not among the deleted any more." in page
    assert "are back" not in page


def test_search_that_cannot_be_used_says_why(client: Client, ledger: Ledger, path: str) -> None:
    """As the list does."""
    deleted(ledger, "rent")

    page = client.get(path, {"q": "label:nope"}).content.decode()

    assert "This filter cannot be used" in page
    assert "no label is called “nope”" in page
    assert "Nothing fits" not in page


def test_row_of_another_ledger_stays_deleted(client: Client, ledger: Ledger, path: str) -> None:
    other = deleted(make_ledger(), "theirs")

    client.post(path, {"row": other.pk})

    assert Transaction.objects.get(pk=other.pk).deleted_at
