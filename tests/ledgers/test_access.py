"""Every URL, by itself: whoever adds one has it covered, or is told what is missing here."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ledgers.models import Ledger, Role, User
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

PUBLIC = {"login", "logout", "theme"}
OWN = {"home", "new_ledger"}

# What the parts of a URL stand for; the row is one of the ledger that is asked.
ARGUMENTS = {
    "pk": lambda ledger: make_transaction(ledger).pk,
    "contact": lambda ledger: make_contact(ledger).pk,
    "address": lambda ledger: make_address(ledger).pk,
    "wallet": lambda ledger: make_wallet(ledger).pk,
    "label": lambda ledger: make_label(ledger).pk,
    "member": lambda ledger: make_member(ledger, make_user(), Role.VIEWER).pk,
}


def urls(resolver: URLResolver | None = None, names: tuple[str, ...] = ()) -> Iterator[URLPattern]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield entry
        elif entry.app_name != "admin":
            yield from urls(entry)


NAMED = {str(pattern.name): pattern for pattern in urls()}
OF_LEDGER = sorted(NAMED.keys() - PUBLIC - OWN)
ROLES = [(name, method) for name in OF_LEDGER for method in ("GET", "POST")]


def path_of(name: str, ledger: Ledger, rows_of: Ledger | None = None) -> str:
    """The URL of that name, with rows of another ledger if that is asked for."""
    wanted = get_resolver().reverse_dict.getlist(name)[0][0][0][1]
    made = {p: ARGUMENTS[p](rows_of or ledger) for p in wanted if p != "ledger"}
    return reverse(name, kwargs={"ledger": ledger.slug, **made})


def needed(name: str, method: str) -> Role | None:
    read, write = NAMED[name].callback.ledger_roles
    return read if method == "GET" else write


def test_urls_of_a_ledger_all_say_which_roles_they_take() -> None:
    silent = [name for name in OF_LEDGER if not hasattr(NAMED[name].callback, "ledger_roles")]

    assert silent == []
    assert len(OF_LEDGER) >= 10


@pytest.mark.parametrize("name", OF_LEDGER)
def test_url_without_login_leads_to_login(name: str, ledger: Ledger) -> None:
    path = path_of(name, ledger)

    response = Client().get(path)

    assert response.status_code == 302
    assert response.headers["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize("name", OF_LEDGER)
def test_url_as_a_fragment_without_login_sends_the_page_to_login(name: str, ledger: Ledger) -> None:
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}

    response = Client().get(path_of(name, ledger), headers=headers)

    assert response.status_code == 401
    assert response.headers["HX-Redirect"].startswith("/login/")


@pytest.mark.parametrize(("name", "method"), ROLES)
def test_url_of_a_strangers_ledger_is_not_there(name: str, method: str, client: Client) -> None:
    theirs = make_ledger(owner=make_user())

    response = client.generic(method, path_of(name, theirs))

    assert response.status_code == (404 if needed(name, method) else 405)


@pytest.mark.parametrize(("name", "method"), ROLES)
def test_row_of_another_ledger_is_not_there(
    name: str, method: str, client: Client, ledger: Ledger, user: User
) -> None:
    """Even if both ledgers are one's own: the URL says which one is meant."""
    other = make_ledger(owner=user)
    if "pk" not in str(NAMED[name].pattern) and path_of(name, ledger) == path_of(
        name, ledger, other
    ):
        pytest.skip("names no row")

    response = client.generic(method, path_of(name, ledger, other))

    assert response.status_code == (404 if needed(name, method) else 405)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("name", "method"), ROLES)
def test_role_decides(name: str, method: str, role: Role, ledger: Ledger) -> None:
    member = make_user("member")
    make_member(ledger, member, role)
    client = Client()
    client.force_login(member)
    wanted = needed(name, method)

    status = client.generic(method, path_of(name, ledger)).status_code

    if wanted is None:
        assert status == 405
    elif role < wanted:
        assert status == 403
    else:
        assert status in {200, 303, 422}


def test_removed_member_is_a_stranger_at_once(client: Client, ledger: Ledger) -> None:
    path = reverse("transaction_list", args=[ledger.slug])
    assert client.get(path).status_code == 200

    ledger.memberships.all().delete()

    assert client.get(path).status_code == 404


def test_login_locks_after_five_wrong_guesses(db: None) -> None:
    make_user("ana")
    guess = {"username": "ana", "password": "wrong"}

    answers = [Client().post("/login/", guess).status_code for _ in range(6)]

    assert answers == [200, 200, 200, 200, 429, 429]
    assert Client().post("/login/", guess | {"password": "secret"}).status_code == 429


def test_superuser_sees_only_ledgers_he_is_a_member_of(ledger: Ledger) -> None:
    client = Client()
    client.force_login(make_user("root", is_superuser=True, is_staff=True))

    assert client.get(reverse("transaction_list", args=[ledger.slug])).status_code == 404
