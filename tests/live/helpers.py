from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.db import connection, connections


def elsewhere[T](write: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Do it on a connection of its own, and commit."""

    def run() -> T:
        try:
            return write(*args, **kwargs)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def is_waited_for(holder: psycopg.Connection[Any]) -> bool:
    """Whether a session waits for a lock of this one; other tests' sessions wait for theirs."""
    waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid)))"
    with connection.cursor() as cursor:
        cursor.execute(waiting, [holder.info.backend_pid])
        return bool(cursor.fetchone()[0])
