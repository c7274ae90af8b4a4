#!/usr/bin/env python3
"""How soon an open page shows a commit, and what open pages cost.

300 streams of thirty members are open at a running server, 30 of them of pages of the same ledger
that ask again too; a real Chromium shows one more. Each of 200 changes is committed by a connection
of its own, and the time until the text stands in the page is taken in the page. Then 500 streams
are open: the page's time with none and with all of them is measured alternately, and the memory of
the server for 2,000 more.

    python bench/open_pages.py http://127.0.0.1:8000 LEDGER

In the environment that the server has (DATABASE_URL or TXPROJECT_DATA).
"""

import os
import statistics
import sys
import threading
import urllib.request
from pathlib import Path
from time import monotonic, time
from urllib.parse import urlsplit

import psutil
import psycopg
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")

import django

django.setup()

from django.test import Client  # noqa: E402

from ledgers.models import Ledger, Membership, Role, User  # noqa: E402
from tests.open_pages import OpenPages  # noqa: E402
from txproject.database import database_settings, libpq_environment  # noqa: E402

BASE, LEDGER = sys.argv[1:3]
MEMBERS = 30
STREAMS, ASKING, CHANGES, MANY = 300, 30, int(os.environ.get("CHANGES", 200)), 500
MORE = 2000
PORT = urlsplit(BASE).port
SPACING = 700  # ms: the other pages are done with one change before the next
LIST = f"/{LEDGER}/transactions/"


def sessions() -> list[str]:
    """The cookies of owners of the ledger, who are made where they are missing."""
    ledger, cookies = Ledger.objects.get(slug=LEDGER), []
    for n in range(MEMBERS):
        user, _ = User.objects.get_or_create(username=f"bench-{n}")
        Membership.objects.get_or_create(ledger=ledger, user=user, role=Role.OWNER)
        client = Client()
        client.force_login(user, backend="ledgers.sessions.Backend")
        cookies.append(f"sessionid={client.cookies['sessionid'].value}")
    return cookies


def serving() -> list[psutil.Process]:
    """All processes of the server: one was forked from the other and inherited its socket."""
    listening = (c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN)
    one = psutil.Process(next(c.pid for c in listening if c.laddr.port == PORT))
    return [p for p in psutil.process_iter() if p.is_running() and p.cmdline() == one.cmdline()]


def server_memory() -> int:
    """Bytes of the server's processes, shared ones counted once (PSS)."""
    return sum(process.memory_full_info().pss for process in serving())


def page_time(cookie: str) -> float:
    began = monotonic()
    urllib.request.urlopen(urllib.request.Request(BASE + LIST, headers={"Cookie": cookie})).read()
    return monotonic() - began


def freshness(cookie: str, pages: OpenPages, database: psycopg.Connection) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        context = browser.new_context()
        parts = (pair.split("=", 1) for pair in cookie.split("; "))
        context.add_cookies([{"name": n, "value": v, "url": BASE} for n, v in parts])
        page = context.new_page()
        page.goto(BASE + LIST)
        page.wait_for_selector("#live-status[data-state=live]")
        row = int(page.locator(".tx tr[id]").nth(4).get_attribute("id")[1:])
        took = []
        for n in range(CHANGES):
            text = f"change {n} of {time()}"
            page.evaluate(
                """(text) => { window.seen = new Promise((done) => {
                    const look = () => {
                        if (document.body.textContent.includes(text)) done(Date.now());
                        else requestAnimationFrame(look);
                    };
                    look();
                }); null }""",
                text,
            )
            database.execute(
                "UPDATE transactions_transaction SET note = %s WHERE id = %s", [text, row]
            )
            committed = time() * 1000
            took.append(page.evaluate("window.seen") - committed)
            page.wait_for_timeout(SPACING)
        browser.close()
    took.sort()
    print(f"commit to text over {CHANGES} changes, {STREAMS} streams, {ASKING} pages that ask too:")
    print(
        f"  p50 {took[CHANGES // 2]:.0f} ms, p99 {took[int(CHANGES * 0.99) - 1]:.0f} ms, "
        f"longest {took[-1]:.0f} ms; other pages asked {pages.asked} times"
    )


def cost(cookie: str, pages: OpenPages, database: psycopg.Connection) -> None:
    without, during = [], []
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    for _ in range(3):
        without += [page_time(cookie) for _ in range(20)]
        pages.open(MANY)
        during += [page_time(cookie) for _ in range(20)]
        connections = database.execute(count).fetchone()[0]
        pages.close()
        threading.Event().wait(1)
    # The first ones find memory that pages have left: what more of them take is what they cost.
    pages.open(MANY)
    memory = server_memory()
    pages.open(MORE)
    used = (server_memory() - memory) / MORE / 1024
    pages.close()
    a, b = statistics.median(without) * 1000, statistics.median(during) * 1000
    print(
        f"{MANY} streams: page {b:.1f} ms against {a:.1f} ms without ({b / a:.2f}), "
        f"{connections} database connections; {MORE} more take {used:.1f} KiB each"
    )


def main() -> None:
    cookies = sessions()
    pages = OpenPages(PORT, LEDGER, cookies)
    os.environ |= libpq_environment(database_settings())
    with psycopg.connect(autocommit=True) as database:
        pages.open(STREAMS, ASKING)
        freshness(cookies[0], pages, database)
        pages.close()
        cost(cookies[0], pages, database)


if __name__ == "__main__":
    main()
