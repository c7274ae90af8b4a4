"""What happens outside of any request: while the application starts, and in threads."""

import threading
import weakref
from collections import defaultdict, deque
from collections.abc import MutableSequence
from typing import Any

from flask import current_app

from session_policy.lives import KEY, Life, Select, Unit

lives: weakref.WeakSet[Life] = weakref.WeakSet()
policies: list[weakref.ref[Any]] = []  # the newest last
has_begun = False  # the first request
at_start: list[Select] = []
by_thread: defaultdict[int, weakref.WeakSet[Life]] = defaultdict(weakref.WeakSet)
read_by_thread: defaultdict[int, deque[Select]] = defaultdict(lambda: deque(maxlen=100))


class Nobody:
    """Takes what happens before there is a policy."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args: None


def policy_of(unit: Unit | None) -> Any:
    if unit:
        return unit.policy
    if current_app and (policy := current_app.extensions.get(KEY)):
        return policy
    return (policies and policies[-1]()) or Nobody()


def used(life: Life) -> None:
    by_thread[threading.get_ident()].add(life)


def selects() -> MutableSequence[Select]:
    return read_by_thread[threading.get_ident()] if has_begun else at_start


def job_has_ended() -> tuple[list[Life], list[Select]]:
    """What this thread has used and read in its application context."""
    thread = threading.get_ident()
    return list(by_thread.pop(thread, ())), list(read_by_thread.pop(thread, ()))
