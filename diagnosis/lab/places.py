"""What a few variants need beside a PostgreSQL: a standby that is behind, and a MariaDB."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOWHERE = subprocess.DEVNULL


class Missing(Exception):
    """It is not to be had here."""


@contextmanager
def standby() -> Iterator[None]:
    """Made by the interpreter that made the primary; it ends with its input."""
    if "DIAGNOSIS_PRODUCT" not in os.environ:
        raise Missing("no standby: the PostgreSQL is not our own (DATABASE_URL)")
    command = [os.environ["DIAGNOSIS_PRODUCT"], "-P", "-m", "diagnosis.standby"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if not (where := process.stdout.readline().strip()):
            raise Missing("no standby: it did not start")
        os.environ["DIAGNOSIS_STANDBY"] = where
        yield
        process.stdin.close()


class MariaDB:
    """Debian's, in a folder of its own and on a socket only."""

    def __init__(self, folder: Path) -> None:
        self.server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
        if not (self.server and install):
            raise Missing("no MariaDB here (Debian: apt install mariadb-server)")
        folder.chmod(0o711)
        self.user = "mysql" if os.geteuid() == 0 else None
        data = folder / "data"
        data.mkdir(mode=0o700)
        if self.user:
            shutil.chown(data, self.user)
        self.own, self.socket = ["--no-defaults", f"--datadir={data}"], data / "socket"
        make = [install, *self.own, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(make, user=self.user, stdout=NOWHERE, stderr=NOWHERE, check=True)

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        options = ["--skip-networking", f"--socket={self.socket}", "--skip-log-bin"]
        serve = [self.server, *self.own, *options]
        self.process = subprocess.Popen(serve, user=self.user, stdout=NOWHERE, stderr=NOWHERE)
        while not self.socket.exists():
            if self.process.poll() is not None:
                raise Missing("no MariaDB: it did not start")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait()


@contextmanager
def mariadb() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="mariadb-") as folder:
        server = MariaDB(Path(folder))
        server.start()
        try:
            os.environ["DIAGNOSIS_MARIADB"] = str(server.socket)
            yield
        finally:
            server.stop()


PLACES = {"standby": standby, "mariadb": mariadb}
