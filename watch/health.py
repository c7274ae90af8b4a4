"""/healthz, /readyz and /metrics: past Django, its hosts, its redirects and its threads, which may
be what is wrong."""

import asyncio
import hmac
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

import psycopg

from live.asgi import NO_STORE, Message, Send
from watch.database import (
    LONG,
    PATIENCE,
    Connection,
    connected,
    is_fresh,
    longest,
    missing,
    silence,
    waiting,
)
from watch.metrics import exposed
from watch.seen import current

EVERY = 1.0  # seconds: what the database has answered is not asked again so soon
OK = "ok"
UNANSWERED = {"database": "does not answer", "migrations": "not known", "worker": "not known"}
LACKING = {"database": OK, "migrations": "a table is missing", "worker": "not known"}
# A page does without one: it is said, and is no reason to send nobody here.
NOT_NEEDED = {"worker"}


def checked() -> dict[str, str]:
    try:
        with connected() as asked:
            lacking = len(missing(asked))
            behind = f"{lacking} not applied" if lacking else OK
            worker = "not known" if lacking else state_of_worker(asked)
            return {"database": OK, "migrations": behind, "worker": worker}
    except psycopg.errors.UndefinedTable:
        return LACKING
    except psycopg.Error:
        return UNANSWERED


def state_of_worker(asked: Connection) -> str:
    if not is_fresh(silence(asked)):
        return "degraded: no heartbeat"
    if longest(asked) > LONG:
        return "degraded: a job has been under way for more than an hour"
    return "degraded: jobs wait for more than ten minutes" if waiting(asked) else OK


class Health:
    def __init__(self, listening: Callable[[], bool], token: str) -> None:
        self.listening = listening
        self.token = token
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="watch")
        self.asked: tuple[float, Future[dict[str, str]]] | None = None
        self.answers = {"/healthz": self.alive, "/readyz": self.ready, "/metrics": self.metrics}

    async def __call__(self, scope: Message, send: Send) -> None:
        if seen := current.get():
            seen.route = scope["path"][1:]
        if scope["method"] not in ("GET", "HEAD"):
            return await answer(send, 405, "only GET\n")
        await self.answers[scope["path"]](scope, send)

    async def alive(self, _scope: Message, send: Send) -> None:
        await answer(send, 200, "ok\n")

    async def ready(self, _scope: Message, send: Send) -> None:
        listener = OK if self.listening() else "does not listen"
        checks = {**await self.database(), "listener": listener}
        well = all(checks[name] == OK for name in checks.keys() - NOT_NEEDED)
        body = f"{json.dumps(checks, indent=0)}\n"
        await answer(send, 200 if well else 503, body, b"application/json")

    async def database(self) -> dict[str, str]:
        """One question at a time, at most one a second, and nobody waits for it for ever."""
        asking = self.asked[1] if self.asked else None
        if not self.asked or (self.asked[1].done() and monotonic() - self.asked[0] > EVERY):
            asking = self.threads.submit(checked)
            self.asked = monotonic(), asking
        assert asking
        done, _ = await asyncio.wait([asyncio.wrap_future(asking)], timeout=PATIENCE + 1)
        return asking.result() if done else UNANSWERED

    async def metrics(self, scope: Message, send: Send) -> None:
        if not self.token:
            return await answer(send, 404, "METRICS_TOKEN is not set\n")
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        wanted = f"Bearer {self.token}".encode()
        if not any(hmac.compare_digest(each, wanted) for each in given):
            return await answer(send, 401, "", headers=[(b"www-authenticate", b"Bearer")])
        text = await asyncio.wrap_future(self.threads.submit(exposed))
        await answer(send, 200, text.decode(), b"text/plain; version=0.0.4; charset=utf-8")


async def answer(
    send: Send,
    status: int,
    body: str,
    kind: bytes = b"text/plain; charset=utf-8",
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    sent = [(b"content-type", kind), (b"content-length", str(len(body.encode())).encode())]
    sent += [*NO_STORE, *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body.encode()})
