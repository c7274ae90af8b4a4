"""The protocol between the server and what stands around Django in it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

type Event = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Event]]
type Send = Callable[[Event], Awaitable[None]]
type Application = Callable[[Event, Receive, Send], Awaitable[None]]

UNKEPT = [(b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]


async def refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": UNKEPT})
    await send({"type": "http.response.body", "body": b""})
