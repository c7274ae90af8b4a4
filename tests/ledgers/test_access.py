"""Every URL, by itself: whoever adds one has it covered, or is told what is missing here."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Invitation
from accounts.urls import account_urls
from history.models import Entry
from imports.models import ImportBatch, Upload
from ledgers.models import Ledger, Role, User
from tests.factories import (
    make_address,
    make_balance,
    make_batch,
    make_contact,
    make_effect,
    make_invitation,
    make_label,
    make_ledger,
    make_mapping,
    make_member,
    make_pair,
    make_rule,
    make_run,
    make_spam,
    make_transaction,
    make_upload,
    make_user,
    make_view,
    make_wallet,
)

PUBLIC = {
    *("account_login", "account_logout", "theme", "mfa_authenticate", "mfa_login_webauthn"),
    *("openid_connect_login", "openid_connect_callback", "socialaccount_login_cancelled"),
    *("account_reset_password", "account_reset_password_done", "account_reset_password_from_key"),
    *("account_reset_password_from_key_done", "invitation", "invitation_account"),
}
OWN = {"home", "language", "new_ledger", "archived_ledger", "source_list"} | {
    str(pattern.name) for pattern in account_urls
} - PUBLIC


def with_file(ledger: Ledger) -> ImportBatch:
    batch = make_batch(ledger)
    make_upload(ledger, state=Upload.State.IMPORTED, batch=batch)
    return batch


def annotated(ledger: Ledger) -> Entry:
    """What an annotator may take back, and an act of its own."""
    tx = make_transaction(ledger)
    ledger.transactions.filter(pk=tx.pk).update(note="written")
    entry = Entry.objects.filter(ledger=ledger).latest("pk")
    Entry.objects.filter(pk=entry.pk).update(act=entry.pk)
    return entry


# What the parts of a URL stand for; the row is one of the ledger that is asked.
ARGUMENTS = {
    "pk": lambda ledger: make_transaction(ledger).pk,
    "contact": lambda ledger: make_contact(ledger).pk,
    "address": lambda ledger: make_address(ledger).pk,
    "wallet": lambda ledger: make_wallet(ledger).pk,
    "balance": lambda ledger: make_balance(ledger).pk,
    "label": lambda ledger: make_label(ledger).pk,
    "entry": lambda ledger: annotated(ledger).pk,
    "pair": lambda ledger: make_pair(ledger).pk,
    "mark": lambda ledger: make_spam(ledger).pk,
    "batch": lambda ledger: with_file(ledger).pk,
    "mapping": lambda ledger: make_mapping(ledger).pk,
    "upload": lambda ledger: make_upload(ledger).pk,
    "rule": lambda ledger: make_rule(ledger).pk,
    "run": lambda ledger: make_run(ledger).pk,
    "effect": lambda ledger: make_effect(ledger).pk,
    "saved": lambda ledger: make_view(ledger).slug,
    "menu": lambda _ledger: "wallet",
    "invitation": lambda ledger: make_invitation(ledger).pk,
    "token": lambda ledger: Invitation.make(ledger, Role.VIEWER, make_user(), 1),
    "session": lambda _ledger: "0" * 64,
    "connection": lambda _ledger: 1,
    "provider_id": lambda _ledger: "login-example-org",
    "uidb36": lambda _ledger: "1",
    "key": lambda _ledger: "set-password",
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
METHODS = ("GET", "POST")


def arguments(name: str) -> set[str]:
    return set(get_resolver().reverse_dict.getlist(name)[0][0][0][1]) - {"ledger"}


OWN_PAGES = sorted(name for name in OWN if not arguments(name))
WITH_ROW = [name for name in OF_LEDGER if arguments(name) - {"menu"}]


def path_of(name: str, ledger: Ledger, rows_of: Ledger | None = None) -> str:
    """The URL of that name, with rows of another ledger if that is asked for."""
    made = {each: ARGUMENTS[each](rows_of or ledger) for each in arguments(name)}
    return reverse(name, kwargs={"ledger": ledger.slug, **made})


def needed(name: str, method: str) -> Role | None:
    read, write = NAMED[name].callback.ledger_roles
    return read if method == "GET" else write


def test_urls_of_a_ledger_all_say_which_roles_they_take() -> None:
    silent = [name for name in OF_LEDGER if not hasattr(NAMED[name].callback, "ledger_roles")]

    assert silent == []
    assert len(OF_LEDGER) >= 10


@pytest.mark.parametrize("name", sorted(OWN))
def test_url_of_oneself_without_login_leads_to_login(name: str, ledger: Ledger) -> None:
    path = reverse(name, kwargs={each: ARGUMENTS[each](ledger) for each in arguments(name)})

    for method in METHODS:
        answer = Client().generic(method, path)
        assert answer.status_code == 302, method
        assert answer.headers["Location"] == f"/login/?next={quote(path)}"


@pytest.mark.parametrize("name", OF_LEDGER)
def test_url_without_login_leads_to_login(name: str, ledger: Ledger) -> None:
    """The page as a whole, where a fragment is asked for."""
    path = path_of(name, ledger)
    fragment = {"HX-Request": "true", "HX-Request-Type": "partial"}

    page, part = Client().get(path), Client().get(path, headers=fragment)

    assert (page.status_code, page.headers["Location"]) == (302, f"/login/?next={path}")
    assert part.status_code == 401
    assert part.headers["HX-Redirect"].startswith("/login/")


@pytest.mark.parametrize("name", OF_LEDGER)
def test_url_of_a_strangers_ledger_is_not_there(name: str, client: Client) -> None:
    path = path_of(name, make_ledger(owner=make_user()))

    for method in METHODS:
        status = client.generic(method, path).status_code
        assert (method, status) == (method, 404 if needed(name, method) else 405)


@pytest.mark.parametrize("name", WITH_ROW)
def test_row_of_another_ledger_is_not_there(
    name: str, client: Client, ledger: Ledger, user: User
) -> None:
    """Even if both ledgers are one's own: the URL says which one is meant."""
    path = path_of(name, ledger, rows_of=make_ledger(owner=user))

    for method in METHODS:
        status = client.generic(method, path).status_code
        assert (method, status) == (method, 404 if needed(name, method) else 405)


@pytest.fixture
def members(ledger: Ledger) -> dict[Role, Client]:
    clients = {}
    for role in Role:
        member = make_user(role.name)
        make_member(ledger, member, role)
        clients[role] = Client()
        clients[role].force_login(member)
    return clients


# Whoever reads may change a view of his own, but not one of the ledger: test_saved_views.py.
ROW_DECIDES = {"view_edit", "view_removed", "view_place"}


def allowed(name: str, role: Role, wanted: Role | None) -> set[int]:
    if wanted is None:
        return {405}
    if name in ROW_DECIDES and role == Role.VIEWER:
        return {403}
    # 503: a stream to an open page, without an ASGI server.
    return {403} if role.rank < wanted.rank else {200, 303, 422, 503}


@pytest.mark.parametrize("name", OF_LEDGER)
def test_role_decides(name: str, members: dict[Role, Client], ledger: Ledger) -> None:
    for role, client in members.items():
        for method in METHODS:
            status = client.generic(method, path_of(name, ledger)).status_code
            assert status in allowed(name, role, needed(name, method)), (role.name, method, status)


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
