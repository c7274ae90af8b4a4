import io
import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from ledgers.models import Ledger, Session, User
from tests.accounts.helpers import add_codes, code, is_in, log_in
from tests.factories import make_user
from watch.logs import Json

pytestmark = pytest.mark.slow

STRANGER = {"REMOTE_ADDR": "198.51.100.7"}
RESET = "/login/reset/"
LOCMEM = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}


def test_password_lets_in_and_leads_on(user: User, ledger: Ledger) -> None:
    client = Client()
    given = {"username": "ana", "password": "secret", "next": "/keller/contacts/"}

    answer = client.post("/login/", given)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/keller/contacts/")
    assert client.get("/keller/contacts/").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_login_leads_nowhere_else(user: User, elsewhere: str) -> None:
    given = {"username": "ana", "password": "secret", "next": elsewhere}

    assert Client().post("/login/", given).headers["Location"] == "/"


def test_who_is_not_active_is_answered_like_a_wrong_password(user: User) -> None:
    User.objects.update(is_active=False)

    answer = Client().post("/login/", {"username": "ana", "password": "secret"})

    assert "User name and password do not match." in answer.text


def test_strangers_tries_lock_only_the_stranger(user: User) -> None:
    for _ in range(5):
        log_in(password="wrong", **STRANGER)

    assert not is_in(log_in(**STRANGER))
    assert is_in(log_in())


def test_code_is_asked_for_after_the_password(user: User, app: None) -> None:
    client = log_in()
    assert not is_in(client)
    assert client.get("/keller/transactions/").headers["Location"].startswith("/login/")

    answer = client.post("/login/factor/", {"code": "000000"})
    assert "The code is not right, or it was used already." in answer.text
    assert not is_in(client)

    client.post("/login/factor/", {"code": code()})
    assert is_in(client)


def test_code_is_taken_once(user: User, app: None) -> None:
    used = code()
    first, second, third = log_in(), log_in(), log_in()

    first.post("/login/factor/", {"code": used})
    second.post("/login/factor/", {"code": used})
    third.post("/login/factor/", {"code": code(1)})

    assert [is_in(client) for client in (first, second, third)] == [True, False, True]


def test_recovery_code_lets_in_once(user: User, app: None) -> None:
    kept = add_codes(user)[3]
    first, second = log_in(), log_in()

    first.post("/login/factor/", {"code": kept})
    second.post("/login/factor/", {"code": kept})

    assert [is_in(client) for client in (first, second)] == [True, False]


def test_codes_sent_at_once_are_counted_one_by_one(
    transactional_db: None, user: User, app: None
) -> None:
    clients = [log_in() for _ in range(12)]

    def guess(client: Client) -> None:
        client.post("/login/factor/", {"code": "000000"})
        connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(guess, clients))

    assert AccessAttempt.objects.get().failures_since_start == 5


def test_codes_are_guessed_five_times_from_whatever_address(user: User, app: None) -> None:
    """Whoever guesses knows the password; of others' codes nothing is counted."""
    answers = []
    for n in range(5):
        client = log_in(REMOTE_ADDR=f"198.51.100.{n}")
        answers.append(client.post("/login/factor/", {"code": "12"}).status_code)

    client = log_in()
    assert answers == [200, 200, 200, 200, 429]
    assert client.post("/login/factor/", {"code": code()}).status_code == 429
    assert not is_in(client)
    assert is_in(log_in(make_user("ben").username))


def test_nobody_locks_codes_without_the_password(user: User, app: None) -> None:
    for name in (" codes of ana", "codes of ana"):
        for _ in range(6):
            log_in(name, "wrong", **STRANGER)

    client = log_in()
    client.post("/login/factor/", {"code": code()})

    assert is_in(client)


def test_secrets_are_kept_encrypted_and_typed_ones_nowhere(user: User, app: None) -> None:
    assert "JBSWY3" not in str(Authenticator.objects.get().data)

    log_in().post("/login/factor/", {"code": "424242"})
    log_in(password="hunter2")

    attempts = str(list(AccessAttempt.objects.values_list()))
    assert "hunter2" not in attempts
    assert "424242" not in attempts


def test_codes_of_another_key_of_the_site_let_nobody_in(
    user: User, app: None, settings: object
) -> None:
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]

    assert log_in().post("/login/factor/", {"code": code()}).status_code == 200


