"""One port for both: pages go to Django's WSGI handler on a few threads that last, and with them
their database connections; streams to open pages stay in the event loop and hold neither."""

import asyncio
import gc
import os
import signal
import threading
from contextlib import suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.db.backends.signals import connection_created

from live.asgi import Message, Receive, Send
from live.coalescing import CoalescingMiddleware
from live.hub import Hub
from live.listener import listen
from live.stream import StreamApplication
from txproject.database import configure
from txproject.threads import Pages, whole_bodies_only
from txproject.wsgi import application as wsgi_application
from watch.asgi import Watched
from watch.health import Health
from watch.metrics import PROCESSES
from watch.seen import count_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")

# As Any: the stubs of Django and a2wsgi disagree on what WSGI is.
wsgi: Any = wsgi_application
pages = Pages(wsgi, workers=settings.WEB_THREADS)
coalescing = CoalescingMiddleware(pages)
hub = Hub()
streams = StreamApplication(hub, authorizer=pages, most=settings.STREAMS_PER_USER)
health = Health(lambda: hub.listening, settings.METRICS_TOKEN)
connection_created.connect(count_statements)


async def answered(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await live(receive, send)
    elif scope["type"] == "http" and scope["path"] in health.answers:
        await health(scope, send)
    elif scope["type"] == "http" and scope["path"].startswith("/live/"):
        await streams(scope, receive, send)
    elif any(name == b"live" for name, _ in scope["headers"]):
        await coalescing(scope, whole_bodies_only(receive), send)
    else:
        await pages(scope, whole_bodies_only(receive), send)


application = Watched(answered, believed=settings.BEHIND_PROXY)


async def live(receive: Receive, send: Send) -> None:
    """Listens as long as the server serves. Other processes of this program may wait for longer."""
    await receive()
    connection_created.connect(configure)
    PROCESSES.set(1)
    listening = asyncio.create_task(listen(hub))
    close_streams_first()
    gc.freeze()  # what is there already is not looked through again and again
    gc.set_threshold(10_000)  # a page is thousands of objects, and few of them in circles
    await send({"type": "lifespan.startup.complete"})
    await receive()
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
    PROCESSES.set(0)
    await send({"type": "lifespan.shutdown.complete"})


def close_streams_first() -> None:
    """A server that is told to stop waits for open streams: they are closed before that."""
    if threading.current_thread() is not threading.main_thread():
        return  # the server was not started as a program and hears no signals
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def close(number: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(hub.close)
            if callable(before):
                before(number, frame)

        signal.signal(number, close)
