"""One's own mail address: set and changed by a link that goes to the new one."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from ledgers.models import User
from tests.accounts.helpers import log_in
from tests.accounts.test_login import LOCMEM, RESET
from tests.factories import make_user

PAGE = "/account/mail/"
NEW = {"email": "new@example.org"}


pytestmark = [pytest.mark.usefixtures("mail_is_set_up"), pytest.mark.slow]


@pytest.fixture
def mail_is_set_up(settings: object) -> None:
    settings.MAILERS = LOCMEM  # type: ignore[attr-defined]


def link() -> str:
    (found,) = re.findall(r"http://testserver(\S+)", mail.outbox[-1].body)
    return found


def address() -> str:
    return User.objects.values_list("email", flat=True).get(username="ana")


def test_address_counts_when_its_link_has_come_back(user: User) -> None:
    User.objects.update(email="ana@example.org")
    EmailAddress.objects.create(user=user, email="ana@example.org")
    client = log_in()

    asked = client.post(PAGE, NEW)
    shown = client.get(link())

    assert asked.headers["Location"] == "/account/"
    assert mail.outbox[0].to == ["new@example.org"]
    assert "new@example.org" in shown.text
    assert address() == "ana@example.org"
    assert client.post(link()).headers["Location"] == "/account/"
    assert address() == "new@example.org"
    assert mail.outbox[1].to == ["ana@example.org"]
    assert mail.outbox[1].body.startswith("The mail address is changed.\n")


def test_password_is_reset_by_the_new_address_alone(user: User) -> None:
    User.objects.update(email="ana@example.org")
    EmailAddress.objects.create(user=user, email="ana@example.org")
    client = log_in()
    client.post(PAGE, NEW)
    client.post(link())
    mail.outbox.clear()

    Client().post(RESET, {"email": "ana@example.org"})
    Client().post(RESET, NEW)

    assert [each.to for each in mail.outbox] == [["new@example.org"]]


def test_link_is_of_one_user_one_change_and_one_day(user: User, settings: object) -> None:
    client = log_in()
    client.post(PAGE, NEW)
    make_user("bo")

    bo = log_in("bo")
    assert bo.post(link()).status_code == 404
    assert client.post(f"{link()[:-2]}x/").status_code == 404
    assert client.post(link()).status_code == 303
    assert client.post(link()).status_code == 404
    assert Client().post(link()).headers["Location"].startswith("/login/?next=")
    assert User.objects.get(username="bo").email == ""


def test_link_ends_after_a_day(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = log_in()
    client.post(PAGE, NEW)
    monkeypatch.setattr("accounts.views.mail_address.VALID", -1)

    assert client.post(link()).status_code == 404
    assert address() == ""


def test_page_asks_who_it_is_and_needs_a_login(user: User) -> None:
    client = Client()
    assert client.get(PAGE).headers["Location"] == f"/login/?next={PAGE}"

    client.force_login(user)

    assert client.post(PAGE, NEW).headers["Location"].startswith("/account/again/")
    assert mail.outbox == []


def test_wrong_address_is_refused(user: User) -> None:
    answer = log_in().post(PAGE, {"email": "no address"})

    assert answer.status_code == 422
    assert mail.outbox == []


def test_mails_are_counted(user: User) -> None:
    client = log_in()

    answers = [client.post(PAGE, NEW).status_code for _ in range(6)]

    assert answers == [303, 303, 303, 303, 429, 429]
    assert len(mail.outbox) == 4


def test_mail_that_cannot_be_sent_is_said(user: User, settings: object) -> None:
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    options = {"host": "127.0.0.1", "port": 9}
    settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": options}}  # type: ignore[attr-defined]

    answer = log_in().post(PAGE, NEW)

    assert answer.status_code == 422
    assert "No mail could be sent there" in answer.text


def test_nobody_is_promised_mail_where_none_is_set_up(user: User, settings: object) -> None:
    settings.MAILERS = {}  # type: ignore[attr-defined]
    client = log_in()

    assert [client.get(path).status_code for path in (PAGE, f"{PAGE}x/")] == [404, 404]
    assert PAGE not in client.get("/account/").text
