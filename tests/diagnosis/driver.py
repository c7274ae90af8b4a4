"""The driver of the freshness checker for the Flask application: see tests/freshness/driver.py."""

import os
import re
import socket
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.diagnosis.databases import Database
from tests.freshness.driver import Client, Driver, Refused, Unknown
from tests.freshness.history import Shown, Values, View
from tests.freshness.ours.server import Served
from txproject.environ import BASE_DIR

PATIENCE = 10  # seconds
GIVEN = 12
TRUTH = View("the database", added=True, truth=True)
QUERIES = {
    View("all, newest", added=True): "",
    View("one wallet"): "?wallet=given",
    View("added ones", added=True): "?wallet=added",
}
ROW = re.compile(r'<tr id="t(\d+)">(?:<td>[^<]*){3}<td>([^<]*)<td class="label">([^<\n]*)')
COUNT = re.compile(r'<p id="count">(\d+)')
SERVER = ["-k", "gthread", "-w", "2", "--threads", "2", "--log-level", "critical"]
ADD_CONTACT = "INSERT INTO contact (address, name) VALUES (%s, '')"
ADD = """
    INSERT INTO transaction (id, occurred_at, wallet, address, type, asset, amount, label)
    VALUES (%s, %s, %s, %s, 'transfer', 'ETH', 1, '')
"""
SELECT = "SELECT t.id, c.name, t.label FROM transaction t JOIN contact c USING (address)"
WRITE = {
    "label": "UPDATE transaction SET label = %s WHERE id = %s",
    "contact": "UPDATE contact SET name = %s WHERE address = %s",
}
REFERENCE = BASE_DIR / "diagnosis" / "reference"


@dataclass(frozen=True)
class Application:
    served: str
    models: str


LABORATORY = Application("diagnosis.app.wsgi:application", "diagnosis.app.models")
COPY = Application("page:create_app()", "page.models")


def address(row: int) -> str:
    return f"a{row}"


def row(number: int, wallet: str) -> tuple[int, datetime, str, str]:
    return number, datetime(2026, 1, 1) + timedelta(seconds=number), wallet, address(number)


class FlaskPlace(Served):
    """gunicorn, with the interpreter of the laboratory."""

    def __init__(self, python: Path, database: Database, application: Application) -> None:
        self.python, self.database, self.application = python, database, application

    def environment(self, variant: str = "") -> dict[str, str]:
        url = self.database.url
        chosen = {"DIAGNOSIS_VARIANT": variant, "DIAGNOSIS_DATABASE": url, "DATABASE_URL": url}
        path = {"PYTHONPATH": os.pathsep.join(map(str, (BASE_DIR, REFERENCE)))}
        return {**os.environ, **self.database.environment, **chosen, **path}

    def make_tables(self) -> None:
        with self.database.connect() as connection:
            connection.cursor().execute("DROP TABLE IF EXISTS transaction, listing, contact")
        program = (
            "import os; from sqlalchemy import create_engine;"
            f"from {self.application.models} import db;"
            "db.Model.metadata.create_all(create_engine(os.environ['DATABASE_URL']))"
        )
        subprocess.run([self.python, "-P", "-c", program], env=self.environment(), check=True)

    def serve(self, variant: str) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = listener.getsockname()[1]
        command = [self.python, "-P", "-m", "gunicorn", *SERVER, "-b", f"fd://{listener.fileno()}"]
        self.process = subprocess.Popen(
            [*command, self.application.served],
            env=self.environment(variant),
            stderr=subprocess.DEVNULL,
            text=True,
            pass_fds=[listener.fileno()],
        )
        listener.close()

    def remove(self) -> None:
        self.stop_serving()
        self.database.remove()


class FlaskApplication(Driver):
    views = (*QUERIES, TRUTH)
    ways: Mapping[str, Sequence[str]] = {
        "page": ("label", "contact"),
        "page, another": ("label", "contact"),
        "past the application": ("label", "contact"),
    }
    adders = ("past the application",)
    fresh: Values = {"label": "", "contact": ""}

    def __init__(self, place: FlaskPlace, variant: str = "right") -> None:
        self.place, self.variant = place, variant
        self.faults = ("SIGKILL of a worker", *place.database.faults)

    def start(self) -> Mapping[int, Values]:
        self.place.make_tables()
        numbers = range(1, GIVEN + 1)
        person = self.client()
        person.insert(numbers, "given")
        person.close()
        self.place.serve(self.variant)
        return dict.fromkeys(numbers, self.fresh)

    def stop(self) -> None:
        self.place.stop_serving()

    def client(self) -> "Person":
        return Person(self.place)

    def fault(self, name: str) -> None:
        if name in self.place.database.faults:
            self.place.database.restart(name)
        else:
            self.place.kill_a_worker()


class Person(Client):
    def __init__(self, place: FlaskPlace) -> None:
        self.place = place
        self.connection: Any = None

    def close(self) -> None:
        if self.connection:
            self.connection.close()

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        line = HTTPConnection("127.0.0.1", self.place.port, PATIENCE)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        try:
            line.request("POST" if form else "GET", path, urlencode(form or {}), headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, HTTPException) as error:
            raise Unknown(repr(error)) from error
        finally:
            line.close()

    def read(self, view: View) -> Shown:
        if view.truth:
            return self.truth()
        status, page = self.ask(f"/{QUERIES[view]}")
        if status != 200:
            raise Unknown(str(status))
        rows = {int(n): {"contact": name, "label": label} for n, name, label in ROW.findall(page)}
        found = COUNT.search(page)
        assert found
        count = int(found[1])
        return Shown(rows, lower=count > len(rows) and len(rows) >= 25, counts=(count,))

    def write(self, way: str, row: int, field: str, value: str) -> None:
        if not way.startswith("page"):
            self.execute((WRITE[field], [value, row if field == "label" else address(row)]))
        elif field == "label":
            self.post(f"/label/{row}", {"label": value})
        else:
            self.post("/contact", {"address": address(row), "name": value})

    def post(self, path: str, form: Mapping[str, str]) -> None:
        status, _ = self.ask(path, form)
        if status == 404:
            raise Refused(str(status))
        if status != 303:
            raise Unknown(str(status))

    def add(self, way: str, numbers: Sequence[int]) -> None:
        self.insert(numbers, "added")

    def insert(self, numbers: Iterable[int], wallet: str) -> None:
        rows = [row(number, wallet) for number in numbers]
        contacts = [(ADD_CONTACT, [of]) for *_, of in rows]
        self.execute(("BEGIN", None), *contacts, *((ADD, each) for each in rows), ("COMMIT", None))

    def execute(self, *statements: tuple[str, Sequence[Any] | None]) -> Any:
        """A lock that is never let go is no answer."""
        try:
            self.connection = self.connection or self.place.database.connect()
            cursor = self.connection.cursor()
            for statement, values in statements:
                cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
        except self.place.database.error as error:
            with suppress(self.place.database.error):
                self.close()
            self.connection = None
            raise Unknown(str(error)) from error

    def truth(self) -> Shown:
        rows = self.execute((SELECT, None))
        return Shown({key: {"contact": name, "label": label} for key, name, label in rows})
