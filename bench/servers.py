"""Both applications under the servers that they have in production, with as many processes and
threads."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.database import Place, environment
from launcher.accounts import LauncherError
from launcher.environments import installed
from txproject.environ import BASE_DIR

PROCESSES, THREADS = 2, 8
REQUIREMENTS = BASE_DIR / "bench" / "requirements.txt"


@dataclass
class Server:
    port: int
    process: subprocess.Popen

    @property
    def workers(self) -> list[psutil.Process]:
        """Those that answer requests, in the order in which they were started."""
        children = psutil.Process(self.process.pid).children()
        return sorted(children, key=lambda child: (child.create_time(), child.pid))[:PROCESSES]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def our_server(place: Place, name: str, conninfo: str, **more: str) -> Iterator[Server]:
    """./dev run, in a data folder of its own."""
    port = free_port()
    env = environment(place, conninfo) | {
        "TXPROJECT_DATA": str(place.folder / name),
        "WEB_CONCURRENCY": str(PROCESSES),
        "WEB_THREADS": str(THREADS),
        "PORT": str(port),
        **more,
    }
    command = [sys.executable, "-P", "-m", "launcher", "run"]
    with started(command, env, port, place.folder / f"{name}.log") as server:
        yield server


@contextmanager
def flask_server(place: Place, name: str, conninfo: str) -> Iterator[Server]:
    python = installed(place.folder / "flask", REQUIREMENTS)
    port = free_port()
    env = environment(place, conninfo) | {
        "BENCH_THREADS": str(THREADS),
        "BENCH_SPRITE": sprite(place.folder / name / "static"),
    }
    options = ["-k", "gthread", "-w", str(PROCESSES), "--threads", str(THREADS)]
    bind = ["-b", f"127.0.0.1:{port}", "--keep-alive", "75", "--log-level", "warning"]
    command = [str(python), "-m", "gunicorn", *options, *bind, "bench.flask_page.wsgi:application"]
    with started(command, env, port, place.folder / "flask.log") as server:
        yield server


def sprite(collected: Path) -> str:
    """Where our pages have their icons: rows name it many times."""
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]
    return f"/static/{names['vendor/icons.svg']}"


@contextmanager
def started(command: list[str], env: dict[str, str], port: int, log: Path) -> Iterator[Server]:
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=env, cwd=BASE_DIR, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_until_it_listens(process, port, log)
        yield Server(port, process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_listens(process: subprocess.Popen, port: int, log: Path) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            break
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise LauncherError(f"A server did not start:\n{log.read_text()}")
