"""Server processes of one listening socket, and one that works on uploaded files, kept by the
process that forked them.

They end with it, even when it is killed: each watches a pipe that only it holds open.
"""

import asyncio
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import uvicorn

from imports.management.commands.run_worker import work
from txproject.asgi import application
from txproject.environ import env_bool
from watch.metrics import WORKERS

# seconds
GRACE = 5
TOO_SOON = 2
logger = logging.getLogger(__name__)
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def worker(listener: socket.socket, lifeline: int) -> None:
    threading.Thread(target=end_with_parent, args=[lifeline], daemon=True).start()
    config = uvicorn.Config(
        application,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=env_bool("BEHIND_PROXY", False),  # from FORWARDED_ALLOW_IPS only
        timeout_graceful_shutdown=GRACE,
    )
    uvicorn.Server(config).run(sockets=[listener])


def file_worker(_listener: socket.socket, lifeline: int) -> None:
    threading.Thread(target=end_with_parent, args=[lifeline], daemon=True).start()
    WORKERS.set(1)
    asyncio.run(work(concurrency=1))


def end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)


type Task = Callable[[socket.socket, int], None]


class Workers:
    """`run` returns after SIGINT, SIGTERM or SIGHUP, when all have ended. One that ends earlier is
    replaced."""

    def __init__(self, listener: socket.socket, count: int) -> None:
        self.listener = listener
        self.count = count
        self.started: dict[int, tuple[float, Task]] = {}
        self.stopping = False
        self.lifeline, self.held = os.pipe()

    def run(self) -> None:
        for number in SIGNALS:
            signal.signal(number, self.stop)
        for task in [worker] * self.count + [file_worker]:
            self.fork(task)
        while not self.stopping:
            self.replace_one()
        self.end()

    def stop(self, *_: object) -> None:
        self.stopping = True
        self.send(signal.SIGTERM)

    def send(self, number: signal.Signals) -> None:
        for pid in list(self.started):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def fork(self, task: Task) -> None:
        """What is sent meanwhile waits: the child would take it for the parent's, and lose it."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        pid = os.fork()
        if pid == 0:
            self.work(task)
        self.started[pid] = time.monotonic(), task
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def work(self, task: Task) -> NoReturn:
        """Ends without the parent's cleaning up, and without waiting for requests under way."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.close(self.held)
        try:
            task(self.listener, self.lifeline)
        except BaseException:
            logger.critical("A process has ended", exc_info=True)
            os._exit(1)
        os._exit(0)

    def replace_one(self) -> None:
        pid, _ = os.wait()
        known = self.started.pop(pid, None)
        if known is None or self.stopping:
            return
        started, task = known
        if time.monotonic() - started < TOO_SOON:
            time.sleep(1)  # it may only end again
        self.fork(task)

    def end(self) -> None:
        deadline = time.monotonic() + GRACE + 1
        self.send(signal.SIGTERM)
        while self.started:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            self.started.pop(pid, None)
            if pid == 0:
                time.sleep(0.02)
            if time.monotonic() > deadline:
                self.send(signal.SIGKILL)
