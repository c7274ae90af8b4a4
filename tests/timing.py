"""What the suite's set-ups cost: each fixture's own seconds, and how often it was set up.

Printed beside pytest's list of the slowest tests, for all processes together.
"""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

SHOWN = 15
ENOUGH = 0.5  # seconds
seconds: Counter[str] = Counter()
times: Counter[str] = Counter()
# Set-ups that wait for another one: its time is not theirs.
inner: list[float] = []


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Iterator[None]:
    inner.append(0)
    begin = time.monotonic()
    try:
        return (yield)
    finally:
        whole = time.monotonic() - begin
        seconds[fixturedef.argname] += whole - inner.pop()
        times[fixturedef.argname] += 1
        if inner:
            inner[-1] += whole


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands its figures to the process that prints."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["set-ups"] = (dict(seconds), dict(times))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    of_worker, often = getattr(node, "workeroutput", {}).get("set-ups", ({}, {}))
    seconds.update(of_worker)
    times.update(often)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    costly = [each for each in seconds.most_common(SHOWN) if each[1] >= ENOUGH]
    if costly:
        terminalreporter.section("set-ups")
        for name, spent in costly:
            terminalreporter.write_line(f"{spent:6.1f}s  {times[name]:5} times  {name}")
