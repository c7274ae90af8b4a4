"""The server as ./dev run starts it, with a data folder, a port and a PostgreSQL of its own."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from diagnosis.standby import backup, start
from launcher.accounts import server_account
from launcher.programs import find_programs
from launcher.server import PrivateServer
from txproject.environ import BASE_DIR

from .template import begin, temporary_folder

PATIENCE = 60  # seconds
LONG_CUT = 8
PROCESSES = 2
BEHIND = 1


class Served:
    """A server with workers."""

    host = "127.0.0.1"
    process: subprocess.Popen[str] | None = None

    def stop_serving(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def kill_a_worker(self) -> None:
        with suppress(psutil.NoSuchProcess):
            random.choice(self.workers()).kill()

    def kill_all_workers(self) -> None:
        for each in self.workers():
            with suppress(psutil.NoSuchProcess):
                each.kill()

    def workers(self) -> list[psutil.Process]:
        """Those that serve pages, and the one that works on files."""
        assert self.process
        server = psutil.Process(self.process.pid)
        while not (workers := [each for each in server.children() if "python" in each.name()]):
            time.sleep(0.05)  # those killed before are not replaced yet
        return workers


def cluster(data: Path) -> None:
    postgres = PrivateServer(data)
    postgres.join()
    postgres.leave()
    # A server that is killed keeps what it wrote; only the end of the machine would not.
    with (postgres.place / "cluster" / "postgresql.auto.conf").open("a") as settings:
        settings.write("fsync = off\n")


def site(data: Path) -> None:
    """Served once: migrated, with static files and the demo ledger."""
    cluster(data)
    with launched(around(data) | {"PORT": str(free_port())}) as process:
        process.terminate()


def around(data: Path) -> dict[str, str]:
    known = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_URL")}
    return known | {
        "LANGUAGE": "en",
        "TXPROJECT_DATA": str(data),
        "PYTHONPATH": str(BASE_DIR),
        "PYTHONWARNINGS": "ignore",
        "DJANGO_SETTINGS_MODULE": "txproject.settings",
    }


def launched(environment: dict[str, str], log: Any = subprocess.DEVNULL) -> subprocess.Popen[str]:
    """Returns when it serves."""
    command = [sys.executable, "-P", "-m", "launcher", "run"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
    )
    assert process.stdout
    assert any(line.startswith("Serving") for line in process.stdout), "it did not start"
    return process


class Cluster:
    """A data folder in which PostgreSQL runs."""

    def __init__(self, make: Callable[[Path], None] = cluster) -> None:
        self.folder = temporary_folder("freshness-")
        self.data = self.folder / "data"
        begin(self.data, make)
        self.postgres = PrivateServer(self.data)
        self.postgres.join()
        self.conninfo = self.postgres.conninfo()

    def remove(self) -> None:
        self.postgres.leave()
        target = (self.data / "postgres").resolve()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)

    def restart_postgres(self, how: signal.Signals) -> None:
        """SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one; its keeper starts it
        again."""
        file = (self.data / "postgres").resolve() / "cluster" / "postmaster.pid"
        old = psutil.Process(int(file.read_text().split()[0]))
        old.send_signal(how)
        old.wait(PATIENCE)
        self.wait_for(self.conninfo)

    def wait_for(self, conninfo: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return psycopg.connect(conninfo, connect_timeout=5).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.05)


class Place(Served, Cluster):
    """The servers of this project come and go in it; a standby, too."""

    def __init__(self) -> None:
        super().__init__(site)
        self.wire = Wire(self.conninfo)
        self.standby: subprocess.Popen[str] | None = None
        # Processes with the models that no run has at the moment.
        self.idle: list[Any] = []
        self.port = 0

    @property
    def environment(self) -> dict[str, str]:
        return around(self.data) | {
            "LISTEN_DATABASE_URL": self.wire.conninfo,
            "PREPARED_STATEMENTS": "1",  # no pooler stands there
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "WEB_CONCURRENCY": str(PROCESSES),
            "LOG_LEVEL": "CRITICAL",
        }

    def serve(self, variant: str = "") -> None:
        """As it is, or as one of ..variants makes it."""
        self.port = free_port()
        settings = "tests.freshness.variants.settings" if variant else "txproject.settings"
        chosen = {"DJANGO_SETTINGS_MODULE": settings, "FRESHNESS_VARIANT": variant}
        if self.standby:
            chosen["FRESHNESS_STANDBY"] = self.standby_folder
        self.process = launched(self.environment | chosen)

    def start_standby(self) -> None:
        """A real one, made by pg_basebackup, that applies everything a second late."""
        postgres = (self.data / "postgres").resolve()
        account = server_account(postgres)
        programs = find_programs(postgres, account)
        copy = postgres / "standby"
        backup(copy, programs, account, self.conninfo)
        self.standby = start(copy, programs, account, f"{BEHIND}s")
        self.standby_folder = str(copy)
        self.standby_conninfo = make_conninfo(self.conninfo, host=self.standby_folder, port="5432")
        self.wait_for(self.standby_conninfo)
        time.sleep(BEHIND + 0.5)  # its delay: what was there before is there now

    def stop_serving(self) -> None:
        super().stop_serving()
        if self.standby:
            self.standby.send_signal(signal.SIGQUIT)
            self.standby.wait()
            self.standby = None
            shutil.rmtree(self.standby_folder)

    def remove(self) -> None:
        while self.idle:
            self.idle.pop().close()
        self.stop_serving()
        super().remove()
        self.wire.close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Wire:
    """What the listeners' connections go through: it can be cut without anybody being told.

    What was connected before a cut gets what was sent meanwhile, or, if that is `lost`, stays
    silent, as behind a router that has forgotten."""

    def __init__(self, conninfo: str) -> None:
        known = conninfo_to_dict(conninfo)
        self.target = f"{known['host']}/.s.PGSQL.{known['port']}"
        self.listener = socket.create_server(("127.0.0.1", 0))
        host, port = self.listener.getsockname()
        self.conninfo = make_conninfo(
            "",
            host=host,
            port=port,
            dbname=known["dbname"],
            user=known["user"],
            password=known.get("password", ""),
            sslmode="disable",
            gssencmode="disable",
        )
        self.whole = threading.Event()
        self.whole.set()
        self.lost = 0  # how often
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                threading.Thread(target=self.connect, args=[near], daemon=True).start()

    def connect(self, near: socket.socket) -> None:
        self.whole.wait()
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(self.target)
        except OSError:
            near.close()
            return
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self.pump, args=[one, other], daemon=True).start()

    def pump(self, one: socket.socket, other: socket.socket) -> None:
        lost = self.lost
        with suppress(OSError):
            while data := one.recv(65536):
                self.whole.wait()
                if lost == self.lost:
                    other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self, lost: bool = False) -> None:
        self.lost += lost
        self.whole.clear()

    def mend(self) -> None:
        self.whole.set()

    def close(self) -> None:
        self.mend()
        self.listener.close()
