"""What is known of the request that is being answered: in the event loop and in its thread."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

LEFT = 499  # as nginx calls it: who asked has gone before there was an answer


@dataclass
class Seen:
    id: str
    # The name of its view, never its path, which holds what belongs to a ledger.
    route: str = ""
    user: int | None = None
    status: int = LEFT
    statements: int = 0
    began: float = field(default_factory=perf_counter)
    waited: float = 0  # seconds until its answer began

    @property
    def seconds(self) -> float:
        return perf_counter() - self.began


current: ContextVar[Seen | None] = ContextVar("seen", default=None)


def count(execute: Callable[..., Any], *statement: Any) -> Any:
    if seen := current.get():
        seen.statements += 1
    return execute(*statement)


def count_statements(connection: Any, **_signal: Any) -> None:
    """Of a connection that was made just now, or made again."""
    if count not in connection.execute_wrappers:
        connection.execute_wrappers.append(count)
