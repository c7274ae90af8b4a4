"""Many open pages at a running server, as static/js/live.js keeps them, without a browser each."""

import asyncio
import itertools
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

PART = "HX-Request: true\r\nHX-Request-Type: partial\r\nLive: all\r\nConnection: close\r\n"
AGAIN = 0.3  # seconds, after a stream has ended or a page did not come


class OpenPages:
    """Streams in an event loop of their own; some of them ask for their page at every event."""

    def __init__(self, port: int, ledger: str, cookies: list[str]) -> None:
        self.port, self.ledger = port, ledger
        self.cookies = itertools.cycle(cookies)
        self.loop = asyncio.new_event_loop()
        self.asked = 0
        self.up: set[int] = set()
        self.shown: dict[int, str] = {}
        self.tasks: list[asyncio.Task[None]] = []
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def open(self, n: int, asking: int = 0) -> None:
        """Returns when all of them have heard from the server."""

        async def start() -> None:
            for k in range(n):
                page = self.page(len(self.tasks), next(self.cookies), k < asking)
                self.tasks.append(self.loop.create_task(page))
                await asyncio.sleep(0.005)

        asyncio.run_coroutine_threadsafe(start(), self.loop).result()
        self.wait(lambda: len(self.up) == len(self.tasks), 60)

    def wait(self, so: Callable[[], bool], patience: float) -> float:
        """Seconds until it is so; an AssertionError when it is not."""
        began = monotonic()
        while not so():
            assert monotonic() - began < patience
            threading.Event().wait(0.01)
        return monotonic() - began

    def showing(self, text: str) -> int:
        return sum(text in page for page in list(self.shown.values()))

    def close(self) -> None:
        async def stop() -> None:
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)
            self.tasks.clear()
            self.up.clear()

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result()

    async def request(
        self, cookie: str, path: str, more: str = ""
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookie}\r\n{more}\r\n"
        )
        writer.write(head.encode())
        return reader, writer

    async def page(self, number: int, cookie: str, asking: bool) -> None:
        dirty = asyncio.Event()
        asker = self.loop.create_task(self.ask(number, cookie, dirty)) if asking else None
        try:
            while True:
                with suppress(OSError):
                    await self.stream(number, cookie, dirty)
                self.up.discard(number)
                await asyncio.sleep(AGAIN)
        finally:
            if asker:
                asker.cancel()

    async def stream(self, number: int, cookie: str, dirty: asyncio.Event) -> None:
        reader, writer = await self.request(cookie, f"/live/{self.ledger}/")
        try:
            while text := await reader.readline():
                if text.startswith((b"event: resync", b"event: change", b"event: away")):
                    self.up.add(number)
                if text.startswith((b"event: resync", b"event: change")):
                    dirty.set()
        finally:
            writer.close()

    async def ask(self, number: int, cookie: str, dirty: asyncio.Event) -> None:
        """One at a time, with a little jitter and a rest as long as the answer took."""
        while await dirty.wait():
            dirty.clear()
            await asyncio.sleep(0.01)
            began = monotonic()
            try:
                reader, writer = await self.request(cookie, f"/{self.ledger}/transactions/", PART)
                body = (await reader.read(-1)).decode()
                writer.close()
            except OSError:
                body = ""
            self.asked += 1
            if body.startswith("HTTP/1.1 200"):
                self.shown[number] = body
                await asyncio.sleep(monotonic() - began)
            else:
                dirty.set()
                await asyncio.sleep(AGAIN)
