"""The protocol between the server and what stands around Django in it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Message, Receive, Send], Awaitable[None]]

NO_STORE = [(b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]


async def refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": NO_STORE})
    await send({"type": "http.response.body", "body": b""})
