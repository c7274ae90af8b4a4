import re
from threading import Event, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from page.models import Contact, Transaction, db
from page.policy import reading
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError, StatementError

from .application import row


def shown(client: FlaskClient, path: str = "/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def keys(page: str) -> list[int]:
    return [int(key) for key in re.findall(r'<tr id="t(\d+)">', page)]


def following(page: str) -> str:
    found = re.search(r'<a href="([^"]+)">Next', page)
    return found[1].replace("&amp;", "&") if found else ""


def test_pages_hold_each_row_once(client: FlaskClient) -> None:
    found, path = [], "/"
    while path:
        page = shown(client, path)
        found += keys(page)
        path = following(page)

    assert found == list(range(60, 0, -1))


def test_row_that_comes_moves_no_other_over_the_edge(app: Flask, client: FlaskClient) -> None:
    first = shown(client)
    with app.app_context():
        db.session.add(row(61))
        db.session.commit()

    assert keys(shown(client, following(first))) == list(range(35, 10, -1))
    assert keys(shown(client))[0] == 61


def test_filter_finds_its_rows_and_counts_them(client: FlaskClient) -> None:
    page = shown(client, "/?wallet=A&asset=ETH")

    assert keys(page) == list(range(60, 10, -2))
    assert '<p id="count">30' in page


def test_label_is_shown_offered_and_found(client: FlaskClient) -> None:
    answer = client.post("/label/57", data={"label": "аренда"})

    assert answer.status_code == 303
    assert '<td class="label">аренда' in shown(client)
    assert "<option >аренда</option>" in shown(client, "/?wallet=A")
    assert keys(shown(client, "/?label=аренда")) == [57]


def test_name_of_a_contact_is_shown_in_its_rows(client: FlaskClient) -> None:
    client.post("/contact", data={"address": "a", "name": "Мария"})

    assert shown(client).count("<td>Мария<td") == 25


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/label/999", {"label": "x"}, 404),
        ("/contact", {"address": "none", "name": "x"}, 404),
        ("/label/57", {}, 400),
        ("/label/57", {"label": "x" * 65}, 422),
    ],
)
def test_what_cannot_be_saved_is_refused_and_changes_nothing(
    client: FlaskClient, path: str, form: dict[str, str], status: int
) -> None:
    before = shown(client)

    assert client.post(path, data=form).status_code == status
    assert shown(client) == before


def test_place_that_is_none_is_refused(client: FlaskClient) -> None:
    assert client.get("/?after=nowhere").status_code == 400


def test_page_is_not_to_be_kept(client: FlaskClient) -> None:
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_page_is_one_moment_and_writes_nothing(app: Flask) -> None:
    """Also where something has been read before it, as Flask-Login does."""
    change = update(Contact).values(name="later")
    with app.app_context():
        db.session.get(Transaction, 1)
        with reading() as session:
            before = session.scalar(db.select(Contact.name))
            with db.engine.begin() as other:
                other.execute(change)
            session.expire_all()

            assert session.scalar(db.select(Contact.name)) == before
            with pytest.raises((DBAPIError, StatementError), match=r"(?i)read.only"):
                session.execute(change)


def test_job_ends_what_it_has_read(app: Flask) -> None:
    """A thread with a context of its own, that goes on."""
    has_read, is_judged = Event(), Event()

    def job() -> None:
        with app.app_context():
            with reading() as session:
                session.get(Transaction, 1)
            has_read.set()
            is_judged.wait()

    thread = Thread(target=job)
    thread.start()
    has_read.wait()
    try:
        app.extensions["session_policy"].check()
    finally:
        is_judged.set()
        thread.join()