def test_password_is_changed_and_other_sessions_end(user: User) -> None:
    here, there = log_in(), log_in()
    new = {"password1": "correct horse", "password2": "correct horse"}

    wrong = here.post("/account/password/", {"oldpassword": "wrong", **new})
    right = here.post("/account/password/", {"oldpassword": "secret", **new})

    assert "That is not your password." in wrong.text
    assert right.headers["Location"] == "/account/"
    assert [is_in(here), is_in(there)] == [True, False]
    assert Session.objects.filter(user=user).count() == 1
    assert is_in(log_in(password="correct horse"))


def test_old_password_is_guessed_as_often_as_at_the_login(user: User) -> None:
    client = log_in()

    answers = [
        client.post("/account/password/", {"oldpassword": f"{n}"}).status_code for n in range(5)
    ]

    assert answers == [200, 200, 200, 200, 429]


def test_password_is_reset_by_mail(user: User, settings: object) -> None:
    settings.MAILERS = LOCMEM  # type: ignore[attr-defined]
    User.objects.update(email="ana@example.org")
    old, client = log_in(), Client()

    sent = client.post(RESET, {"email": "ana@example.org"})
    (link,) = re.findall(r"http://testserver(\S+)", mail.outbox[0].body)
    form = client.get(link, follow=True).redirect_chain[-1][0]
    new = {"password1": "correct horse", "password2": "correct horse"}
    done = client.post(form, new)

    assert sent.headers["Location"] == "/login/reset/sent/"
    assert done.headers["Location"] == "/login/reset/done/"
    assert [is_in(client), is_in(old)] == [False, False]
    assert is_in(log_in(password="correct horse"))
    assert "not valid any more" in Client().get(link, follow=True).text


def test_what_has_changed_is_told_by_mail(user: User, settings: object) -> None:
    settings.MAILERS = LOCMEM  # type: ignore[attr-defined]
    User.objects.update(email="ana@example.org")
    new = {"password1": "correct horse", "password2": "correct horse"}

    log_in().post("/account/password/", {"oldpassword": "secret", **new})

    (told,) = mail.outbox
    assert told.to == ["ana@example.org"]
    assert told.body.startswith("The password is changed.\n")
    assert "correct" not in told.body


def test_mail_that_does_not_go_out_stops_nothing(user: User, settings: object) -> None:
    options = {"host": "127.0.0.1", "port": 9}
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": smtp, "OPTIONS": options}}  # type: ignore[attr-defined]
    User.objects.update(email="ana@example.org")
    new = {"password1": "correct horse", "password2": "correct horse"}

    answer = log_in().post("/account/password/", {"oldpassword": "secret", **new})

    assert answer.headers["Location"] == "/account/"
    assert is_in(log_in(password="correct horse"))


def test_password_is_long_enough(user: User) -> None:
    new = {"password1": "eleven.char", "password2": "eleven.char"}

    answer = log_in().post("/account/password/", {"oldpassword": "secret", **new})

    assert "at least 12 characters" in answer.text


