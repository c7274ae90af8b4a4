from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore as EarlierStore
from django.contrib.sessions.models import Session as Earlier
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from django.test.client import BOUNDARY, encode_multipart
from django.urls import reverse
from django.utils import timezone

from ledgers.models import Ledger, Membership, Role, Session, User
from tests.factories import make_ledger, make_member, make_transaction, make_user

migration = import_module("ledgers.migrations.0011_sessions")


def test_session_says_whose_it_is_and_from_where(client: Client, user: User) -> None:
    client.get("/", headers={"User-Agent": "Lynx" * 100}, REMOTE_ADDR="198.51.100.7")
    Session.objects.update(seen_at=timezone.now() - timedelta(hours=2))

    client.get("/", headers={"User-Agent": "Lynx" * 100}, REMOTE_ADDR="198.51.100.7")

    session = Session.objects.get()
    assert (session.user, session.agent, session.address) == (user, "Lynx" * 50, "198.51.100.7")
    assert timezone.now() - session.seen_at < timedelta(minutes=1)


def test_session_is_not_written_by_pages_within_an_hour(client: Client, ledger: Ledger) -> None:
    seen = timezone.now() - timedelta(minutes=59)
    Session.objects.update(seen_at=seen)

    client.get(reverse("transaction_list", args=[ledger.slug]))

    assert Session.objects.get().seen_at == seen


def test_changed_session_keeps_when_it_began(client: Client) -> None:
    began = timezone.now() - timedelta(days=3)
    Session.objects.update(created_at=began, address="198.51.100.7")
    session = client.session
    session["seen"] = 1

    session.save()

    found = Session.objects.get()
    assert (found.created_at, found.address) == (began, "198.51.100.7")
    assert found.session_key == session.session_key


def test_changed_session_ends_when_it_would_have(client: Client, ledger: Ledger) -> None:
    """Whoever works all day has to log in again like whoever only reads."""
    ends = timezone.now() + timedelta(minutes=30)
    Session.objects.update(expire_date=ends)

    answer = client.post(reverse("undo", args=[ledger.slug]), {"token": "says something"})

    assert Session.objects.get().expire_date == ends
    assert 0 < int(answer.cookies["sessionid"]["max-age"]) <= 30 * 60
    assert client.session.get_expiry_age() <= 30 * 60  # by which its streams end


def test_login_begins_another_session(user: User) -> None:
    browser = Client()
    browser.get("/invitation/unknown/")
    session = browser.session
    session["seen"] = 1
    session.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=30))

    browser.post("/login/", {"username": "ana", "password": "secret"})

    assert Session.objects.get().expire_date > timezone.now() + timedelta(days=13)


def test_sessions_of_the_earlier_table_go_on(client: Client, user: User, ledger: Ledger) -> None:
    """Nobody is logged out by the upgrade, and what held a user that is gone holds none."""
    ours = Session.objects.get()
    Earlier.objects.create(
        session_key=ours.pk, session_data=ours.session_data, expire_date=ours.expire_date
    )
    gone = make_user()
    other = EarlierStore()
    other["_auth_user_id"] = str(gone.pk)
    other.save()
    old = EarlierStore()
    old.set_expiry(-1)
    old.save()
    gone.delete()
    Session.objects.all().delete()

    migration.keep_sessions(apps, None)

    found = dict(Session.objects.values_list("pk", "user"))
    assert found == {ours.pk: user.pk, other.session_key: None}
    assert not Earlier.objects.exists()
    assert client.get("/").headers["Location"] == ledger.get_absolute_url()


def test_sessions_are_given_back(client: Client) -> None:
    ours = Session.objects.get()

    migration.give_sessions_back(apps, None)

    assert Earlier.objects.get().session_data == ours.session_data


@pytest.mark.parametrize("said", ["", "unix:", "fe80::1%eth0", "::ffff:198.51.100.7", "x" * 99])
def test_address_may_be_anything(user: User, said: str) -> None:
    client = Client(REMOTE_ADDR=said)

    for password in ("wrong", "secret"):
        client.post("/login/", {"username": "ana", "password": password})

    assert Session.objects.filter(user=user).exists()


class Arriving(BytesIO):
    """A body that takes long: meanwhile something happens."""

    def __init__(self, body: bytes, meanwhile: Callable[[], Any]) -> None:
        super().__init__(body)
        self.meanwhile = meanwhile

    def read(self, size: int | None = -1) -> bytes:
        self.meanwhile()
        return super().read(size)


def test_file_of_a_stranger_is_not_kept(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has looked at the login has a token to send one with."""
    stranger = Client(enforce_csrf_checks=True)
    token = stranger.get("/login/").cookies["csrftoken"].value
    kept: list[int] = []
    monkeypatch.setattr(
        TemporaryFileUploadHandler, "receive_data_chunk", lambda *a: kept.append(len(a[1]))
    )
    large = SimpleUploadedFile("large.csv", b"x" * 3_000_000)

    answer = stranger.post("/login/", {"csrfmiddlewaretoken": token, "file": large})

    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/login/")
    assert kept == []
    large.seek(0)
    answer = stranger.post("/login/", {"file": large}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/login/?next=/login/")


def test_who_sends_a_file_is_judged_when_it_has_come(client: Client, ledger: Ledger) -> None:
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("some.csv", b"a;b")})
    arriving: Any = Arriving(body, Membership.objects.filter(ledger=ledger).delete)

    sent = client.post(
        reverse("import_new", args=[ledger.slug]),
        {"file": SimpleUploadedFile("some.csv", b"a;b")},
        **{"wsgi.input": arriving},
    )

    assert sent.status_code == 404
    assert not ledger.uploads.exists()


@pytest.mark.parametrize("how", ["logged out", "deactivated", "another password"])
def test_who_is_logged_out_while_his_file_comes_leaves_none(
    client: Client, user: User, ledger: Ledger, how: str
) -> None:
    def meanwhile() -> None:
        if how == "logged out":
            Session.objects.all().delete()
        elif how == "deactivated":
            User.objects.filter(pk=user.pk).update(is_active=False)
        else:
            User.objects.filter(pk=user.pk).update(password=make_password("another"))

    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("some.csv", b"a;b")})
    arriving: Any = Arriving(body, meanwhile)

    sent = client.post(
        reverse("import_new", args=[ledger.slug]),
        {"file": SimpleUploadedFile("some.csv", b"a;b")},
        **{"wsgi.input": arriving},
    )

    assert sent.status_code == 403
    assert not ledger.uploads.exists()


def test_member_of_one_ledger_is_none_of_others(client: Client, user: User, ledger: Ledger) -> None:
    other, of_nobody = make_ledger(), make_ledger()
    make_member(other, user, Role.VIEWER)

    def answer(asked: Ledger) -> int:
        form = "application/x-www-form-urlencoded"  # as browsers send what has no file
        url = reverse("transaction_hidden", args=[asked.slug, tx.pk])
        return client.post(url, content_type=form).status_code

    tx = make_transaction(ledger)
    assert [answer(each) for each in (ledger, other, of_nobody)] == [303, 403, 404]
