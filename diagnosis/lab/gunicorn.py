"""gunicorn in a process that is forked from one which has imported what it needs: it starts
sooner. The application itself is made in each worker, as always without `--preload`."""

import multiprocessing
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gunicorn.app.wsgiapp import run

import diagnosis.app.probe
import diagnosis.app.variants  # noqa: F401

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["diagnosis.lab.measure", "diagnosis.lab.explain"])


@contextmanager
def gunicorn(listener: socket.socket, options: list[str], environment: dict) -> Iterator[None]:
    """It is given a socket that listens already: who asks early waits instead of being refused."""
    process = FORKS.Process(target=serve, args=(listener, options, environment), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def serve(listener: socket.socket, options: list[str], environment: dict) -> None:
    os.environ |= environment
    if "DIAGNOSIS_LOUD" not in os.environ:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    bind = ["-b", f"fd://{listener.fileno()}", "--log-level", "critical"]
    sys.argv = ["gunicorn", *bind, *options, "diagnosis.app.wsgi:application"]
    run()
