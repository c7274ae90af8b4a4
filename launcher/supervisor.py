"""The process that keeps the private server running while somebody uses it.

Users hold a shared lock on `users`; the kernel releases it however they end. The supervisor waits
for the exclusive lock, and when it gets it, nobody is left: it stops the server and ends. A
server that was killed is started again.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

from launcher.accounts import LauncherError, server_account
from launcher.cluster import Cluster, wait_for_end
from launcher.locks import lock
from launcher.programs import find_programs
from txproject.language import gettext as _

# A server that ends within so many seconds, so many times on end, would only end again.
TOO_SOON, TOO_OFTEN = 5, 4


class Supervisor:
    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.stopping = False
        self.server: psutil.Process | None = None
        self.child: subprocess.Popen[str] | None = None

    def stop(self, *_: object) -> None:
        self.stopping = True
        if self.server:
            with suppress(psutil.Error):
                self.server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown

    def stop_when_unused(self) -> None:
        lock(self.cluster.place / "users")
        os.kill(os.getpid(), signal.SIGTERM)

    def adopt_or_start(self) -> psutil.Process:
        """A server whose supervisor was killed is as good as a new one."""
        self.child = None
        if running := self.cluster.postmaster():
            return running
        self.child = self.cluster.start(log=2)
        return psutil.Process(self.child.pid)

    def run_once(self) -> None:
        self.server = self.adopt_or_start()
        if self.stopping:
            self.stop()
        if self.cluster.wait_until_ready(self.server):
            say_ready()
        elif not self.stopping:
            raise LauncherError(_("PostgreSQL does not start"))
        if self.child:
            self.child.wait()
        wait_for_end(self.server)

    def keep(self) -> None:
        ends = 0
        while not self.stopping:
            started = time.monotonic()
            self.run_once()
            ends = ends + 1 if time.monotonic() - started < TOO_SOON else 0
            if ends == TOO_OFTEN and not self.stopping:
                raise LauncherError(_("PostgreSQL ends again and again"))
        self.cluster.remove_socket_folder()


def say_ready() -> None:
    """To who started us, once; he may be gone."""
    with suppress(OSError):
        os.write(1, b"ready\n")
        os.close(1)


def main(place: Path) -> None:
    held = lock(place / "keeper")  # as earlier versions call it, of which one may still run
    assert held is not None
    os.write(held, f"{os.getpid():<10}\n".encode())
    account = server_account(place)
    supervisor = Supervisor(Cluster(place, account, find_programs(place, account)))
    signal.signal(signal.SIGTERM, supervisor.stop)
    threading.Thread(target=supervisor.stop_when_unused, daemon=True).start()
    supervisor.cluster.make()
    supervisor.keep()
    # Before `users`, which ends with this process: who then comes must find no supervisor.
    os.close(held)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except LauncherError as error:
        sys.exit(f"{error}.")
