"""Logins at a provider of OpenID Connect, which is a real one in a thread."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from oidc_provider_mock import run_server_in_thread

from ledgers.models import Ledger, Role, User
from tests.accounts.helpers import add_app, code, is_in, log_in
from tests.factories import make_invitation, make_user
from txproject.environ import env_mailers, env_providers

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def provider(issuer: str, monkeypatch: pytest.MonkeyPatch, settings: Any) -> str:
    """Its id in our URLs."""
    for name, value in {"ISSUER": issuer, "CLIENT_ID": "us", "CLIENT_SECRET": "x"}.items():
        monkeypatch.setenv(f"OIDC_{name}", value)
    apps = env_providers()
    of = {"OAUTH_PKCE_ENABLED": True, "APPS": apps}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": of}
    return str(apps[0]["provider_id"])


def go(client: Client, provider: str, sub: str, **more: str) -> Any:
    """There, as `sub`, and back."""
    page = client.post(f"/login/with/{provider}/", more)
    url = page.headers["Refresh"].removeprefix("0; url=")
    back = requests.post(url, data={"sub": sub}, allow_redirects=False, timeout=5)
    return client.get(back.headers["Location"].removeprefix("http://testserver"))


def link(user: User, provider: str, sub: str = "maria") -> None:
    SocialAccount.objects.create(user=user, provider=provider, uid=sub)


def test_unknown_person_gets_no_account(provider: str, user: User) -> None:
    client = Client()

    answer = go(client, provider, "somebody")

    assert "needs an invitation" in answer.text
    assert not is_in(client)
    assert User.objects.count() == 1


def test_mail_address_opens_no_account(provider: str, user: User) -> None:
    """A provider says any address; only who has linked it is known."""
    User.objects.update(email="ana@example.org", username="ana@example.org")
    client = Client()

    go(client, provider, "ana@example.org")

    assert not is_in(client)


def test_linked_account_logs_in_and_leads_on(provider: str, user: User, ledger: Ledger) -> None:
    link(user, provider)
    client = Client()

    answer = go(client, provider, "maria", process="login", next="/keller/contacts/")

    assert answer.headers["Location"] == "/keller/contacts/"
    assert client.session["_auth_user_id"] == str(user.pk)


def test_second_factor_is_asked_of_it_too(provider: str, user: User) -> None:
    link(user, provider)
    add_app(user)
    client = Client()

    go(client, provider, "maria")
    assert not is_in(client)
    client.post("/login/factor/", {"code": code()})

    assert is_in(client)


def test_who_is_not_active_stays_out(provider: str, user: User) -> None:
    link(user, provider)
    User.objects.update(is_active=False)
    client = Client()

    assert go(client, provider, "maria").headers["Location"] == "/login/"
    assert not is_in(client)


def test_account_is_linked_by_who_is_logged_in_and_was_asked_again(
    provider: str, user: User, settings: Any
) -> None:
    client = log_in()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    asked = go(client, provider, "maria", process="connect")
    assert not SocialAccount.objects.exists()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300

    done = client.post(asked.headers["Location"], {"password": "secret"})

    assert asked.headers["Location"] == "/account/again/"
    assert done.headers["Location"] == "/account/"
    assert SocialAccount.objects.get().user == user
    assert provider in client.get("/account/").text


def test_linked_account_of_somebody_else_is_not_taken(provider: str, user: User) -> None:
    link(make_user("ben"), provider)

    go(log_in(), provider, "maria", process="connect")

    assert SocialAccount.objects.get().user.username == "ben"


def test_only_way_in_is_not_unlinked(provider: str, user: User) -> None:
    link(user, provider)
    account = SocialAccount.objects.get()
    client = log_in()
    user.set_unusable_password()
    user.save()
    lost = Client()
    go(lost, provider, "maria")

    lost.post(f"/account/linked/{account.pk}/removed/")
    assert SocialAccount.objects.exists()
    user.set_password("secret")
    user.save()
    client = log_in()
    client.post(f"/account/linked/{account.pk}/removed/")
    assert not SocialAccount.objects.exists()


def test_who_has_only_the_provider_is_asked_there_again(
    provider: str, user: User, settings: Any
) -> None:
    link(user, provider)
    User.objects.update(password="!")
    client = Client()
    go(client, provider, "maria")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    asked = client.get("/account/app/").headers["Location"]
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300

    assert asked == "/account/again/provider/?next=%2Faccount%2Fapp%2F"
    assert f"/login/with/{provider}/" in client.get(asked).text
    assert (
        go(client, provider, "maria", next="/account/app/").headers["Location"] == "/account/app/"
    )
    assert client.get("/account/app/").status_code == 200


def test_account_is_made_where_the_site_says_so(provider: str, db: None, settings: Any) -> None:
    settings.OIDC_SIGNUP = True
    client = Client()

    go(client, provider, "new@example.org")

    made = User.objects.get()
    assert is_in(client)
    assert (made.email, made.has_usable_password()) == ("", False)


def test_account_is_made_for_an_invitation(provider: str, ledger: Ledger) -> None:
    make_invitation(ledger, "token", role=Role.EDITOR)
    client = Client()
    assert f"/login/with/{provider}/" in client.get("/invitation/token/").text

    back = go(client, provider, "new", next="/invitation/token/").headers["Location"]
    client.post(f"{back}accepted/")

    assert back == "/invitation/token/"
    assert ledger.memberships.get(user=client.session["_auth_user_id"]).role == Role.EDITOR


@pytest.mark.parametrize("query", ["", "?code=x&state=y", "?error=access_denied", "?state=%00"])
def test_whoever_comes_back_from_nowhere_is_not_let_in(provider: str, db: None, query: str) -> None:
    client = Client()

    answer = client.get(f"/login/with/{provider}/back/{query}")

    assert answer.status_code in {200, 302, 400, 401}
    assert not is_in(client)


def test_answer_of_another_login_is_not_taken(provider: str, user: User) -> None:
    """The state is of the browser that has begun."""
    link(user, provider)
    page = Client().post(f"/login/with/{provider}/")
    url = page.headers["Refresh"].removeprefix("0; url=")
    back = requests.post(url, data={"sub": "maria"}, allow_redirects=False, timeout=5)
    victim = Client()

    victim.get(back.headers["Location"].removeprefix("http://testserver"))

    assert not is_in(victim)


def test_way_there_is_a_page_that_goes_on(provider: str, issuer: str, db: None) -> None:
    assert Client().get(f"/login/with/{provider}/").status_code == 405
    assert Client().post("/login/with/unknown/").status_code == 404

    page = Client().post(f"/login/with/{provider}/")

    target = urlsplit(re.search(r'href="(http[^"]+)"', page.text)[1])  # type: ignore[index]
    assert (page.status_code, f"http://{target.netloc}") == (200, issuer)
    assert "code_challenge_method=S256" in target.query


def test_providers_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "OIDC_ISSUER": "https://accounts.example.org/realms/Home/",
        "OIDC_CLIENT_ID": "a",
        "OIDC_CLIENT_SECRET": "b",
        "OIDC_2_ISSUER": "https://login.example.org",
        "OIDC_2_NAME": "Work",
        "OIDC_2_CLIENT_ID": "c",
        "OIDC_2_CLIENT_SECRET": "d",
    }.items():
        monkeypatch.setenv(name, value)

    found = [(each["provider_id"], each["name"], each["client_id"]) for each in env_providers()]

    first = ("accounts-example-org-realms-home", "accounts.example.org", "a")
    assert found == [first, ("login-example-org", "Work", "c")]
    monkeypatch.setenv("OIDC_2_ISSUER", "http://login.example.org")
    with pytest.raises(ImproperlyConfigured, match="OIDC_2_ISSUER"):
        env_providers()


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp+tls://ana%40example.org:p%3A@mail.example.org", 587, (True, False)),
        ("smtps://ana%40example.org:p%3A@mail.example.org", 465, (False, True)),
        ("smtp://ana%40example.org:p%3A@mail.example.org:2525", 2525, (False, False)),
    ],
)
def test_mail_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, url: str, port: int, tls: tuple[bool, bool]
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)

    options = env_mailers()["default"]["OPTIONS"]

    assert (options["host"], options["port"]) == ("mail.example.org", port)
    assert (options["username"], options["password"]) == ("ana@example.org", "p:")
    assert (options["use_tls"], options["use_ssl"]) == tls


@pytest.mark.parametrize("url", ["mail.example.org", "imap://x", "smtp://", "smtp://x:port"])
def test_mail_that_is_no_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EMAIL_URL", url)

    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        env_mailers()
