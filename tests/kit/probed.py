"""Runs in the laboratory's environment: what the probe says of each application with each fault.

The servers are forks of this process, which has imported everything.
"""

import json
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

from gunicorn.app.wsgiapp import run
from session_policy.__main__ import main

from tests.kit.cases import CASES, Case

DSN = "postgresql+psycopg://"
forks = multiprocessing.get_context("fork")


def told(*faults: str) -> list[tuple[str, str, str]]:
    """Of the first application with these faults, or of each with each."""
    some = [(CASES[0], fault) for fault in faults]
    every = [(case, fault) for case in CASES for fault in ("", *case.faults)]
    return [(case.module, fault, of_probe(case, fault)) for case, fault in some or every]


def of_probe(case: Case, fault: str) -> str:
    with served(case, fault) as url, StringIO() as text:
        with redirect_stdout(text), redirect_stderr(text):
            main(arguments(case, url))
        return text.getvalue()


@contextmanager
def served(case: Case, fault: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        process = forks.Process(target=gunicorn, args=(case, fault, listener.fileno()))
        process.start()
        port = listener.getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.kill(process.pid, signal.SIGQUIT)
        process.join()


def gunicorn(case: Case, fault: str, listener: int) -> None:
    os.environ |= {"KIT_APP": case.module, "KIT_FAULT": fault}
    options = [*case.server, "-b", f"fd://{listener}", "--log-level", "critical"]
    sys.argv = ["gunicorn", *options, "tests.kit.wsgi:application"]
    run()


def arguments(case: Case, url: str) -> list[str]:
    return [
        *("probe", "--url", url + case.page, "--dsn", DSN, "--change", case.change),
        *("--save-url", case.save[0], "--save-field", case.save[1], "--wait", "0.5"),
        *("--other", case.other[0], "--other-field", f"{case.other[1]}=seen"),
    ]


if __name__ == "__main__":
    json.dump(told(*sys.argv[1:]), sys.stdout)
