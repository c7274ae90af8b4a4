"""One variant under gunicorn, in a schema of its own, and what a person does with it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from http.client import HTTPConnection
from urllib.parse import urlencode

import psycopg
from sqlalchemy import create_engine, insert
from sqlalchemy.orm import Session

from diagnosis.app.models import Contact, Listing, Transaction, db

LAYOUTS = {
    "one": ["-k", "sync", "-w", "1"],
    "several": ["-k", "sync", "-w", "3"],
    "threads": ["-k", "gthread", "-w", "1", "--threads", "4"],
}
ROW = re.compile(r'<tr id="t(\d+)">.*?<td class="label">(.*?)</tr>', re.S)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def seed(schema: str) -> str:
    """The address of a new schema with contacts and transactions."""
    with psycopg.connect(autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    options = urlencode({"options": f"-csearch_path={schema}", "application_name": schema})
    url = f"postgresql+psycopg://?{options}"
    engine = create_engine(url)
    db.Model.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Contact(address=f"a{n}", name="") for n in range(30))
        session.flush()
        rows = [row(n) for n in range(1, 61)]
        session.execute(insert(Transaction), rows)
        session.execute(insert(Listing), rows)
        session.commit()
    engine.dispose()
    return url


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
        "label": "",
    }


class Site:
    def __init__(self, port: int, schema: str) -> None:
        self.port, self.schema, self.cookies = port, schema, {}

    def ask(self, path: str, form: dict | None = None) -> tuple[int, str, str]:
        """Status, body and who answered; over a connection of its own, as from a new tab."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=20)
        cookie = {
            "Connection": "close",
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
        }
        try:
            if form:
                line.request("POST", path, urlencode(form), cookie | FORM)
            else:
                line.request("GET", path, headers=cookie)
            answer = line.getresponse()
            for each in answer.headers.get_all("Set-Cookie", []):
                name, _, value = each.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode(), answer.headers.get("X-Worker", "")
        finally:
            line.close()

    def pages(self, path: str, times: int) -> list[tuple[int, str, str]]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(self.ask, [path] * times))

    def committed(self, key: int) -> str:
        with psycopg.connect(options=f"-csearch_path={self.schema}") as connection:
            found = connection.execute("SELECT label FROM transaction WHERE id = %s", [key])
            return found.fetchone()[0]


def labels(body: str) -> dict[int, str]:
    return {int(key): label for key, label in ROW.findall(body)}


@contextmanager
def serving(name: str, layout: str, head: str = ""):
    schema = f"{name}_{layout}_{head}".lower()
    environment = {
        **os.environ,
        "DIAGNOSIS_VARIANT": name,
        "DIAGNOSIS_DATABASE": seed(schema),
        "DIAGNOSIS_HEAD": head,
        "DIAGNOSIS_PROBE": "1",
    }
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", *LAYOUTS[layout]]
    process = subprocess.Popen(
        [*command, "--log-level", "critical", "diagnosis.app.wsgi:application"], env=environment
    )
    try:
        wait_until_open(port, process)
        yield Site(port, schema)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def wait_until_open(port: int, process: subprocess.Popen) -> None:
    while process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("gunicorn ended")
