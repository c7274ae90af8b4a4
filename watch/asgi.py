"""The first to see a request, and the last: it gets an id, is counted and is logged."""

import logging
import re
import secrets
from time import perf_counter

from live.asgi import Application, Message, Receive, Send
from watch.metrics import observe
from watch.seen import Seen, current

HEADER = b"x-request-id"
WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,64}")
logger = logging.getLogger(__name__)


class Watched:
    """ASGI middleware. `believed` is whether a proxy stands in front, whose ids are taken over."""

    def __init__(self, app: Application, *, believed: bool) -> None:
        self.app = app
        self.believed = believed

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        seen = Seen(self.id_of(scope))
        current.set(seen)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status, seen.waited = message["status"], perf_counter() - seen.began
                headers = [*message["headers"], (HEADER, seen.id.encode())]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception:
            seen.status = 500
            raise
        finally:
            observe(scope["method"], seen)
            log(scope["method"], seen)

    def id_of(self, scope: Message) -> str:
        given = [value for name, value in scope["headers"] if name == HEADER]
        if self.believed and len(given) == 1 and WELL_FORMED.fullmatch(given[0]):
            return str(given[0], "ascii")
        return secrets.token_hex(16)


def log(method: str, seen: Seen) -> None:
    if not logger.isEnabledFor(logging.INFO):
        return
    route = seen.route or "none"
    fields = {
        "method": method,
        "route": route,
        "status": seen.status,
        "ms": round(seen.seconds * 1000, 1),
        "statements": seen.statements,
        "user": seen.user,
    }
    logger.info("request", extra={"fields": fields})
