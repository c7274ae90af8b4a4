"""What is answered instead of an error of the server: the values that were once one."""

import gzip
from datetime import UTC, datetime
from wsgiref.util import setup_testing_defaults

import pytest
from django.test import Client

from ledgers.models import Ledger
from tests.factories import make_transaction, make_user
from tests.hostile.handler import ServedHandler
from txproject.wsgi import application

LIST = "/keller/transactions/"


def test_last_day_of_all_is_a_day(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger, occurred_at=datetime(9999, 12, 31, 23, tzinfo=UTC), note="the last")
    make_transaction(ledger, note="today")

    page = client.get(LIST, {"since": "9999-12-31", "until": "9999-12-31"})

    assert page.status_code == 200
    assert "the last" in page.content.decode()
    assert "today" not in page.content.decode()


@pytest.mark.parametrize("path", [LIST, "/keller/suggest/labels/", "/keller/contacts/", "/login/"])
@pytest.mark.parametrize("query", ["asset=%00", "q=a%00b", "%00=1"])
def test_nul_in_a_url_is_refused_in_words(client: Client, path: str, query: str) -> None:
    page = client.get(f"{path}?{query}")

    assert page.status_code == 400
    assert "This request cannot be read" in page.content.decode()


def test_nul_in_a_form_is_refused(client: Client) -> None:
    answer = client.post("/keller/contacts/new/", {"contact_name": "A", "anything": "a\0b"})

    assert answer.status_code == 400


CODECS = ("hex", "rot13", "idna", "unicode_escape", "utf-7", "utf-16")
KINDS = (
    *(f"text/plain; charset={codec}" for codec in CODECS),
    "text/plain; charset*=unicode_escape''%5Cud800",
    "text/plain; charset*=utf-8''%00",
    "text/plain; charset*=nonsense''x",
    f"text/plain; {'a=b; ' * 5_000}",
)


@pytest.mark.parametrize("kind", KINDS)
def test_content_of_an_unreadable_type_is_none(client: Client, kind: str) -> None:
    """Django makes its request of the type, where an exception would be answered by nobody."""
    client.handler = ServedHandler()
    query = "since=2026-05-04&q=a%5Cud800%2B2AA-%41"

    page = client.generic("GET", f"{LIST}?{query}", CONTENT_TYPE=kind)

    assert page.status_code == 200
    assert r"a\ud800+2AA-A" in page.content.decode()


@pytest.mark.parametrize("codec", CODECS)
def test_form_in_another_encoding_is_not_sent(client: Client, codec: str, ledger: Ledger) -> None:
    client.handler = ServedHandler()
    part = '--x\r\nContent-Disposition: form-data; name="contact_name"\r\n\r\n+2AA-\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={codec}"

    answer = client.generic("POST", "/keller/contacts/new/", part, CONTENT_TYPE=kind)

    assert answer.status_code == 422
    assert not ledger.contacts.exists()


@pytest.mark.parametrize("charset", ["utf-8", '"utf-8"'])
def test_form_in_utf_8_is_sent_whatever_it_is_called(
    client: Client, charset: str, ledger: Ledger
) -> None:
    client.handler = ServedHandler()
    kind = f"application/x-www-form-urlencoded; charset={charset}"

    client.generic("POST", "/keller/contacts/new/", "contact_name=%C3%84nne", CONTENT_TYPE=kind)

    assert [contact.name for contact in ledger.contacts.all()] == ["Änne"]


def test_servers_are_handed_that_way_in(db: None) -> None:
    said: list[str] = []
    environ = {"PATH_INFO": "/login/", "CONTENT_TYPE": KINDS[0]}
    setup_testing_defaults(environ)

    body = application(environ, lambda status, *_more: said.append(status))  # type: ignore[arg-type]

    assert said == ["200 OK"]
    assert b"<form" in b"".join(body)


@pytest.mark.parametrize("path", [LIST, "/login/", "/admin/", "/live/keller/"])
def test_nul_in_a_cookie_is_refused(db: None, path: str) -> None:
    """Within quotes a cookie is written in octal numbers."""
    octal = "\\000" * 9

    page = Client().get(path, headers={"Cookie": f'sessionid="{octal}"'})

    assert page.status_code == 400


@pytest.fixture
def root(ledger: Ledger) -> Client:
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("value", ["x", " ", "9" * 40, "-1"])
def test_admins_form_with_a_choice_that_is_no_key_chooses_nothing(root: Client, value: str) -> None:
    for field in ("ledger", "wallet", "own_address", "labels"):
        page = root.get("/admin/transactions/transaction/add/", {field: value})
        assert page.status_code == 200

    page = root.post("/admin/ledgers/membership/add/", {"user": value, "ledger": value, "role": 1})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()


@pytest.mark.parametrize("value", ["x", "", "-1", "9" * 5_000])
def test_admins_action_on_what_is_no_row_is_refused(root: Client, value: str) -> None:
    asked = {"action": "delete_selected", "_selected_action": value}

    for path in ("/admin/ledgers/ledger/", "/admin/transactions/label/", "/admin/auth/group/"):
        assert root.post(path, asked).status_code == 400


def test_admins_page_asked_by_a_field_without_a_name_is_refused(
    root: Client, ledger: Ledger
) -> None:
    path = f"/admin/ledgers/ledger/{ledger.pk}/delete/"

    assert root.get(path, {"_to_field": ""}).status_code == 400
    assert root.post(path, {"_to_field": ""}).status_code == 400


@pytest.mark.parametrize("path", [LIST, "/login/", "/nowhere/", "/admin/", "/login/?q=%00"])
def test_every_answer_says_what_a_browser_may_be_asked_for(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert "camera=()" in headers["Permissions-Policy"]
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "data:" not in headers["Content-Security-Policy"]


def test_page_is_compressed_and_its_length_tells_nothing(client: Client) -> None:
    """Of two answers to the same question neither the token nor the length is the same."""
    pages = [client.get(LIST, headers={"Accept-Encoding": "gzip"}) for _ in range(20)]

    assert {page["Content-Encoding"] for page in pages} == {"gzip"}
    assert {page["Cache-Control"] for page in pages} == {client.get(LIST)["Cache-Control"]}
    texts = [gzip.decompress(page.content) for page in pages]
    assert len({len(page.content) for page in pages}) > 5
    assert len(set(texts)) == len(texts)


def test_nul_in_the_url_that_a_form_leads_back_to_is_no_error(
    client: Client, ledger: Ledger
) -> None:
    """What fits the filter of the list that was open is asked of the URL that the form names."""
    row = make_transaction(ledger)
    where = f"{LIST}?asset=a%00b"
    data = {"next": where, "type": "reward", "version": row.version}

    assert client.post(f"{LIST}{row.pk}/type/", data).status_code == 303
    assert (
        client.post(f"{LIST}bulk/", {"next": where, "scope": "all", "do": "hide"}).status_code < 500
    )
