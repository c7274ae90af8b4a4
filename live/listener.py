"""The one connection of a server process that listens (LISTEN)."""

import asyncio
import logging
import random

from psycopg import AsyncConnection, AsyncCursor, Error

from live.feed import CHANNEL, listener_conninfo
from live.hub import Hub

logger = logging.getLogger(__name__)

NAME = "txproject listener"  # as pg_stat_activity shows it
# seconds
PROBE = 3  # a connection that was cut off silently is found within twice that
XMAX = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0


async def listen(hub: Hub) -> None:
    """Until it is cancelled. Notifications before `hub.connected()` may be missed."""
    pause = FIRST_PAUSE
    while True:
        try:
            connection = await AsyncConnection.connect(
                listener_conninfo(), autocommit=True, connect_timeout=5, application_name=NAME
            )
            try:
                await execute(connection, f"LISTEN {CHANNEL}")
                found = await (await execute(connection, XMAX)).fetchone()
                pause = FIRST_PAUSE
                hub.connected(*map(int, found or ()))
                await receive(connection, hub)
            finally:
                connection.pgconn.finish()
        except (Error, OSError) as error:
            logger.warning("Not listening, pages poll: %s", str(error).strip())
        except Exception:  # whatever it is, a page that follows nothing must not say that it does
            logger.exception("Not listening, pages poll")
        if hub.listening:
            hub.disconnected()
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
        pause = min(2 * pause, LONGEST_PAUSE)


async def receive(connection: AsyncConnection, hub: Hub) -> None:
    """A silent connection is probed: it may be dead and nobody has said so."""
    while True:
        async for notification in connection.notifies(timeout=PROBE):
            hub.dispatch(notification.payload)
        await execute(connection, "SELECT 1")


async def execute(connection: AsyncConnection, query: str) -> AsyncCursor:
    """Run it, or raise OSError when there is no answer in time.

    Closing is what frees the task then: to be cancelled, it would ask the server first.
    """
    running = asyncio.ensure_future(connection.execute(query))
    done, _ = await asyncio.wait([running], timeout=PROBE)
    if not done:
        connection.pgconn.finish()
        running.cancel()
        await asyncio.wait([running], timeout=PROBE)
        raise OSError(f"no answer to {query} for {PROBE} s")
    return await running
