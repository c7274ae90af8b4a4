"""A blueprint that says where a page lost a value: `app.register_blueprint(probe)`.

It can be pasted into any Flask application with SQLAlchemy; take it out again afterwards, it
shows what the page read. A GET with the header `X-Probe: key|new|old`, in UTF-8 and where needed
percent-encoded, is answered with a header `X-Probe: {...}`. It says of the row with that key
("row"), and of the value wherever else it is read, as in the choices of a filter ("choice"):
whether the page sent a SELECT that reads it, and which of the two values it has when that SELECT
is sent again on the same connection, when it is sent on a fresh connection to the same address,
and in the objects that the sessions hold.
"""

import json
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote

from flask import Blueprint, Response, current_app, request
from sqlalchemy import Connection, NullPool, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

probe = Blueprint("probe", __name__)
sent: ContextVar[list[tuple]] = ContextVar("sent")
used: ContextVar[list[Session]] = ContextVar("used")


@probe.before_app_request
def begin() -> None:
    sent.set([])
    used.set([])


@event.listens_for(Engine, "after_cursor_execute")
def note(connection, cursor, statement, parameters, context, executemany) -> None:
    if statement.lstrip()[:6].upper().startswith(("SELECT", "WITH")):
        sent.get([]).append((connection, statement, parameters))


@event.listens_for(Session, "do_orm_execute")
def note_session(state) -> None:
    used.get([]).append(state.session)


@probe.after_app_request
def answer(response: Response) -> Response:
    if asked := request.headers.get("X-Probe"):
        response.headers["X-Probe"] = json.dumps(found(*parts(asked)))
    begin()  # nothing that was noted outlives its request
    return response


def parts(header: str) -> list[str]:
    """WSGI gives the bytes of a header as Latin-1."""
    return [unquote(each) for each in header.encode("latin-1").decode().split("|")]


def found(key: str, new: str, old: str) -> dict:
    selects = list(sent.get())
    same = [rows(still(c), statement, values) for c, statement, values in selects]
    fresh = [afresh(c, statement, values) for c, statement, values in selects]
    said: dict = {"selects": len(selects), "session": through()}
    for place in ("row", "choice"):
        said[place] = {
            "connection": which(same, place, key, new, old),
            "fresh": which(fresh, place, key, new, old),
            "orm": held(key, new, old) if place == "row" else "",
        }
    return said


def still(connection: Connection) -> Any:
    """Nothing, when the page has ended its transaction already."""
    alive = not connection.closed and connection.in_transaction()
    return connection.connection.dbapi_connection if alive else None


def afresh(connection: Connection, statement: str, parameters: Any) -> list[set[str]] | None:
    with create_engine(connection.engine.url, poolclass=NullPool).connect() as other:
        return rows(other.connection.dbapi_connection, statement, parameters)


def rows(dbapi: Any, statement: str, parameters: Any) -> list[set[str]] | None:
    if not dbapi:
        return None
    cursor = dbapi.cursor()
    cursor.execute(statement, parameters)
    answer = [{str(cell) for cell in row} for row in cursor.fetchall()]
    cursor.close()
    return answer


def which(answers, place: str, key: str, new: str, old: str) -> str:
    """Which of the two is there; "ended" if nobody could be asked any more."""
    if answers and all(answer is None for answer in answers):
        return "ended"
    of_row = place == "row"
    cells = [row for answer in answers for row in answer or [] if (key in row) == of_row]
    return value_in(set().union(*cells), new, old)


def value_in(cells: set[str], new: str, old: str) -> str:
    """If both are there, one statement of the page is answered otherwise than another."""
    seen = [name for name, value in (("new", new), ("old", old)) if value in cells]
    return "both" if len(seen) == 2 else "".join(seen)


def held(key: str, new: str, old: str) -> str:
    """What the objects of this row have in memory; looking at an attribute would load it."""
    cells = {
        str(value)
        for session in set(used.get())
        for identity, each in list(session.identity_map.items())
        if str(identity[1][0]) == key
        for value in vars(each).values()
    }
    return value_in(cells, new, old)


def through() -> str:
    """Whether the page read through `db.session`, which remove() and expire_all() were tried on."""
    registry = current_app.extensions["sqlalchemy"].session
    own = registry.registry.has() and registry()
    if not used.get():
        return "none"
    return "db.session" if all(each is own for each in used.get()) else "another"
