"""What a request must not leave behind; tests/conftest.py looks after each one of the suite."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import connection
from psycopg.pq import TransactionStatus


def left_open(blocks_before: int) -> str:
    """What is wrong with this thread's connection, in words. Blocks are the test's own."""
    raw = connection.connection
    if raw is None or raw.closed:
        return ""
    if len(connection.atomic_blocks) > blocks_before:
        return "an atomic block was left open"
    status = raw.info.transaction_status
    if not blocks_before and status is not TransactionStatus.IDLE:
        return f"the connection was left {status.name}"
    if raw.isolation_level is not None or raw.read_only is not None:
        return "the connection still opens snapshots"
    return ""


@contextmanager
def watched() -> Iterator[list[str]]:
    """What requests leave open meanwhile, those of a live server's threads too."""
    found: list[str] = []
    blocks: dict[int, int] = {}

    def begin(**_kwargs: Any) -> None:
        blocks[get_ident()] = len(connection.atomic_blocks)

    def end(**_kwargs: Any) -> None:
        if wrong := left_open(blocks.get(get_ident(), 0)):
            found.append(wrong)

    request_started.connect(begin)
    request_finished.connect(end)
    try:
        yield found
    finally:
        request_started.disconnect(begin)
        request_finished.disconnect(end)
