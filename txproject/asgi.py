"""Streams under /live/ go to Django's ASGI handler; pages go to its WSGI handler on a few
threads that last, and with them their database connections: that answers half as many again."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

from txproject.environ import env_int
from txproject.wsgi import application as wsgi_application

type Event = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Event]]
type Send = Callable[[Event], Awaitable[None]]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")

# As Any: the stubs of Django and a2wsgi disagree on what WSGI and ASGI are.
wsgi: Any = wsgi_application
streams: Any = get_asgi_application()
pages: Any = WSGIMiddleware(wsgi, workers=env_int("WEB_THREADS", 4))


async def application(scope: Event, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and not scope["path"].startswith("/live/"):
        await pages(scope, whole_bodies_only(receive), send)
    else:
        await streams(scope, receive, send)


def whole_bodies_only(receive: Receive) -> Receive:
    """a2wsgi takes a body that a disconnect cut off for complete; Django knows OSError."""

    async def checked() -> Event:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise OSError("The client left before its request was complete.")
        return event

    return checked
