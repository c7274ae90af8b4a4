"""A blueprint that says where a page lost a value: `app.register_blueprint(probe)`.

It can be pasted into any Flask application with SQLAlchemy; take it out again afterwards, it
shows what the page read. A GET with the header `X-Probe: new|old` is answered with a header
`X-Probe: [...]`: for every SELECT that the page sent, which of the two values its answer holds
when it is sent again on the same connection, and on a fresh one to the same address.
"""

import json
from contextvars import ContextVar
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection, NullPool, create_engine, event
from sqlalchemy.engine import Engine

probe = Blueprint("probe", __name__)
sent: ContextVar[list[tuple[Connection, str, Any]]] = ContextVar("sent")


@probe.before_app_request
def begin() -> None:
    sent.set([])


@event.listens_for(Engine, "after_cursor_execute")
def note(connection, cursor, statement, parameters, context, executemany) -> None:
    if statement.lstrip()[:6].upper() == "SELECT":
        sent.get([]).append((connection, statement, parameters))


@probe.after_app_request
def answer(response: Response) -> Response:
    if values := request.headers.get("X-Probe"):
        found = [asked_again(*each, values.split("|")) for each in list(sent.get())]
        response.headers["X-Probe"] = json.dumps(found)
    return response


def asked_again(connection: Connection, statement: str, parameters: Any, values: list[str]) -> dict:
    """`same` is None when the page had ended its transaction before it was finished."""
    same = None
    if not connection.closed and connection.in_transaction():
        same = holds(connection.connection.dbapi_connection, statement, parameters, values)
    with create_engine(connection.engine.url, poolclass=NullPool).connect() as other:
        fresh = holds(other.connection.dbapi_connection, statement, parameters, values)
    return {"sql": statement, "with": repr(parameters), "same": same, "fresh": fresh}


def holds(dbapi: Any, statement: str, parameters: Any, values: list[str]) -> list[bool]:
    cursor = dbapi.cursor()
    cursor.execute(statement, parameters)
    cells = {str(cell) for row in cursor.fetchall() for cell in row}
    cursor.close()
    return [value in cells for value in values]
