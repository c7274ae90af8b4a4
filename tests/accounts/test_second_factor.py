"""Where the site asks for one: whoever has none sees nothing but how to get one."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation
from ledgers.models import Ledger, Role, User
from tests.accounts.helpers import SECRET, add_app, add_codes, code, is_in, log_in
from tests.factories import make_invitation, make_ledger, make_member, make_user

pytestmark = pytest.mark.slow

LIST = "/keller/transactions/"
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def required(settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = True


def test_who_has_none_is_sent_to_set_one_up(required: None, ledger: Ledger) -> None:
    client = log_in()

    assert client.get(LIST).headers["Location"] == f"/account/factor/?next={LIST}"
    part = client.get(LIST, headers=FRAGMENT)
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/account/factor/?next=/")
    assert client.get("/account/factor/").status_code == 200
    for path in ("/account/", "/account/password/", "/admin/", "/live/keller/", "/new/"):
        assert client.get(path).headers["Location"].startswith("/account/factor/"), path


def test_set_up_app_opens_the_site_at_once(
    transactional_db: None, required: None, ledger: Ledger
) -> None:
    client = log_in()
    client.get("/account/app/")
    session = client.session
    session["mfa.totp.secret"] = SECRET
    session.save()

    client.post("/account/app/", {"code": code()})

    assert client.get(LIST).status_code == 200


def test_session_from_before_proves_the_factor(
    required: None, client: Client, user: User, ledger: Ledger
) -> None:
    add_app(user)
    assert client.get(LIST).headers["Location"] == f"/account/again/factor/?next={LIST}"

    client.post("/account/again/factor/", {"code": code()})

    assert client.get(LIST).status_code == 200


@pytest.mark.parametrize("path", ["/account/app/", "/account/passkeys/new/", "/account/factor/"])
def test_session_from_before_adds_no_factor_instead(
    required: None, user: User, ledger: Ledger, path: str
) -> None:
    """Though it has just given the password."""
    client = log_in()
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "Key"})

    answer = client.get(path)

    assert answer.headers["Location"] == f"/account/again/passkey/?next={path}"


def test_last_factor_stays(required: None, user: User, ledger: Ledger) -> None:
    add_app(user)
    add_codes(user)
    client = log_in()
    client.post("/login/factor/", {"code": code()})

    answer = client.post("/account/app/removed/")
    key = Authenticator.objects.create(user=user, type="webauthn", data={"name": "Key"})
    Authenticator.objects.filter(type="totp").delete()
    client.post(f"/account/passkeys/{key.pk}/removed/")

    assert "this is your only one" in answer.text
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_nothing_is_asked_where_the_site_does_not(client: Client, ledger: Ledger) -> None:
    assert client.get(LIST).status_code == 200


EXPIRY = {"open": timedelta(days=1), "over": timedelta(seconds=-1)}
WHO = ("nobody", "new", "member", "has app")
CASES = list(product((False, True), Role, EXPIRY, WHO))


@pytest.mark.parametrize(("asked", "role", "expiry", "who"), CASES)
def test_invitation(
    asked: bool, role: Role, expiry: str, who: str, db: None, settings: Any
) -> None:
    """Required factor × role × expiry × who accepts: in what role he sees the ledger, if at all."""
    settings.REQUIRE_SECOND_FACTOR = asked
    ledger = make_ledger(owner=make_user("owner"), slug="keller")
    until = timezone.now() + EXPIRY[expiry]
    make_invitation(ledger, "token", role=role, expires_at=until)
    client = accept(who, ledger)

    usable = expiry == "open" and who != "member"
    assert Invitation.objects.exists() is not usable or who == "nobody"
    found = ledger.memberships.filter(user__username="ben").values_list("role", flat=True)
    assert list(found) == expected_roles(who, role, expiry, asked)
    seen = client.get(LIST).status_code
    assert seen == expected_status(who, bool(found), asked)


def accept(who: str, ledger: Ledger) -> Client:
    """By the page's own forms."""
    if who == "new":
        client = Client()
        given = {"username": "ben", "password1": "correct horse", "password2": "correct horse"}
        client.post("/invitation/token/account/", given)
        return client
    if who == "nobody":
        client = Client()
        client.get("/invitation/token/")
        client.post("/invitation/token/accepted/")
        return client
    ben = make_user("ben")
    if who == "member":
        make_member(ledger, ben, Role.VIEWER)
    if who == "has app":
        add_app(ben)
    client = log_in("ben")
    client.post("/login/factor/", {"code": code()})
    client.post("/invitation/token/accepted/")
    return client


