"""Whatever one may go to, by a part of its name."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ledgers.models import Ledger, Role, User
from tests.factories import (
    make_contact,
    make_label,
    make_ledger,
    make_member,
    make_user,
    make_view,
    make_wallet,
)

pytestmark = pytest.mark.django_db
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def offered(client: Client, ledger: Ledger, text: str = "") -> list[tuple[str, str]]:
    page = client.get(reverse("palette", args=[ledger.slug]), {"q": text})
    return [(str(entry.kind), entry.name) for entry in page.context["entries"]]


def test_everything_that_has_such_a_name_is_found(client: Client, ledger: Ledger) -> None:
    contact, wallet = make_contact(ledger, "Old Harbor"), make_wallet(ledger, "harbor cold")
    label = make_label(ledger, "Harbor dues")
    view = make_view(ledger, "All of Harbor")

    page = client.get(reverse("palette", args=[ledger.slug]), {"q": " HARBOR "})

    at = f"/{ledger.slug}/"
    assert [(entry.name, entry.url) for entry in page.context["entries"]] == [
        ("All of Harbor", f"{at}views/{view.slug}/"),
        ("Old Harbor", f"{at}contacts/{contact.pk}/"),
        ("harbor cold", f"{at}transactions/?wallet={wallet.pk}"),
        ("Harbor dues", f"{at}transactions/?label={label.pk}"),
    ]


def test_those_that_begin_so_come_first_and_not_all(client: Client, ledger: Ledger) -> None:
    for n in range(9):
        make_contact(ledger, f"a harbor {n}")
    make_contact(ledger, "Harbor")

    names = [name for kind, name in offered(client, ledger, "harbor") if kind == "contact"]

    assert names == ["Harbor", *(f"a harbor {n}" for n in range(7))]


def test_without_text_pages_actions_and_views_are_offered(client: Client, ledger: Ledger) -> None:
    make_contact(ledger)
    make_view(ledger, "Mine")

    found = offered(client, ledger)

    assert {kind for kind, _name in found} == {"page", "action", "view"}
    assert ("page", "Ledger settings") in found


def test_pages_are_found_by_the_beginning_of_a_word(client: Client, ledger: Ledger) -> None:
    make_contact(ledger, "Anna")

    assert offered(client, ledger, "an") == [("contact", "Anna")]
    assert ("page", "Ledger settings") in offered(client, ledger, "Set")


def test_each_role_is_offered_what_it_may(client: Client, user: User, ledger: Ledger) -> None:
    make_member(ledger, viewer := make_user(), Role.VIEWER)
    make_view(ledger, "secret plan", owner=user)
    other = Client()
    other.force_login(viewer)

    assert ("action", "Import files") in offered(client, ledger)
    assert {kind for kind, _name in offered(other, ledger)} == {"page"}
    assert ("view", "secret plan") in offered(client, ledger, "secret")
    assert offered(other, ledger, "secret") == []


def test_other_ledgers_are_not_searched(client: Client, user: User, ledger: Ledger) -> None:
    other = make_ledger(owner=user)
    for make in (make_contact, make_wallet, make_label, make_view):
        make(other, "Harbor")

    assert offered(client, ledger, "harbor") == []


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", "x" * 5000, "<b>"])
def test_signs_mean_themselves(client: Client, ledger: Ledger, text: str) -> None:
    make_contact(ledger, "Harbor")

    assert ("contact", "Harbor") not in offered(client, ledger, text)


@pytest.mark.parametrize("count", [1, 20])
def test_list_is_one_query_of_names(
    client: Client, ledger: Ledger, django_assert_num_queries: Any, count: int
) -> None:
    for n in range(count):
        make_contact(ledger, f"<Harbor> {n}")
    url = reverse("palette", args=[ledger.slug])

    with django_assert_num_queries(4):
        page = client.get(url, {"q": "harbor"}, headers=PARTIAL).content.decode()

    assert page.count('role="option"') == min(count, 8)
    assert 'data-q="harbor"' in page
    assert "<Harbor>" not in page