def test_unknown_address_is_answered_alike_and_sent_nothing(user: User, settings: object) -> None:
    settings.MAILERS = LOCMEM  # type: ignore[attr-defined]

    answers = [Client().post(RESET, {"email": "x@example.org"}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 302, 429, 429]
    assert mail.outbox == []


@pytest.mark.parametrize("path", [RESET, "/login/reset/sent/", "/login/reset/1-x-y/"])
def test_nobody_is_promised_mail_where_none_is_set_up(db: None, path: str) -> None:
    assert Client().get(path).status_code == 404
    assert "Forgotten" not in Client().get("/login/").text


def test_pages_that_change_factors_ask_who_it_is_after_minutes(
    user: User, app: None, settings: object
) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0  # type: ignore[attr-defined]
    add_codes(user)
    client = Client()
    client.force_login(user)

    for path in ("app/removed", "codes", "codes/new", "passkeys/new"):
        answer = client.get(f"/account/{path}/")
        assert (
            answer.headers["Location"] == f"/account/again/?next=%2Faccount%2F{quote(path, '')}%2F"
        )
    assert client.post("/account/app/removed/").headers["Location"].startswith("/account/again/")
    assert client.post("/account/sessions/ended/").headers["Location"].startswith("/account/again/")
    assert Authenticator.objects.filter(type="totp").exists()


def test_password_or_code_says_who_it_is_and_the_act_goes_on(user: User, app: None) -> None:
    client = Client()
    client.force_login(user)
    client.post("/account/app/removed/")

    wrong = client.post("/account/again/?next=/account/app/removed/", {"password": "wrong"})
    client.post("/account/again/?next=/account/app/removed/", {"password": "secret"})

    assert "That is not your password." in wrong.text
    assert not Authenticator.objects.exists()
    with_code = Client()
    with_code.force_login(make_user("ben"))
    assert with_code.get("/account/again/factor/").headers["Location"] == "/account/again/"


def test_app_is_set_up_with_recovery_codes(user: User) -> None:
    client = log_in()
    page = client.get("/account/app/")
    (secret,) = re.findall(r'<code class="mono">(\w+)</code>', page.text)
    assert "<svg" in page.text

    client.post("/account/app/", {"code": "000000"})
    assert not Authenticator.objects.exists()
    from tests.accounts import helpers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(helpers, "SECRET", secret)
        answer = client.post("/account/app/", {"code": code()})

    assert answer.headers["Location"] == "/account/codes/"
    assert len(re.findall(r">\d{10}</code>", client.get("/account/codes/").text)) == 10
    assert "set up" in client.get("/account/").text


def test_admin_has_no_login_of_its_own(user: User) -> None:
    root = make_user("root", is_staff=True, is_superuser=True)
    client = Client()

    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/login/?next=/admin/"
    client.force_login(user)
    assert client.get("/admin/login/").status_code == 403
    client.force_login(root)
    assert client.get("/admin/password_change/").headers["Location"] == "/account/password/"


def test_command_removes_factors_and_sessions(user: User, app: None) -> None:
    add_codes(user)
    Client().force_login(user)
    told = io.StringIO()

    call_command("remove_factors", "ana", stdout=told)

    assert told.getvalue() == "ana: removed 2.\n"
    assert not Authenticator.objects.exists()
    assert not Session.objects.exists()
    with pytest.raises(CommandError):
        call_command("remove_factors", "nobody")


def test_log_says_what_happened_and_nothing_that_was_typed(
    user: User, app: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "accounts.audit")
    client = log_in(password="hunter2")
    client = log_in()
    client.post("/login/factor/", {"code": "424242"})
    client.post("/login/factor/", {"code": (used := code())})
    client.post("/logout/")

    lines = [Json().format(each) for each in caplog.records if each.name == "accounts.audit"]
    found = [(said["message"], said["user"], said.get("method")) for said in map(json.loads, lines)]
    assert found == [
        ("login failed", None, None),
        ("authenticated", user.pk, "password"),
        ("login failed", None, None),
        ("authenticated", user.pk, "mfa"),
        ("logged in", user.pk, None),
        ("logged out", user.pk, None),
    ]
    assert not any(typed in "".join(lines) for typed in ("hunter2", "secret", "424242", used))


def test_sessions_are_listed_and_ended_one_by_one(user: User) -> None:
    Client().force_login(make_user("ben"))
    here, there, further = log_in(), log_in(HTTP_USER_AGENT="Lynx"), log_in()
    page = here.get("/account/").text
    names = re.findall(r"/account/sessions/(\w{64})/ended/", page)

    assert page.count("This one.") == 1
    assert len(names) == 2
    assert there.session.session_key not in page
    for name in names:
        if Session.objects.filter(user=user).count() > 2:
            assert here.post(f"/account/sessions/{name}/ended/").status_code == 303
    assert sorted([is_in(there), is_in(further)]) == [False, True]
    assert is_in(here)

    here.post("/account/sessions/ended/")
    assert [is_in(here), is_in(there), is_in(further)] == [True, False, False]
    assert Session.objects.exclude(user=user).count() == 1


def test_session_of_somebody_else_is_not_there(user: User) -> None:
    from live.feed import session_hash

    ben = Client()
    ben.force_login(make_user("ben"))
    name = session_hash(ben.session.session_key or "")

    assert log_in().post(f"/account/sessions/{name}/ended/").status_code == 404
    assert is_in(ben)


def test_session_that_is_over_is_not_listed(user: User) -> None:
    here, there = log_in(), log_in()
    over = Session.objects.filter(pk=there.session.session_key)
    over.update(expire_date=Session.objects.first().expire_date - timedelta(days=99))

    assert "Log out there" not in here.get("/account/").text


def test_mail_speaks_the_language_of_who_asks(user: User, settings: object) -> None:
    settings.MAILERS = LOCMEM  # type: ignore[attr-defined]
    User.objects.update(email="ana@example.org")

    Client().post(RESET, {"email": "ana@example.org"}, headers={"Accept-Language": "ru"})

    assert mail.outbox[0].subject == "Новый пароль для txproject"
    assert "Кто-то просит новый пароль для ana на testserver" in mail.outbox[0].body
