"""How long the transactions pages take in a small and in a large ledger of one database.

    python manage.py demo
    python manage.py demo --transactions 1000000 --ledger big
    python bench/pages.py [--small demo] [--large big] [--rounds 21]

Starts the production server on a free port and asks it over HTTP, small and large by turns, with
one keep-alive connection, as the owner of the ledgers. A label edit is the POST and the list that
it leads to, both as fragments, as in the browser. Prints medians in ms.
"""

import argparse
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from ledgers.models import Ledger, Role  # noqa: E402

AT_MOST = 3.0  # times as long as in the small ledger
LIMITED = ("first page", "filtered page", "last page", "label edit")


@dataclass
class Site:
    """The running server, asked by somebody who is logged in."""

    http: http.client.HTTPConnection
    session: str
    csrf: str = "c" * 32
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        cookie = f"sessionid={self.session}; csrftoken={self.csrf}"
        self.headers = {"Cookie": cookie, "X-CSRFToken": self.csrf}

    def ask(self, url: str, data: str | None = None, **headers: str) -> http.client.HTTPResponse:
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if data is not None else {}
        method = "GET" if data is None else "POST"
        self.http.request(method, url, data, self.headers | kind | headers)
        response = self.http.getresponse()
        response.length_read = len(response.read())
        return response

    def get(self, url: str, **headers: str) -> int:
        response = self.ask(url, **headers)
        assert response.status == 200, f"{url}: {response.status}"
        return response.length_read


PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@dataclass
class Pages:
    """The pages of one ledger; every one returns the bytes that came."""

    site: Site
    ledger: Ledger

    def __post_init__(self) -> None:
        self.list = f"/{self.ledger.slug}/transactions/"
        self.row = self.ledger.transactions.order_by("-occurred_at", "-pk")[25].pk
        self.label = self.ledger.labels.get(name="to check").pk
        self.wallet = self.ledger.wallets.get(name="Main wallet").pk
        self.address = self.ledger.addresses.filter(contact__name="Quayside Swap").earliest("pk")

    def page(self, **query: object) -> int:
        return self.site.get(f"{self.list}?{urlencode(query)}")

    def filtered(self) -> int:
        return self.page(wallet=self.wallet, type="trade", asset="ETH")

    def edit(self) -> int:
        """On one round it adds a label, on the next it takes it away."""
        has = self.ledger.transactions.filter(pk=self.row, labels=self.label).exists()
        data = {"was": self.label} if has else {"label": self.label}
        url = f"{self.list}{self.row}/labels/?next={self.list}"
        posted = self.site.ask(url, urlencode(data), **PARTIAL)
        assert posted.status == 303, posted.status
        return self.site.get(posted.headers["Location"], **PARTIAL)

    def all(self) -> dict[str, Callable[[], int]]:
        return {
            "first page": self.page,
            "filtered page": self.filtered,
            "page of an address": lambda: self.page(address=self.address.shown),
            "last page": lambda: self.page(page="last"),
            "text search": lambda: self.page(q="november rent"),
            "label edit": self.edit,
            "totals fragment": lambda: self.site.get(f"{self.list}totals/", **PARTIAL),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--small", default="demo")
    parser.add_argument("--large", default="big")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    vacuum()
    with server() as http_connection:
        ledgers = [Ledger.objects.get(slug=slug) for slug in (options.small, options.large)]
        site = Site(http_connection, session_of(ledgers[1]))
        report(measured([Pages(site, ledger) for ledger in ledgers], options.rounds))


def vacuum() -> None:
    """What autovacuum does within minutes, so that every run finds the same."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def session_of(ledger: Ledger) -> str:
    client = Client()
    client.force_login(ledger.memberships.get(role=Role.OWNER).user)
    return client.cookies["sessionid"].value


@contextmanager
def server() -> Iterator[http.client.HTTPConnection]:
    call_command("collectstatic", interactive=False, verbosity=0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "txproject.asgi:application", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "warning"], cwd=ROOT)
    try:
        yield connected(port)
    finally:
        process.terminate()
        process.wait()


def connected(port: int) -> http.client.HTTPConnection:
    for _ in range(100):
        try:
            http_connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            http_connection.connect()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return http_connection
    raise SystemExit("The server did not start.")


type Times = dict[str, tuple[list[float], list[float], int]]


def measured(ledgers: list[Pages], rounds: int) -> Times:
    """Each page of both ledgers by turns; the first two rounds warm up."""
    times: Times = {name: ([], [], 0) for name in ledgers[0].all()}
    for turn in range(rounds + 2):
        for name in times:
            for which in (0, 1) if turn % 2 else (1, 0):
                start = time.perf_counter()
                size = ledgers[which].all()[name]()
                if turn > 1:
                    times[name][which].append((time.perf_counter() - start) * 1000)
                times[name] = (*times[name][:2], size)
    return times


def report(times: Times) -> None:
    print(f"{'':20} {'small':>8} {'large':>8} {'ratio':>6}   KB")
    for name, (small, large, size) in times.items():
        ratio = median(large) / median(small)
        verdict = "" if name not in LIMITED else "ok" if ratio <= AT_MOST else "too slow"
        line = f"{name:20} {median(small):8.1f} {median(large):8.1f} {ratio:6.2f}"
        print(f"{line} {size / 1024:4.0f} {verdict}")


if __name__ == "__main__":
    main()
