"""What no request may leave behind, looked at after each one: `Watch(app, db.engine)` in the tests
of a Flask application with SQLAlchemy, and `assert watch.found == []` after them.

It cannot know that a page reads a copy which its writes do not bring up to date. Of the variants
that were tried, which are all but lagging_standby, it finds the others, most of them at the first
or second request.
"""

import gc
import threading
import weakref
from collections.abc import Iterable
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.pool import Pool

SNAPSHOTS = {"REPEATABLE READ", "SERIALIZABLE"}


class Seen(threading.local):
    """Of the request in this thread."""

    def __init__(self) -> None:
        self.selects, self.commits = 0, 0
        self.moments: set[bool] = set()


class Watch:
    def __init__(self, app: Flask, engine: Engine, pages: Iterable[str]) -> None:
        """`pages`: the paths that show rows."""
        self.engine, self.pages = engine, set(pages)
        self.found: list[str] = []
        self.inside: set[int] = set()  # the threads that have a request
        self.seen = Seen()
        self.first: dict[str, int] = {}
        self.sessions: weakref.WeakKeyDictionary[Session, int] = weakref.WeakKeyDictionary()
        self.rows: weakref.WeakSet[Any] = weakref.WeakSet()
        self.out: set[int] = set()
        self.listen()
        self.inner, app.wsgi_app = app.wsgi_app, self  # type: ignore[method-assign]

    def wrong(self, what: str) -> None:
        if what not in self.found:
            self.found.append(what)

    # around a request

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        status: list[Any] = []

        def started(*args: Any) -> Any:
            status[:] = args
            return start_response(*args)

        self.seen.__init__()  # type: ignore[misc]
        self.inside.add(threading.get_ident())
        body = self.inner(environ, started)
        try:
            whole = list(body)
            self.answered(environ, int(status[0][:3]), dict(status[1]))
        finally:
            if hasattr(body, "close"):
                body.close()
            self.inside.discard(threading.get_ident())
        if not self.inside:
            self.left()
        return whole

    def answered(self, environ: dict[str, Any], status: int, headers: dict[str, str]) -> None:
        """What has to be so when the answer leaves."""
        if environ["REQUEST_METHOD"] == "POST":
            if status < 400 and not self.seen.commits:
                self.wrong("a change was acknowledged and nothing committed before the answer")
        elif environ["PATH_INFO"] in self.pages:
            self.page(environ["PATH_INFO"], headers)

    def page(self, path: str, headers: dict[str, str]) -> None:
        if self.seen.selects < max(1, self.first.setdefault(path, self.seen.selects)):
            self.wrong("a page asked the database for less than it did the first time")
        if self.seen.selects > 1 and False in self.seen.moments:
            self.wrong("a page was read in several statements of different moments")
        if "no-store" not in headers.get("Cache-Control", ""):
            self.wrong("a page may be kept by the browser")

    def left(self) -> None:
        gc.collect()
        if any(session.in_transaction() for session in self.sessions):
            self.wrong("a session is still in a transaction")
        if any(len(session.identity_map) for session in self.sessions):
            self.wrong("a session still knows rows")
        if self.rows:
            self.wrong("a row outlived its request")
        if self.out:
            self.wrong("a connection was not given back")

    # what happens meanwhile

    def listen(self) -> None:
        event.listen(Engine, "after_cursor_execute", self.executed)
        event.listen(Engine, "commit", self.committed)
        event.listen(Session, "after_begin", self.began)
        event.listen(Session, "after_transaction_end", self.ended)
        event.listen(Session, "do_orm_execute", self.ordered)
        event.listen(Mapper, "load", self.loaded)
        event.listen(Pool, "checkout", self.checked_out)
        event.listen(Pool, "checkin", self.checked_in)

    def executed(self, connection, cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        if not self.inside:
            self.wrong("the database was asked outside of any request")
        if connection.engine.url != self.engine.url:
            self.wrong("another database was asked")
        if statement.lstrip().upper().startswith("SELECT"):
            self.seen.selects += 1
            level = connection.get_execution_options().get("isolation_level")
            self.seen.moments.add(level in SNAPSHOTS)

    def committed(self, _connection: Any) -> None:
        self.seen.commits += 1

    def began(self, session: Session, *_rest: Any) -> None:
        self.sessions[session] = threading.get_ident()

    def ended(self, session: Session, _transaction: Any) -> None:
        if self.sessions.get(session, threading.get_ident()) != threading.get_ident():
            self.wrong("a session was ended by another thread than began its transaction")

    def ordered(self, state: Any) -> None:
        """A page is cut by LIMIT: its order has to end with a key."""
        statement = state.statement
        if getattr(statement, "_limit_clause", None) is None:
            return
        columns = [getattr(each, "element", each) for each in statement._order_by_clauses]
        if not any(getattr(column, "primary_key", False) for column in columns):
            self.wrong("a page is cut from an order that is not total")

    def loaded(self, row: Any, _context: Any) -> None:
        self.rows.add(row)

    def checked_out(self, _dbapi: Any, record: Any, _proxy: Any) -> None:
        self.out.add(id(record))

    def checked_in(self, dbapi: Any, record: Any) -> None:
        self.out.discard(id(record))
        if dbapi is not None and getattr(dbapi.info, "transaction_status", 0):
            self.wrong("a connection was given back in the middle of a transaction")
