"""./dev run: database, migrations, demo data, static files and server, in one process."""

import errno
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import psutil

from launcher.accounts import LauncherError
from launcher.folders import make_data_folder
from launcher.locks import is_locked, lock, locked
from launcher.server import PrivateServer
from txproject.environ import data_folder, env_int, env_secret, env_str
from txproject.language import gettext as _

LAST_PORT = (1 << 16) - 1  # what is beyond would be cut off, and another one be served
FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # of prometheus_client


def run() -> int:
    data = data_folder()
    make_data_folder(data)
    held = lock(data / "run", fcntl.LOCK_EX | fcntl.LOCK_NB)
    if held is None:
        return say_where(data / "run")
    note(held, f"{os.getpid()}\n")
    # SIGINT too: a shell that starts us in the background has it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    count_together(data)
    server = None if env_secret("DATABASE_URL", "") else PrivateServer(data)
    try:
        return serve(server, held)
    finally:
        if server:
            server.leave()


def end(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def note(held: int, content: str) -> None:
    """For others who come: our process and, once we serve, where."""
    os.ftruncate(held, 0)
    os.pwrite(held, content.encode(), 0)


def say(text: str) -> None:
    print(text, flush=True)


def say_where(path: Path) -> int:
    """Somebody else serves this data folder, or is about to."""
    while is_locked(path):
        pid, _end, url = path.read_text().partition("\n")
        if url and psutil.pid_exists(int(pid)):
            say(_("Already serving on %s") % url.strip())
            return 0
        time.sleep(0.1)
    return run()


def serve(server: PrivateServer | None, held: int) -> int:
    host, port = env_str("HOST", "127.0.0.1"), env_int("PORT", 8000, 0, LAST_PORT)
    processes = env_int("WEB_CONCURRENCY", 2, 1, 1000)
    try:
        listener = bind(host, port)
        if server:
            say(_("Starting PostgreSQL in %s") % server.data)
            join_and_import(server)
        prepare_site()
        listener.listen(2048)
    except OSError as error:
        return say_taken(host, port, error)
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    note(held, f"{os.getpid()}\n{url}\n")
    say(_("Serving on %s (Ctrl-C ends it)") % url)
    return work(listener, processes)


def join_and_import(server: PrivateServer) -> None:
    """Django's modules meanwhile, but no settings: they ask where PostgreSQL listens."""
    with ThreadPoolExecutor() as pool:
        pool.submit(import_module, "launcher.prepare")
        server.join()


def bind(host: str, port: int) -> socket.socket:
    """Early, so that a port that is taken is known before anything is started."""
    try:
        family, kind, *_more, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise
        raise LauncherError(f"HOST={host} PORT={port}: {error.strerror}.") from None
    return listener


def say_taken(host: str, port: int, error: OSError) -> int:
    if error.errno != errno.EADDRINUSE:
        raise error
    text = _("%(place)s is taken by another program. PORT=%(free)d ./dev run takes another port.")
    say(text % {"place": f"{host}:{port}", "free": port + 1})
    return 1


def count_together(data: Path) -> None:
    """Server processes count into files of one folder: before anything is imported that counts."""
    if env_secret("METRICS_TOKEN", ""):
        folder = data / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        os.environ[FOLDER] = str(folder)


def prepare_site() -> None:
    # libpq's Kerberos does not survive a fork on macOS, and the server processes are forked.
    os.environ.setdefault("PGGSSENCMODE", "disable")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")
    from launcher.prepare import prepare

    prepare()


def work(listener: socket.socket, processes: int) -> int:
    from launcher.workers import Workers

    Workers(listener, processes).run()
    say(_("Stopped."))
    return 0


def stop_run(data: Path) -> bool:
    """Whether there was one. Returns when it has ended."""
    path = data / "run"
    if not path.exists() or not is_locked(path):
        return False
    os.kill(int(path.read_text().partition("\n")[0]), signal.SIGTERM)
    with locked(path):
        return True