def expected_roles(who: str, role: Role, expiry: str, asked: bool) -> list[int]:
    if who == "member":
        return [Role.VIEWER]
    return [role] if expiry == "open" and who != "nobody" else []


def expected_status(who: str, member: bool, asked: bool) -> int:
    if who == "nobody" or (who == "new" and not member):
        return 302  # to the login
    if asked and who != "has app":
        return 302  # to set up a factor
    return 200 if member else 404


def test_link_is_shown_once_and_only_its_hash_is_kept(client: Client, ledger: Ledger) -> None:
    path = reverse("invitation_list", args=[ledger.slug])

    page = client.post(path, {"role": Role.EDITOR, "days": 7})
    token = page.context["link"].rstrip("/").rpartition("/")[2]

    assert page.context["link"] in page.text
    assert token not in client.get(path).text
    made = Invitation.objects.get()
    assert (made.role, made.by.username, token in str(vars(made))) == (Role.EDITOR, "ana", False)
    assert made.expires_at - made.made_at > timedelta(days=6, hours=23)
    assert (
        "ana invites you into the ledger Keller family"
        in Client().get(f"/invitation/{token}/").text
    )


def test_taken_back_or_used_link_opens_nothing(client: Client, ledger: Ledger) -> None:
    taken, used = make_invitation(ledger, "taken"), make_invitation(ledger, "used")
    ben = Client()
    ben.force_login(make_user("ben"))

    client.post(reverse("invitation_revoked", args=[ledger.slug, taken.pk]))
    answers = [ben.post(f"/invitation/{name}/accepted/") for name in ("taken", "used")]
    other = Client()
    other.force_login(make_user("carl"))

    assert [answer.status_code for answer in answers] == [404, 303]
    assert other.post("/invitation/used/accepted/").status_code == 404
    assert not Invitation.objects.filter(pk=used.pk).exists()


def test_invitation_goes_with_the_owner_who_made_it(ledger: Ledger, user: User) -> None:
    made = make_invitation(ledger, "token")
    ledger.memberships.filter(user=made.by).update(role=Role.EDITOR)

    assert Client().get("/invitation/token/").status_code == 404


def test_whoever_reads_an_invitation_has_not_accepted_it(ledger: Ledger) -> None:
    make_invitation(ledger, "token")
    ben = Client()
    ben.force_login(make_user("ben"))

    assert "Accept as ben" in ben.get("/invitation/token/").text
    assert ben.get("/invitation/token/accepted/").status_code == 405
    assert not ledger.memberships.filter(user__username="ben").exists()


def test_account_that_is_refused_uses_nothing_up(ledger: Ledger) -> None:
    make_invitation(ledger, "token")
    given = {"username": "ana", "password1": "12345678", "password2": "12345679"}

    answer = Client().post("/invitation/token/account/", given)

    assert answer.status_code == 422
    assert "already exists" in answer.text
    assert Invitation.objects.exists()


def test_tokens_are_guessed_five_times_from_an_address(ledger: Ledger) -> None:
    make_invitation(ledger, "token")
    stranger = Client(REMOTE_ADDR="198.51.100.7")

    answers = [stranger.get(f"/invitation/{n}/").status_code for n in range(5)]

    assert answers == [404, 404, 404, 404, 429]
    assert stranger.get("/invitation/token/").status_code == 429
    assert Client().get("/invitation/token/").status_code == 200


def test_nobody_signs_up_without(db: None) -> None:
    given = {"username": "ben", "password1": "correct horse", "password2": "correct horse"}

    answers = [
        Client().post(path, given).status_code for path in ("/account/signup/", "/login/signup/")
    ]

    assert answers == [404, 404]
    assert not User.objects.exists()
    assert not is_in(log_in("ben", "correct horse"))
