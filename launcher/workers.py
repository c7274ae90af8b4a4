"""Server processes of one listening socket, kept by the process that forked them.

They end with it, even when it is killed: each watches a pipe that only it holds open.
"""

import os
import signal
import socket
import threading
import time
import traceback
from contextlib import suppress
from typing import NoReturn

import uvicorn

from txproject.asgi import application
from txproject.environ import env_bool

# seconds
GRACE = 5
TOO_SOON = 2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def worker(listener: socket.socket, lifeline: int) -> None:
    threading.Thread(target=end_with_parent, args=[lifeline], daemon=True).start()
    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=env_bool("BEHIND_PROXY", False),  # from FORWARDED_ALLOW_IPS only
        timeout_graceful_shutdown=GRACE,
    )
    uvicorn.Server(config).run(sockets=[listener])


def end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)


class Workers:
    """`run` returns after SIGINT, SIGTERM or SIGHUP, when all have ended. One that ends earlier is
    replaced."""

    def __init__(self, listener: socket.socket, count: int) -> None:
        self.listener = listener
        self.count = count
        self.started: dict[int, float] = {}
        self.stopping = False
        self.lifeline, self.held = os.pipe()

    def run(self) -> None:
        for number in SIGNALS:
            signal.signal(number, self.stop)
        for _ in range(self.count):
            self.fork()
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

    def fork(self) -> None:
        pid = os.fork()
        if pid == 0:
            self.work()
        self.started[pid] = time.monotonic()

    def work(self) -> NoReturn:
        """Ends without the parent's cleaning up, and without waiting for requests under way."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        os.close(self.held)
        try:
            worker(self.listener, self.lifeline)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def replace_one(self) -> None:
        pid, _ = os.wait()
        started = self.started.pop(pid, None)
        if started is None or self.stopping:
            return
        if time.monotonic() - started < TOO_SOON:
            time.sleep(1)  # it may only end again
        self.fork()

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
