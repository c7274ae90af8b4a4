#!/usr/bin/env python3
"""How soon an open page shows a commit, and what open pages cost.

300 lines are open at a running server, 30 of them of pages of the same ledger that ask again too;
a real Chromium shows one more. Each of 200 changes is committed by a connection of its own, and
the time until the text stands in the page is taken in the page. Then 500 lines are open: the page's
time with none and with all of them is measured alternately, and the server's memory per line.

    DATABASE_URL=… python bench/live.py http://127.0.0.1:8000 LEDGER USER PASSWORD
"""

import asyncio
import os
import re
import statistics
import sys
import threading
import urllib.request
from http.cookiejar import CookieJar
from time import monotonic, time
from urllib.parse import urlsplit

import psutil
import psycopg
from playwright.sync_api import sync_playwright

from txproject.database import database_settings, libpq_environment

BASE, LEDGER, USER, PASSWORD = sys.argv[1:5]
LINES, ASKING, CHANGES, MANY = 300, 30, int(os.environ.get("CHANGES", 200)), 500
HOST, PORT = urlsplit(BASE).hostname, urlsplit(BASE).port
SPACING = 700  # ms: the other pages are done with one change before the next
LIST = f"/{LEDGER}/transactions/"


def login() -> str:
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(f"{BASE}/login/").read().decode()
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)[1]
    form = f"csrfmiddlewaretoken={token}&username={USER}&password={PASSWORD}".encode()
    opener.open(urllib.request.Request(f"{BASE}/login/", form, {"Referer": f"{BASE}/login/"}))
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


class Pages:
    """Lines in an event loop of their own; the first `asking` ask for the page at every event."""

    def __init__(self, cookie: str) -> None:
        self.cookie = cookie
        self.loop = asyncio.new_event_loop()
        self.asked = self.up = 0
        self.tasks: list[asyncio.Task] = []
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def open(self, n: int, asking: int = 0) -> None:
        async def start() -> None:
            for k in range(n):
                self.tasks.append(self.loop.create_task(self.line(k < asking)))
                await asyncio.sleep(0.005)

        wanted = self.up + n
        asyncio.run_coroutine_threadsafe(start(), self.loop).result()
        while self.up < wanted:
            threading.Event().wait(0.05)

    def close(self) -> None:
        async def stop() -> None:
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)
            self.tasks.clear()
            self.up = 0

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result()

    async def request(self, path: str, more: str = "") -> tuple:
        reader, writer = await asyncio.open_connection(HOST, PORT)
        head = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nCookie: {self.cookie}\r\n{more}\r\n"
        writer.write(head.encode())
        return reader, writer

    async def line(self, asking: bool) -> None:
        reader, writer = await self.request(f"/live/{LEDGER}/")
        try:
            dirty = asyncio.Event()
            asker = self.loop.create_task(self.ask(dirty)) if asking else None
            first = True
            while text := await reader.readline():
                if text.startswith(b"event: "):
                    self.up += first
                    first = False
                    dirty.set()
        finally:
            if asker:
                asker.cancel()
            writer.close()

    async def ask(self, dirty: asyncio.Event) -> None:
        """As live.js does: one at a time, with its jitter."""
        part = "HX-Request: true\r\nHX-Request-Type: partial\r\nLive: all\r\nConnection: close\r\n"
        while await dirty.wait():
            dirty.clear()
            await asyncio.sleep(0.03)
            reader, writer = await self.request(LIST, part)
            began = monotonic()
            await reader.read()
            while await reader.read(65536):
                pass
            writer.close()
            self.asked += 1
            await asyncio.sleep(monotonic() - began)


def server_memory() -> int:
    """Bytes of the processes that listen on the port, shared ones counted once (PSS)."""
    found = {c.pid for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == PORT}
    return sum(psutil.Process(pid).memory_full_info().pss for pid in found if pid)


def page_time(cookie: str) -> float:
    began = monotonic()
    urllib.request.urlopen(urllib.request.Request(BASE + LIST, headers={"Cookie": cookie})).read()
    return monotonic() - began


def freshness(cookie: str, pages: Pages, database: psycopg.Connection) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        context = browser.new_context()
        parts = (pair.split("=", 1) for pair in cookie.split("; "))
        context.add_cookies([{"name": n, "value": v, "url": BASE} for n, v in parts])
        page = context.new_page()
        page.goto(BASE + LIST)
        page.wait_for_selector("#line[data-state=live]")
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
    print(f"commit to text over {CHANGES} changes, {LINES} lines, {ASKING} pages that ask too:")
    print(
        f"  p50 {took[CHANGES // 2]:.0f} ms, p99 {took[int(CHANGES * 0.99) - 1]:.0f} ms, "
        f"longest {took[-1]:.0f} ms; other pages asked {pages.asked} times"
    )


def cost(cookie: str, pages: Pages, database: psycopg.Connection) -> None:
    without, during = [], []
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    memory = server_memory()
    for _ in range(3):
        without += [page_time(cookie) for _ in range(20)]
        pages.open(MANY)
        during += [page_time(cookie) for _ in range(20)]
        used, connections = server_memory() - memory, database.execute(count).fetchone()[0]
        pages.close()
        threading.Event().wait(1)
    a, b = statistics.median(without) * 1000, statistics.median(during) * 1000
    print(
        f"{MANY} lines: page {b:.1f} ms against {a:.1f} ms without ({b / a:.2f}), "
        f"{used / MANY / 1024:.0f} KiB per line, {connections} database connections"
    )


def main() -> None:
    cookie = login()
    pages = Pages(cookie)
    os.environ |= libpq_environment(database_settings())
    with psycopg.connect(autocommit=True) as database:
        pages.open(LINES, ASKING)
        freshness(cookie, pages, database)
        pages.close()
        cost(cookie, pages, database)


if __name__ == "__main__":
    main()
