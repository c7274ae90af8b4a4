"""The private PostgreSQL of a data folder: `PrivateServer(data).join()` and it runs.

It runs as long as any process that joined it lives, and no longer (see supervisor.py).
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from launcher.accounts import LauncherError
from launcher.folders import make_data_folder, make_place
from launcher.locks import is_locked, is_shared, lock, locked, open_private
from txproject.database import DJANGO_NAMES, private_server
from txproject.environ import BASE_DIR
from txproject.language import gettext as _

# seconds; a server that was killed may have to recover first
PATIENCE = 60
LONGEST_LOG = 10_000_000  # bytes


class PrivateServer:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.users: int | None = None

    def join(self, *, across_exec: bool = False) -> None:
        """Holds on to the server until this process ends or leaves; starts it where needed."""
        make_data_folder(self.data)
        with locked(self.data / "postgres.lock"):
            self.place, _made = make_place(self.data)
            # Waits for a supervisor that is just stopping the server.
            self.users = lock(self.place / "users", fcntl.LOCK_SH)
            assert self.users is not None
            os.set_inheritable(self.users, across_exec)
            if not is_locked(self.place / "keeper") and not self.start_supervisor():
                raise LauncherError(
                    f"{_('The private PostgreSQL did not start:')}\n{self.end_of_log()}"
                )
        self.wait_for_answer()

    def start_supervisor(self) -> bool:
        """Whether the server is ready. In a session of its own, as Ctrl-C is not for it."""
        log = open_private(self.place / "log", os.O_WRONLY | os.O_APPEND)
        if os.fstat(log).st_size > LONGEST_LOG:
            os.truncate(log, 0)
        command = [sys.executable, "-P", "-m", "launcher.supervisor", str(self.place)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(BASE_DIR)},
        )
        os.close(log)
        assert process.stdout
        return bool(process.stdout.readline())

    def end_of_log(self) -> str:
        lines = (self.place / "log").read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-8:])

    def wait_for_answer(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.ask()
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise LauncherError(
                        _("The private PostgreSQL does not answer: %s") % error
                    ) from None
            time.sleep(0.05)

    def ask(self) -> None:
        psycopg.connect(self.conninfo(), connect_timeout=5).close()

    def conninfo(self) -> str:
        found: dict[str, str] = private_server(self.data / "postgres")
        return make_conninfo("", **{key: found.get(name, "") for key, name in DJANGO_NAMES.items()})

    def leave(self) -> None:
        """Returns when the server has stopped, or when others still use it."""
        if self.users is None:
            return
        os.close(self.users)
        self.users = None
        if not is_locked(self.place / "keeper"):
            self.start_supervisor()
        users, keeper = self.place / "users", self.place / "keeper"
        while not is_shared(users) and (is_locked(keeper) or is_locked(users)):
            time.sleep(0.01)

    def stop(self) -> bool:
        """Stops the server whoever uses it; whether there was one."""
        self.place = (self.data / "postgres").resolve()
        if not (self.place / "cluster" / "postmaster.pid").exists():
            return False
        with locked(self.data / "postgres.lock"):
            if is_locked(self.place / "keeper") or self.start_supervisor():
                os.kill(int((self.place / "keeper").read_text()), signal.SIGTERM)
            with locked(self.place / "keeper"):
                return True
