"""The database works while Python reads on: a thread that has the connection of this one."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from types import TracebackType
from typing import Any, Self

from django.db import DEFAULT_DB_ALIAS, connections


class Background:
    """Does one thing after the other, in the order in which they are asked for. What comes after
    something that failed is not done, and fails for the same reason.

    Nobody else may use the connection meanwhile.
    """

    def __init__(self) -> None:
        self._connection = connections[DEFAULT_DB_ALIAS]
        self._thread = ThreadPoolExecutor(1, initializer=self._share)
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._connection.inc_thread_sharing()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(cancel_futures=error is not None)
        self._connection.dec_thread_sharing()
        if self._failure and not error:
            raise self._failure

    def ask[T](self, work: Callable[..., T], *args: Any) -> "Future[T]":
        # With the language of whoever asks.
        return self._thread.submit(copy_context().run, self._do, work, *args)

    def _do[T](self, work: Callable[..., T], *args: Any) -> T:
        if self._failure:
            raise self._failure
        try:
            return work(*args)
        except BaseException as error:
            self._failure = error
            raise

    def _share(self) -> None:
        connections[DEFAULT_DB_ALIAS] = self._connection


def one_behind[T](items: Iterable[T]) -> Iterator[T]:
    """Hands an item on when the next one is there: what was asked for it is done meanwhile."""
    waiting: list[T] = []
    for item in items:
        waiting.append(item)
        if len(waiting) > 1:
            yield waiting.pop(0)
    yield from waiting
