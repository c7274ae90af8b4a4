"""PostgreSQL's own folder and process: made, started, recognised, stopped."""

import hashlib
import math
import os
import secrets
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from launcher.accounts import Account, LauncherError
from launcher.programs import Programs
from txproject.environ import NAME, private_file
from txproject.language import gettext as _

# bytes: 107 on Linux, 103 on macOS
LONGEST_SOCKET_PATH = 103
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "cluster_name": NAME,
    "jit": "off",
    "random_page_cost": "1.1",
    # With the 4 MB that are usual, a bitmap of some 100,000 rows forgets which rows of a page it
    # means: filters that are combined look at a million.
    "work_mem": "32MB",
    # Rows that fit a search are all over the table. Memory is taken as it is used.
    "shared_buffers": f"{min(1024, max(128, psutil.virtual_memory().total >> 22))}MB",
}


def is_alive(process: psutil.Process) -> bool:
    """A dead one whose parent does not ask for it stays a zombie: in a container for ever."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_for_end(process: psutil.Process, seconds: float = math.inf) -> None:
    deadline = time.monotonic() + seconds
    while is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.02)


@dataclass(frozen=True)
class Cluster:
    place: Path
    account: Account
    programs: Programs

    @property
    def folder(self) -> Path:
        return self.place / "cluster"

    @property
    def pid_file(self) -> Path:
        return self.folder / "postmaster.pid"

    def make(self) -> None:
        """Made beside its final place, so that a half-made one is never taken for a whole one."""
        if self.folder.exists():
            return
        # Whoever was killed in the middle may have left an initdb that still writes.
        half = self.place / f"cluster.new.{secrets.token_hex(4)}"
        private_file(self.place / "password", secrets.token_urlsafe(32))
        for locale in self.locales():
            for left in self.place.glob("cluster.new*"):
                shutil.rmtree(left, ignore_errors=True)
            done, output = self.initdb(half, locale)
            if done:
                break
        else:
            raise LauncherError(f"initdb: {output}")
        self.make_database(half)
        half.rename(self.folder)

    def locales(self) -> list[list[str]]:
        """Sorting by code point, case of all letters; the same on every machine where it can."""
        if self.programs.major >= 17:
            return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
        return [["--locale=C.UTF-8"], ["--locale=C"]]

    def initdb(self, folder: Path, locale: list[str]) -> tuple[bool, str]:
        login = ["-A", "scram-sha-256", "--pwfile", self.place / "password"]
        options = ["-D", folder, "-U", NAME, "-E", "UTF8", *login, *locale]
        return self.account.run([self.programs["initdb"], *options])

    def make_database(self, folder: Path) -> None:
        alone = [self.programs["postgres"], "--single", "-D", folder, "postgres"]
        done, output = self.account.run(alone, stdin=f"CREATE DATABASE {NAME}\n")
        if not done or "ERROR" in output:
            raise LauncherError(f"CREATE DATABASE: {output}")

    def postmaster(self) -> psutil.Process | None:
        """The running server, told from another process that got the number in a stale file."""
        try:
            process = psutil.Process(int(self.pid_file.read_text().split("\n")[0]))
            return process if self.works_here(process) and "-D" in process.cmdline() else None
        except (OSError, ValueError, psutil.Error):
            return None

    def works_here(self, process: psutil.Process) -> bool:
        try:
            return bool(process.name() == "postgres" and process.cwd() == str(self.folder))
        except psutil.Error:
            return False

    def start(self, log: int) -> subprocess.Popen[str]:
        """Returns at once; `wait_until_ready` waits until it can be connected to."""
        self.clear_away_a_killed_server()
        self.make_socket_folder()
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_folder)}
        options = [f"-c{key}={value}" for key, value in settings.items()]
        command = [self.programs["postgres"], "-D", self.folder, *options]
        return self.account.start(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    @property
    def socket_folder(self) -> Path:
        if len(os.fsencode(self.place / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return self.place
        name = hashlib.sha256(os.fsencode(self.place)).hexdigest()[:16]
        return Path(f"/tmp/{NAME}-{name}")  # noqa: S108

    def make_socket_folder(self) -> None:
        """In /tmp anybody may have made it before us, to listen in our place."""
        folder = self.socket_folder
        if folder == self.place:
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        owned = found.st_uid in (os.geteuid(), self.account.uid)
        if not (stat.S_ISDIR(found.st_mode) and owned and not found.st_mode & 0o077):
            raise LauncherError(_("%s was made by somebody else") % folder)
        self.account.own(folder)

    def remove_socket_folder(self) -> None:
        if self.socket_folder != self.place:
            with suppress(OSError):
                self.socket_folder.rmdir()

    def clear_away_a_killed_server(self) -> None:
        """PostgreSQL refuses to start while any process has the number in its pid file, unless
        that is its parent: so our own goes in. The rest of the file stays, and with it
        PostgreSQL's check that no process of the former server still uses the memory."""
        for left in self.socket_folder.glob(".s.PGSQL.*"):
            left.unlink()
        if not self.pid_file.exists():
            return
        for process in list(self.orphans()):
            process.send_signal(signal.SIGQUIT)
            wait_for_end(process, seconds=5)
            process.kill()
            wait_for_end(process)
        lines = self.pid_file.read_text().split("\n")
        self.pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    def orphans(self) -> Iterator[psutil.Process]:
        """Server processes whose postmaster was killed under them."""
        return (process for process in psutil.process_iter() if self.works_here(process))

    def wait_until_ready(self, server: psutil.Process) -> bool:
        """False if it has ended instead. Recovery after a crash may take long: no time limit."""
        while is_alive(server):
            if self.is_ready(server.pid):
                return True
            time.sleep(0.01)
        return False

    def is_ready(self, pid: int) -> bool:
        try:
            lines = self.pid_file.read_text().split("\n")
            return int(lines[0]) == pid and lines[7].strip() == "ready"
        except (OSError, ValueError, IndexError):
            return False
