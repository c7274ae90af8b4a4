"""The probe alone, from outside: real servers, each with one fault."""

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

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
def said(python: Path, environment: dict[str, str], lab: Lab) -> Callable[[Case, str], str]:
    """What the probe says of one."""
    assert lab("tests.kit.fill").returncode == 0

    def one(case: Case, fault: str) -> str:
        with served(python, environment, case, fault) as url:
            done = lab("session_policy", "probe", *arguments(case, url))
        return done.stdout or done.stderr

    return one


def named(text: str) -> list[str]:
    """Several where a test beside this one writes meanwhile."""
    return re.findall(r"(?:^|, or )(\w+): ", text.partition("\n")[0])


@pytest.fixture(scope="module")
def told(said: Callable[[Case, str], str]) -> dict[tuple[str, str], str]:
    return {(case.module, fault): said(case, fault) for case, fault in RUNS}


@pytest.mark.parametrize("fault", ["identity", "snapshot"])
@pytest.mark.django_db
def test_writer_in_another_database_hides_which_it_is(
    said: Callable[[Case, str], str], fault: str
) -> None:
    """It holds the snapshots of the whole server."""
    with connection.cursor() as writer:
        writer.execute("SELECT pg_current_xact_id()")

    text = said(CASES[0], fault)

    assert named(text) == ["identity", "snapshot"], text
    assert "only SessionPolicy can tell" in text


@pytest.mark.slow
def test_probe_names_most_faults_and_accuses_no_right_application(told) -> None:
    for (module, fault), text in told.items():
        sys.stdout.write(f"{module:10} {fault or 'right':12} {text.partition(':')[0]}\n")
    right = [run for run, text in told.items() if run[1] in named(text)]

    assert len(right) >= 18, sorted(told.keys() - set(right))
    assert {told[case.module, ""].partition("\n")[0] for case in CASES} == {"Nothing was old."}
