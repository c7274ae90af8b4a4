"""What a few variants need beside a PostgreSQL: a standby that is behind, and a MariaDB."""

import os
import shutil
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


@contextmanager
def mariadb() -> Iterator[None]:
    """Debian's, in a folder of its own and on a socket only."""
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if not (server and install):
        raise Missing("no MariaDB here (Debian: apt install mariadb-server)")
    with tempfile.TemporaryDirectory(prefix="mariadb-") as folder:
        Path(folder).chmod(0o711)
        user = "mysql" if os.geteuid() == 0 else None
        data, socket = Path(folder) / "data", Path(folder) / "data" / "socket"
        data.mkdir(mode=0o700)
        if user:
            shutil.chown(data, user)
        own = ["--no-defaults", f"--datadir={data}"]
        make = [install, *own, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(make, user=user, stdout=NOWHERE, stderr=NOWHERE, check=True)
        serve = [server, *own, "--skip-networking", f"--socket={socket}", "--skip-log-bin"]
        process = subprocess.Popen(serve, user=user, stdout=NOWHERE, stderr=NOWHERE)
        try:
            wait_for(socket, process)
            os.environ["DIAGNOSIS_MARIADB"] = str(socket)
            yield
        finally:
            process.terminate()
            process.wait()


def wait_for(path: Path, process: subprocess.Popen) -> None:
    while not path.exists():
        if process.poll() is not None:
            raise Missing("no MariaDB: it did not start")
        time.sleep(0.05)


PLACES = {"standby": standby, "mariadb": mariadb}
