"""The probe alone, from outside: real servers, each with one fault."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kit.cases import CASES, Case
from tests.kit.conftest import Lab

DSN = "postgresql+psycopg://"
RUNS = [(case, fault) for case in CASES for fault in ("", *case.faults)]


@contextmanager
def served(python: Path, environment: dict[str, str], case: Case, fault: str) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    command = [python, "-m", "gunicorn", *case.server, "-b", f"fd://{listener.fileno()}"]
    process = subprocess.Popen(
        [*command, "--log-level", "critical", "tests.kit.wsgi:application"],
        env=environment | {"KIT_APP": case.module, "KIT_FAULT": fault},
        stderr=subprocess.DEVNULL,
        pass_fds=[listener.fileno()],
    )
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        process.terminate()
        process.wait()


def arguments(case: Case, url: str) -> list[str]:
    return [
        *("--url", url + case.page, "--dsn", DSN, "--change", case.change, "--wait", "0.5"),
        *("--save-url", case.save[0], "--save-field", case.save[1]),
        *("--other", case.other[0], "--other-field", f"{case.other[1]}=seen"),
    ]


@pytest.fixture(scope="module")
def told(python: Path, environment: dict[str, str], lab: Lab) -> dict[tuple[str, str], str]:
    """What the probe says of each."""
    assert lab("tests.kit.fill").returncode == 0

    def one(run: tuple[Case, str]) -> str:
        with served(python, environment, *run) as url:
            done = lab("session_policy", "probe", *arguments(run[0], url))
        return done.stdout or done.stderr

    with ThreadPoolExecutor(1) as pool:
        found = list(pool.map(one, RUNS))
    return {(case.module, fault): text for (case, fault), text in zip(RUNS, found, strict=True)}


@pytest.mark.slow
def test_probe_names_most_faults_and_accuses_no_right_application(told) -> None:
    for (module, fault), text in told.items():
        sys.stdout.write(f"{module:10} {fault or 'right':12} {text.partition(':')[0]}\n")
    right = [run for run, text in told.items() if run[1] and text.startswith(f"{run[1]}: ")]

    assert len(right) >= 18, sorted(told.keys() - set(right))
    assert {told[case.module, ""].partition("\n")[0] for case in CASES} == {"Nothing was old."}
