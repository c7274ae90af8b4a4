import asyncio
import gc
import logging
from argparse import ArgumentTypeError
from contextlib import suppress
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connection
from django.utils.translation import gettext as _
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app

from imports.management.ending import ending
from imports.uploads.tending import tend
from live.feed import listener_conninfo, listener_setting

TEND_EVERY = 5.0  # seconds
HEARTBEAT = 3.0  # seconds
logger = logging.getLogger(__name__)


def at_least_one(text: str) -> int:
    """A worker that takes no file would wait for ever."""
    n = int(text) if text.isdecimal() else 0
    if not n:
        raise ArgumentTypeError(_("“%s” is not a number of 1 or more") % text)
    return n


class Command(BaseCommand):
    help = _(
        "Check and import uploaded files, and back up where BACKUP_DIR is set. Any number of these"
        " may run, on any machine."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        help_text = _("files at a time (default: 2)")
        parser.add_argument(
            "--concurrency", type=at_least_one, default=2, metavar="N", help=help_text
        )
        parser.add_argument(
            "--once", action="store_true", help=_("end when there is nothing to do")
        )

    def handle(self, *, concurrency: int, once: bool, **options: Any) -> None:
        with ending(listener_setting()):
            look_at_queue()
        gc.freeze()  # what is there already is not looked through again and again
        asyncio.run(work(concurrency, once))


def look_at_queue() -> None:
    """A worker would try for half a minute to get there, and then not say why it cannot."""
    errors = connection.wrap_database_errors
    with errors, psycopg.connect(listener_conninfo()) as asked:
        asked.execute("SELECT FROM procrastinate_workers LIMIT 1")


async def work(concurrency: int, once: bool = False) -> None:
    """Until it is told to end, or its connection to the database breaks: whoever runs it starts
    it anew."""
    worker_app = app.with_connector(PsycopgConnector(conninfo=listener_conninfo()))
    worker_app.periodic_defaults = app.periodic_defaults  # which the copy lacks
    async with worker_app.open_async():
        ended = asyncio.Event()
        tending = asyncio.create_task(tend_until(ended))
        try:
            await worker_app.run_worker_async(
                concurrency=concurrency,
                wait=not once,
                update_heartbeat_interval=HEARTBEAT,
                delete_jobs="successful",
            )
        finally:
            # Its thread asks this loop for what it does: cancelled, both would wait for each other.
            ended.set()
            await tending


async def tend_until(ended: asyncio.Event) -> None:
    while not ended.is_set():
        await sync_to_async(tended, thread_sensitive=False)()
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), TEND_EVERY)


def tended() -> None:
    """What fails once, for want of a lock or of the database, may do so: it is tried again."""
    try:
        tend()
    except Exception:
        logger.exception("Jobs of workers that are gone were not looked for")
    finally:
        close_old_connections()
