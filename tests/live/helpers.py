from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections


def elsewhere[T](write: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Do it on a connection of its own, and commit."""

    def run() -> T:
        try:
            return write(*args, **kwargs)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()
