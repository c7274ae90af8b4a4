"""Open pages that ask for the same at once are answered by one reading.

A change is told to every open page, and all of them ask again in the same moment. Who comes while
a reading is under way does not get that one, which may have begun before he asked: he waits for
the next, together with all who come until it begins. So nothing is older than the question, and
however many ask, one reading at a time is under way.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from threading import Lock


class Together[T]:
    """Calls `read` once for all who wait under the same key; not before each of them has asked."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.waiting: dict[Hashable, Future[T]] = {}
        self.under_way: dict[Hashable, Future[T]] = {}

    def __call__(self, key: Hashable, read: Callable[[], T]) -> T:
        """What was read, or the error that it raised, for all of them."""
        with self.lock:
            joined = self.waiting.get(key)
            mine: Future[T] = joined or self.waiting.setdefault(key, Future())
            before = self.under_way.get(key)
        if joined:
            return joined.result()
        if before:
            wait([before])
        with self.lock:
            self.under_way[key] = self.waiting.pop(key)
        try:
            mine.set_result(read())
        except BaseException as error:
            mine.set_exception(error)
        finally:
            with self.lock:
                if self.under_way.get(key) is mine:
                    del self.under_way[key]
        return mine.result()
