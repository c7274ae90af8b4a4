"""Patroni with a ttl below its floor of 20 seconds; see docs/scaling.md. Its other rules stay:
loop_wait and twice retry_timeout have to fit into ttl."""

from typing import Any

from patroni.__main__ import main  # type: ignore[import-not-found]
from patroni.config import Config  # type: ignore[import-not-found]

LEAST = {"ttl": 9}
# Patroni 4.1's. Where another version has it no more, this does not start.
adjusted = Config._Config__get_and_maybe_adjust_int_value


def adjusted_lower(self: Any, config: dict[str, Any], name: str, least: int) -> int:
    return int(adjusted(self, config, name, LEAST.get(name, least)))


Config._Config__get_and_maybe_adjust_int_value = adjusted_lower

if __name__ == "__main__":
    main()
