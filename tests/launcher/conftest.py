import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from launcher.cluster import is_alive
from launcher.server import PrivateServer
from txproject.environ import BASE_DIR

PATIENCE = 60  # seconds, for machines that have other things to do
USER = """
import sys
from pathlib import Path
from launcher.cluster import is_alive
from launcher.server import PrivateServer
PrivateServer(Path(sys.argv[1])).join()
print("joined", flush=True)
sys.stdin.read()
"""


class User:
    """Another process that uses the private server of a data folder."""

    def __init__(self, data: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", USER, str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(BASE_DIR)},
            text=True,
        )

    def joined(self) -> "User":
        assert self.process.stdout.readline() == "joined\n"
        return self

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        self.process.stdin.close()
        return self.process.wait()


class Place:
    """A data folder, and what runs in it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.server = PrivateServer(data)

    @property
    def folder(self) -> Path:
        return (self.data / "postgres").resolve()

    def start_user(self) -> User:
        return User(self.data)

    def keeper(self) -> psutil.Process:
        return psutil.Process(int((self.folder / "keeper").read_text()))

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.folder / "cluster/postmaster.pid").read_text().split()[0]))

    def processes(self) -> list[psutil.Process]:
        """PostgreSQL's, of this folder."""
        found = psutil.process_iter(["name", "cwd", "cmdline"])
        return [p for p in found if p.info["cwd"] == str(self.folder / "cluster")]

    def ask(self, sql: str) -> object:
        with psycopg.connect(self.server.conninfo(), connect_timeout=5) as connection:
            return connection.execute(sql).fetchone()[0]

    def tell(self, sql: str) -> None:
        with psycopg.connect(self.server.conninfo(), connect_timeout=5) as connection:
            connection.execute(sql)

    def wait_until_empty(self) -> None:
        psutil.wait_procs(self.processes(), timeout=PATIENCE)
        assert self.processes() == []


def remove(data: Path) -> None:
    place = (data / "postgres").resolve()
    PrivateServer(data).stop()
    shutil.rmtree(data, ignore_errors=True)
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def around() -> Iterator[Path]:
    """A folder that PostgreSQL's user can pass through, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="launcher-", dir="/tmp")).resolve()
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty(around: Path) -> Iterator[Place]:
    yield Place(around / "data")
    remove(around / "data")


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """One whose cluster is there already; what a test starts, it ends."""
    folder = Path(tempfile.mkdtemp(prefix="launcher-", dir="/tmp")).resolve()
    folder.chmod(0o711)
    made = Place(folder / "data")
    made.start_user().joined().end()
    made.wait_until_empty()
    yield made
    remove(made.data)
    shutil.rmtree(folder)


def launched(*args: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """./dev … until it ends; without a PostgreSQL unless one is named."""
    env = os.environ | {"DATABASE_URL": "", "LANGUAGE": "en", "PYTHONPATH": str(BASE_DIR)}
    return subprocess.run(
        [sys.executable, "-P", "-m", "launcher", *args],
        env=env | variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def kill(process: psutil.Process) -> None:
    process.kill()
    wait_until(lambda: not is_alive(process))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
