"""The probe where something cannot be used, at a page that asks who one is, and at a table that it
cannot put back by itself.
"""

import threading

import pytest
from flask import Flask, abort, request
from session_policy.__main__ import main
from sqlalchemy import create_engine, text
from werkzeug.serving import make_server

URL = "postgresql+psycopg://"
LOGIN = '<form method="post"><input name="name"><input type="hidden" name="token" value="t&amp;1">'
CHANGE = "UPDATE note SET body = :new"
BODY = text("SELECT body FROM note WHERE title = 'one'")
GIVEN = {
    "--url": "http://127.0.0.1:9/",
    "--dsn": URL,
    "--change": "UPDATE book SET reader = :new WHERE id = 1",
}


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("dsn", "nonsense", "The database cannot be reached, correct --dsn: "),
        ("dsn", "postgresql+psycopg://127.0.0.1:9/", "The database cannot be reached, "),
        ("change", "DELETE FROM book", "Write --change as UPDATE table SET … WHERE …, or say "),
        ("change", "UPDATE books SET a = 1 WHERE id = 1", "There is no table books: correct "),
        ("change", "UPDATE book SET a = 1 WHERE id = 1", "SELECT id, a FROM book WHERE id = 1: "),
        ("change", "UPDATE book SET reader = 'x' WHERE id = 0", "No row matches WHERE id = 0: "),
        ("url", "http://127.0.0.1:9/", "http://127.0.0.1:9/ cannot be asked: "),
        ("url", "nonsense", "nonsense cannot be asked: "),
    ],
)
def test_bad_input_gets_a_sentence(option, value, sentence, capsys):
    options = GIVEN | {f"--{option}": value}

    status = main(["probe", *(word for pair in options.items() for word in pair)])

    told = capsys.readouterr().err
    assert status == 2
    assert told.startswith(sentence)
    assert told.count("\n") == 1


@pytest.fixture
def engine():
    engine = create_engine(URL, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP TABLE IF EXISTS note"))
        connection.execute(text("CREATE TABLE note (title text, body text, master text)"))
        connection.execute(
            text("INSERT INTO note VALUES ('one', 'old', 'Ann'), ('two', 'new', 'Bob')")
        )
    yield engine
    engine.dispose()


@pytest.fixture
def app(engine):
    app = Flask(__name__)

    @app.route("/login", methods=["GET", "POST"])
    def login():
        if request.method == "GET":
            return LOGIN
        if request.form.to_dict() != {"name": "анна", "token": "t&1"}:
            abort(403)
        answer = app.make_response("welcome")
        answer.set_cookie("who", "anna")
        return answer

    @app.get("/")
    def page():
        if request.cookies.get("who") != "anna":
            abort(403)
        with engine.connect() as connection:
            answer = app.make_response(connection.scalar(BODY))
        answer.cache_control.no_store = True
        return answer

    @app.post("/save")
    def save():
        with engine.connect() as connection:
            connection.execute(text("UPDATE note SET body = :body"), request.form)
        return "saved"

    return app


@pytest.fixture
def probed(app, engine, capsys):
    """The status, what is said, and what is in the table afterwards."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def run(*options, change=f"{CHANGE} WHERE title = 'one'"):
        url = f"http://127.0.0.1:{server.port}/"
        status = main(["probe", "--url", url, "--dsn", URL, "--change", change, *options])
        with engine.connect() as connection:
            body = connection.scalar(BODY)
        told = capsys.readouterr()
        return status, told.out + told.err, body

    yield run
    server.shutdown()
    thread.join()


RESTORE = ("--restore", "UPDATE note SET body = 'put back' WHERE title = 'one'")
COOKIE = ("--cookie", "who=anna")


def test_who_is_not_logged_in_is_told_how(probed):
    status, told, _body = probed(*RESTORE)

    assert (status, told) == (2, "The page was answered 403: say --cookie or --login.\n")


@pytest.mark.parametrize("who", [COOKIE, ("--login", "/login", "--field", "name=анна")])
def test_cookie_or_login_opens_the_page(probed, who):
    status, told, body = probed(*RESTORE, *who)

    assert (status, body) == (0, "put back"), told
    assert told.startswith("Nothing was old.")


def test_wrong_login_is_refused(probed):
    status, told, _body = probed(*RESTORE, "--login", "/login", "--field", "name=eve")

    assert (status, told) == (2, "POST /login was answered 403: look at its fields.\n")


def test_table_without_a_key_needs_restore(probed):
    status, told, body = probed(*COOKIE)

    assert (status, body) == (2, "old")
    assert told == "note has no primary key to put the values back by: say --restore.\n"


def test_form_is_looked_for_in_a_table_without_a_key(probed):
    status, told, body = probed(*COOKIE, *RESTORE, "--save-url", "/save", "--save-field", "body")

    assert (status, body) == (0, "put back"), told
    assert "not uncommitted nor lost: the form's change was there at once" in told


def test_row_that_the_page_does_not_show_is_refused(probed):
    change = f"{CHANGE} WHERE title = 'two'"
    status, told, _body = probed(*COOKIE, *RESTORE, "--wait", "0", change=change)

    assert status == 2
    assert told.startswith("Nothing on the page is of WHERE title = 'two' alone: choose ")


def test_column_that_the_page_does_not_show_is_refused(probed):
    change = "UPDATE note SET master = :new WHERE title = 'one'"
    restore = ("--restore", "UPDATE note SET master = 'Ann' WHERE title = 'one'")
    status, told, _body = probed(*COOKIE, *restore, "--wait", "0", change=change)

    assert status == 2
    assert told.startswith("The page shows neither the new value nor 'Ann': choose a column ")


def test_form_cannot_be_looked_for_without_an_update(probed):
    save = ("--save-url", "/save", "--save-field", "body")
    status, told, _body = probed(*COOKIE, *RESTORE, *save, change="DELETE FROM note")

    assert status == 2
    assert told.startswith("Write --change as UPDATE table SET … WHERE …: ")
