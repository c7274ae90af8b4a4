"""One variant under gunicorn, in a schema of its own, and what a person does with it."""

import json
import os
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection
from itertools import count
from urllib.parse import urlencode

from sqlalchemy import NullPool, create_engine, insert, select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from diagnosis.app.models import Contact, Listing, Transaction, db
from diagnosis.app.variants import find
from diagnosis.lab.gunicorn import gunicorn
from diagnosis.lab.stores import STORES, Store

LAYOUTS = {
    "one": ["-k", "sync", "-w", "1"],
    "several": ["-k", "sync", "-w", "3"],
    "threads": ["-k", "gthread", "-w", "1", "--threads", "4"],
}
NUMBERS = count(1)
HANDS = {"one": 1, "several": 3, "threads": 4}
READS = 12
PAGE = "/?wallet=A"
COUNT = re.compile(r'<p id="count">(\d+)')
ROW = re.compile(r'<tr id="t(\d+)">.*?<td class="label">(.*?)</tr>', re.S)
KEY, OLD, NEW = 57, "as it was", "аренда"  # the row that is changed
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Run:
    variant: str
    layout: str
    head: str = ""
    store: str = "postgresql"

    def __str__(self) -> str:
        return " ".join(filter(None, [self.variant, self.layout, self.head, self.store]))


@dataclass
class Answer:
    status: int
    body: str
    worker: str = ""
    probe: dict = field(default_factory=dict)

    def labels(self) -> dict[int, str]:
        return {int(key): label for key, label in ROW.findall(self.body)}

    def count(self) -> int:
        return int(COUNT.search(self.body)[1])

    def shows(self, value: str) -> tuple[bool, bool]:
        """In its row; among the choices."""
        return self.labels().get(KEY) == value, f"<option>{value}</option>" in self.body


def seed(store: Store) -> None:
    db.Model.metadata.create_all(store.engine)
    rows = [row(n) for n in range(1, 61)]
    with Session(store.engine) as session:
        session.add_all(Contact(address=f"a{n}", name="") for n in range(30))
        session.flush()
        session.execute(insert(Transaction), rows)
        session.execute(insert(Listing), rows)
        session.commit()


def row(n: int) -> dict:
    """Twenty rows share a second; every third is of wallet A."""
    return {
        "id": n,
        "occurred_at": datetime(2026, 1, 1) + timedelta(seconds=n // 20),
        "wallet": "ABC"[n % 3],
        "address": f"a{n % 30}",
        "type": "transfer",
        "asset": "ETH",
        "amount": Decimal(n),
        "label": OLD if n == KEY else "",
    }


class Site:
    def __init__(self, port: int, store: Store) -> None:
        self.port, self.store, self.cookies = port, store, {}

    def ask(self, path: str, form: dict | None = None, probe: str = "") -> Answer:
        """Over a connection of its own, as from a new tab, with the cookies of one browser."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=20)
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        headers = {"Connection": "close", "Cookie": cookie}
        headers |= FORM if form else {}
        headers |= {"X-Probe": probe.encode()} if probe else {}
        try:
            line.request("POST" if form else "GET", path, urlencode(form or {}), headers)
            answer = line.getresponse()
            for each in answer.headers.get_all("Set-Cookie", []):
                name, _, value = each.partition(";")[0].partition("=")
                self.cookies[name] = value
            body = answer.read().decode()
        finally:
            line.close()
        found = json.loads(answer.headers.get("X-Probe", "{}"))
        return Answer(answer.status, body, answer.headers["X-Worker"], found)

    def pages(self, path: str, times: int, probe: str = "") -> list[Answer]:
        """Those that came."""
        with ThreadPoolExecutor(4) as pool:
            came = list(pool.map(lambda _: self.ask(path, probe=probe), range(times)))
        return [page for page in came if page.status == 200]

    def warm(self, layout: str) -> None:
        """Until every worker and thread has shown the page."""
        seen: set[str] = set()
        for _ in range(30):
            seen |= {page.worker for page in self.pages(PAGE, READS)}
            if len(seen) >= HANDS[layout]:
                return

    def committed(self, value: str = NEW) -> bool:
        return self.store.committed(KEY) == value

    def change(self, value: str = NEW, key: int = KEY) -> int:
        return self.ask(f"/label/{key}", {"label": value}).status

    def others(self, start: int, stop: int) -> None:
        """Calls of another function that touches the database."""
        for n in range(start, stop):
            self.ask("/contact", {"address": f"a{n}", "name": f"Contact {n}"})


@contextmanager
def serving(run: Run) -> Iterator[Site]:
    variant = find(run.variant)
    with STORES[run.store](f"{run.variant}_{next(NUMBERS)}") as store, socket.socket() as listener:
        seed(store)
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        environment = {
            "DIAGNOSIS_VARIANT": run.variant,
            "DIAGNOSIS_DATABASE": store.url,
            "DIAGNOSIS_HEAD": run.head,
        }
        if variant.needs == "standby":
            environment["DIAGNOSIS_BEHIND"] = behind(store)
        with gunicorn(listener, LAYOUTS[run.layout], environment):
            yield Site(listener.getsockname()[1], store)


def behind(store: Store) -> str:
    """The address of the same data on the standby, as soon as they have come there."""
    host = urlencode({"host": os.environ["DIAGNOSIS_STANDBY"], "port": "5432"})
    url = f"{store.url}?{host}"
    engine = create_engine(url, poolclass=NullPool)
    while True:
        try:
            with engine.connect() as connection:
                connection.execute(select(Transaction.id))
                return url
        except (OperationalError, ProgrammingError):  # no such database or table yet
            time.sleep(0.1)
