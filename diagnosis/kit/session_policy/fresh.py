"""fresh(client).page(url).shows("UPDATE … SET column = :new WHERE …")"""

from collections.abc import Callable, Iterable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from session_policy.changes import Change, bound, connected, token
from session_policy.serving import clean
from session_policy.site import Answer, Site

PAGES = 24  # of several workers or threads each has its turn


def by_sql(change: Change, new: str) -> None:
    change.make(new)


def by_session(change: Change, new: str) -> None:
    with Session(change.engine) as session:
        session.execute(bound(change.statement, {"new": new}), {"new": new})
        session.commit()


def by_process(change: Change, new: str) -> None:
    dsn = change.engine.url.render_as_string(hide_password=False)
    process = clean.Process(target=change_there, args=(dsn, change.statement, new))
    process.start()
    process.join()
    assert process.exitcode == 0, "The other process could not make the change: see its traceback."


def change_there(dsn: str, statement: str, new: str) -> None:
    Change(connected(dsn), statement).make(new)


WAYS: dict[str, Callable[[Change, str], None]] = {
    "SQL": by_sql,
    "another session": by_session,
    "another process": by_process,
}


class Visitor:
    def __init__(self, engine: Engine, client: FlaskClient | Site) -> None:
        self.engine, self.client = engine, client

    def page(self, url: str) -> "Page":
        return Page(self, url)

    def get(self, url: str) -> Answer:
        if isinstance(self.client, Site):
            return self.client.get(url)
        return of_flask(self.client.get(url))

    def post(self, url: str, fields: dict[str, str]) -> Answer:
        if isinstance(self.client, Site):
            return self.client.post(url, fields)
        return of_flask(self.client.post(url, data=fields))

    @property
    def pages(self) -> int:
        return PAGES if isinstance(self.client, Site) else 2


def of_flask(response: Any) -> Answer:
    with response:
        return Answer(response.status_code, response.headers["Content-Type"], response.data)


class Page:
    def __init__(self, visitor: Visitor, url: str) -> None:
        self.visitor, self.url = visitor, url

    def shows(self, statement: str, by: Iterable[str] = WAYS, restore: str = "") -> None:
        """A change that is made past the application, in each of the ways."""
        __tracebackhide__ = True
        self.old("")  # what is to be kept, is kept now
        for way in by:
            change, new = Change(self.visitor.engine, statement, restore), token()
            try:
                WAYS[way](change, new)
                old = self.old(new)
            finally:
                change.put_back()
            self.is_new(old, change, f"was changed by {way}")

    def saves(self, statement: str, to: str, field: str, **fields: str) -> None:
        """The form that does the same: it is in the database when the answer is there, and then on
        the page."""
        __tracebackhide__ = True
        change, new = Change(self.visitor.engine, statement), token()
        hidden = self.visitor.get(self.url).hidden()
        try:
            answer = self.visitor.post(to, hidden | fields | {field: new})
            assert answer.status < 400, f"POST {to} was answered {answer.status}"
            assert change.holds(new), (
                f"POST {to} was answered {answer.status}, and the change is not in the database:"
                " it is not committed, or rolled back."
            )
            old = self.old(new)
        finally:
            change.put_back()
        self.is_new(old, change, f"was saved by POST {to}")

    def is_new(self, old: int, change: Change, how: str) -> None:
        __tracebackhide__ = True
        pages = self.visitor.pages
        if old == pages:
            change.check_row(self.answer().says)
        assert not old, (
            f"{old} of {pages} pages {self.url} are old after a value {how}:"
            " `python -m session_policy probe` says why."
        )

    def old(self, new: str) -> int:
        return sum(not self.answer().shows(new) for _ in range(self.visitor.pages))

    def answer(self) -> Answer:
        answer = self.visitor.get(self.url)
        assert answer.status == 200, f"GET {self.url} was answered {answer.status}"
        return answer
