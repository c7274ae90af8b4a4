"""What is answered instead of an error of the server: the values that were once one."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from ledgers.models import Ledger
from tests.factories import make_transaction, make_user

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
