"""The driver of the freshness checker for the Flask application: see tests/freshness/driver.py."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.freshness.driver import Client, Driver, Refused, Unknown
from tests.freshness.history import Shown, Values, View
from tests.freshness.ours.server import Cluster
from txproject.environ import BASE_DIR

PATIENCE = 10  # seconds
GIVEN = 12
TRUTH = View("the database", added=True, truth=True)
QUERIES = {
    View("all, newest", added=True): "",
    View("one wallet"): "?wallet=given",
    View("added ones", added=True): "?wallet=added",
}
ROW = re.compile(r'<tr id="t(\d+)">(?:<td>[^<]*){3}<td>([^<]*)<td class="label">([^<]*)</tr>')
COUNT = re.compile(r'<p id="count">(\d+)')
SERVER = ["-k", "gthread", "-w", "2", "--threads", "2", "--log-level", "critical"]
ADD = """
    WITH one AS (SELECT unnest(%s::int[]) AS n),
    named AS (INSERT INTO contact (address, name) SELECT 'a' || n, '' FROM one)
    INSERT INTO transaction (id, occurred_at, wallet, address, type, asset, amount, label)
    SELECT n, timestamp '2026-01-01' + n * interval '1 second', %s, 'a' || n, 'transfer', 'ETH',
        1, '' FROM one
"""
SELECT = "SELECT t.id, c.name, t.label FROM transaction t JOIN contact c USING (address)"
WRITE = {
    "label": "UPDATE transaction SET label = %s WHERE id = %s",
    "contact": "UPDATE contact SET name = %s WHERE address = 'a' || %s",
}


class FlaskPlace(Cluster):
    """gunicorn, with the interpreter of the laboratory."""

    def __init__(self, python: Path) -> None:
        super().__init__()
        self.python = python

    @property
    def environment(self) -> dict[str, str]:
        known = {f"PG{k.upper()}": str(v) for k, v in conninfo_to_dict(self.conninfo).items()}
        known["PGDATABASE"] = known.pop("PGDBNAME")
        return {**os.environ, **known, "PYTHONPATH": str(BASE_DIR)}

    def make_tables(self) -> None:
        with psycopg.connect(self.conninfo) as connection:
            connection.execute("DROP TABLE IF EXISTS transaction, listing, contact")
        program = (
            "from sqlalchemy import create_engine; from diagnosis.app.models import db;"
            "db.Model.metadata.create_all(create_engine('postgresql+psycopg://'))"
        )
        subprocess.run([self.python, "-P", "-c", program], env=self.environment, check=True)

    def serve(self, variant: str = "right") -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = listener.getsockname()[1]
        chosen = {"DIAGNOSIS_VARIANT": variant, "DIAGNOSIS_DATABASE": "postgresql+psycopg://"}
        command = [self.python, "-P", "-m", "gunicorn", *SERVER, "-b", f"fd://{listener.fileno()}"]
        self.process = subprocess.Popen(
            [*command, "diagnosis.app.wsgi:application"],
            env=self.environment | chosen,
            stderr=subprocess.DEVNULL,
            text=True,
            pass_fds=[listener.fileno()],
        )
        listener.close()


class FlaskApplication(Driver):
    views = (*QUERIES, TRUTH)
    ways: Mapping[str, Sequence[str]] = {
        "page": ("label", "contact"),
        "page, another": ("label", "contact"),
        "psql": ("label", "contact"),
    }
    adders = ("psql",)
    fresh: Values = {"label": "", "contact": ""}
    faults = (
        "SIGKILL of a worker",
        "fast restart of PostgreSQL",
        "immediate restart of PostgreSQL",
    )

    def __init__(self, place: FlaskPlace, variant: str = "right") -> None:
        self.place, self.variant = place, variant

    def start(self) -> Mapping[int, Values]:
        self.place.make_tables()
        numbers = list(range(1, GIVEN + 1))
        with psycopg.connect(self.place.conninfo) as connection:
            connection.execute(ADD, [numbers, "given"])
        self.place.serve(self.variant)
        return dict.fromkeys(numbers, self.fresh)

    def stop(self) -> None:
        self.place.stop_serving()

    def client(self) -> "Person":
        return Person(self.place)

    def fault(self, name: str) -> None:
        if name.startswith("SIGKILL"):
            self.place.kill_a_worker()
        else:
            fast = name.startswith("fast")
            self.place.restart_postgres(signal.SIGINT if fast else signal.SIGQUIT)


class Person(Client):
    def __init__(self, place: FlaskPlace) -> None:
        self.place = place
        self.database: psycopg.Connection[Any] | None = None

    def close(self) -> None:
        if self.database:
            self.database.close()

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
        if way == "psql":
            self.execute(WRITE[field], [value, row])
        elif field == "label":
            self.post(f"/label/{row}", {"label": value})
        else:
            self.post("/contact", {"address": f"a{row}", "name": value})

    def post(self, path: str, form: Mapping[str, str]) -> None:
        status, _ = self.ask(path, form)
        if status == 404:
            raise Refused(str(status))
        if status != 303:
            raise Unknown(str(status))

    def add(self, way: str, numbers: Sequence[int]) -> None:
        self.execute(ADD, [list(numbers), "added"])

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """A lock that is never let go is no answer."""
        try:
            if self.database is None:
                limits = "-c lock_timeout=3000"
                where = self.place.conninfo
                self.database = psycopg.connect(where, autocommit=True, options=limits)
            cursor = self.database.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            if self.database:
                with suppress(psycopg.Error):
                    self.database.close()
            self.database = None
            raise Unknown(str(error)) from error

    def truth(self) -> Shown:
        rows = self.execute(SELECT)
        return Shown({key: {"contact": name, "label": label} for key, name, label in rows})
