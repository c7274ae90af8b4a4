"""A site as ./dev run starts it, with its log in a file and its metrics read."""

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
import psycopg
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.parser import text_string_to_metric_families

from launcher.prepare import without_hash
from tests.freshness.ours.server import PATIENCE, Place, free_port, launched
from txproject.environ import BASE_DIR

TOKEN = "scrape-me-42"
CSRF = "c" * 32
FORM = "application/x-www-form-urlencoded"


class Site(Place):
    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "METRICS_TOKEN": TOKEN,
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "INFO",
            "BEHIND_PROXY": "1",
            "HTTPS": "0",
            **self.more,
        }

    def __init__(self) -> None:
        self.more: dict[str, str] = {}
        super().__init__()
        self.log = self.folder / "log"

    def serve(self, variant: str = "", **more: str) -> None:
        self.port, self.more = free_port(), more
        with self.log.open("ab") as log:
            self.process = launched(self.environment, log)

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        asking.request(method, path, body, sent)
        answer = asking.getresponse()
        found = {name.lower(): ", ".join(answer.headers.get_all(name)) for name in answer.headers}
        text = answer.read().decode()
        asking.close()
        return answer.status, found, text

    def log_in(self) -> str:
        """The cookie of the demo's user."""
        said = without_hash((self.data / "login").read_text())
        name, password = re.findall(r": (\S+)", said)[:2]
        body = f"username={name}&password={password}&csrfmiddlewaretoken={CSRF}"
        head = {"Cookie": f"csrftoken={CSRF}", "Content_Type": FORM}
        status, found, _ = self.ask("/login/", "POST", body, **head)
        assert status == 302, status
        return re.search(r"sessionid=\w+", found["set-cookie"])[0]

    def upload(self, cookie: str, name: str, content: str) -> int:
        fields = {
            'name="csrfmiddlewaretoken"': CSRF,
            f'name="file"; filename="{name}"': content,
        }
        parts = [
            f"--{CSRF}\r\nContent-Disposition: form-data; {field}\r\n\r\n{value}\r\n"
            for field, value in fields.items()
        ]
        kind = f"multipart/form-data; boundary={CSRF}"
        head = {"Cookie": f"csrftoken={CSRF}; {cookie}", "Content_Type": kind}
        return self.ask("/demo/imports/new/", "POST", "".join([*parts, f"--{CSRF}--\r\n"]), **head)[
            0
        ]

    def ready(self) -> tuple[int, dict[str, str]]:
        status, _, text = self.ask("/readyz")
        return status, json.loads(text)

    def metrics(self) -> dict[str, float]:
        """By name and the labels’ values in the order of their names, but for that of a process."""
        status, _, text = self.ask("/metrics", Authorization=f"Bearer {TOKEN}")
        assert status == 200, text
        return {
            " ".join([each.name.removeprefix("txproject_"), *without_pid(each.labels)]): each.value
            for family in text_string_to_metric_families(text)
            for each in family.samples
        }

    def records(self) -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def record_of(self, request_id: str, logger: str = "watch.asgi") -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return [
                each
                for each in self.records()
                if (each["request_id"], each["logger"]) == (request_id, logger)
            ]

        wait_until(lambda: bool(found()))
        (record,) = found()
        return record

    def manage(self, *command: str) -> None:
        line = [sys.executable, "-P", str(BASE_DIR / "manage.py"), *command]
        subprocess.run(line, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute(statement)

    def file_worker(self) -> psutil.Process:
        """The one whose beat is still fresh may have ended, and the next one not begun."""
        found: list[psutil.Process] = []

        def one() -> bool:
            found[:] = self.counting("txproject_workers")
            return len(found) == 1

        wait_until(one)
        return found[0]

    def servers(self) -> list[psutil.Process]:
        return self.counting("txproject_processes")

    def counting(self, name: str) -> list[psutil.Process]:
        """Those whose file says that they are one."""
        return [each for each in self.workers() if name in self.said_by(each.pid)]

    def said_by(self, pid: int) -> set[str]:
        file = self.data / "metrics" / f"gauge_livesum_{pid}.db"
        values = MmapedDict.read_all_values_from_file(file) if file.exists() else ()
        return {json.loads(key)[0] for key, value, *_ in values if value}

    def keeper(self) -> psutil.Process:
        return psutil.Process(int((self.data / "postgres/keeper").read_text()))

    def postmaster(self) -> psutil.Process:
        file = (self.data / "postgres").resolve() / "cluster" / "postmaster.pid"
        return psutil.Process(int(file.read_text().split()[0]))


def without_pid(labels: dict[str, str]) -> list[str]:
    return [labels[name] for name in sorted(labels) if name != "pid"]


def wait_until(so: Callable[[], bool], patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
