"""PostgreSQL under Patroni on three machines, pages on two, workers on two, and HAProxy before all
of it, with the files of deploy/."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psycopg

from launcher.programs import newest_first
from txproject.environ import BASE_DIR

from ..ours.server import around
from .network import Machine, Network, as_user

# Patroni where docs/scaling.md puts it, since Debian's may be too old.
PATH = f"/opt/patroni/bin:{os.environ['PATH']}"
NEEDED = ("haproxy", "keepalived", "patroni", "etcd", "ip", "setpriv")
OLDEST = (4, 1)
MEMORY = Path("/dev/shm")
DEPLOY = BASE_DIR / "deploy"
PATIENCE = 90  # seconds
ANSWER = 2  # seconds


def lacking() -> str:
    """What keeps machines from being made here."""
    if os.geteuid() != 0:
        return "root"
    if missing := [name for name in NEEDED if not shutil.which(name, path=PATH)]:
        return ", ".join(missing)
    said = subprocess.run(["patroni", "--version"], env=known(), capture_output=True, text=True)
    version = tuple(map(int, re.findall(r"\d+", said.stdout)))
    return "" if version >= OLDEST else f"patroni {'.'.join(map(str, OLDEST))} or newer"


class Machines:
    """To the driver, a place as ..ours.server.Place is one."""

    def __init__(self, direct: bool = False) -> None:
        self.direct = direct
        self.idle: list[Any] = []
        where = MEMORY if MEMORY.is_dir() else None
        self.folder = Path(tempfile.mkdtemp(prefix="machines-", dir=where))
        self.folder.chmod(0o711)
        self.secret = secrets.token_hex(16)
        self.network = Network()
        self.host, self.port = self.network.address_of(100), 80
        try:
            self.begin()
        except BaseException:
            self.remove()
            raise

    def begin(self) -> None:
        machine, folder = self.network.machine, self.folder
        self.balancers = [machine(f"lb{n}", folder) for n in (1, 2)]
        self.databases = [machine(f"db{n}", folder) for n in (1, 2, 3)]
        self.nodes = [machine(f"web{n}", folder) for n in (1, 2)]
        self.workers = [machine(f"work{n}", folder) for n in (1, 2)]
        for each in self.balancers:
            self.start_balancer(each)
        for each in self.databases:
            self.start_database(each)
        until(self.whole)
        conninfo = self.conninfo_of(self.primary(), "postgres")
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE txproject LOGIN PASSWORD '{self.secret}'")
            connection.execute("CREATE DATABASE txproject OWNER txproject")
        until(lambda: reaches(self.conninfo))
        self.prepare()

    def addressed(self, text: str) -> str:
        """A file of deploy/ with addresses of ours, and without TLS."""
        text = re.sub(r"^.*ssl.*$", "", text, flags=re.MULTILINE)
        text = text.replace("10.0.0.1/", f"{self.host}/")
        for machine in self.network.machines:
            text = text.replace(f"{machine.name}:", f"{machine.address}:")
        return text

    def start_balancer(self, machine: Machine) -> None:
        haproxy, keepalived = (
            self.written(machine, name) for name in ("haproxy.cfg", "keepalived.conf")
        )
        machine.start("haproxy", ["haproxy", "-db", "-f", haproxy], known())
        # All machines have one /run.
        own = [f"--{name}={machine.folder}/{name}" for name in ("pid", "vrrp_pid")]
        command = ["keepalived", "--dont-fork", "--log-console", "--vrrp", *own, "-f", keepalived]
        machine.start("keepalived", command, known())

    def written(self, machine: Machine, name: str) -> Path:
        config = machine.folder / name
        config.write_text(self.addressed((DEPLOY / name).read_text()))
        return config

    def start_database(self, machine: Machine) -> None:
        peers = ",".join(f"{each.name}=http://{each.address}:2380" for each in self.databases)
        here = f"http://{machine.address}"
        etcd = {
            "ETCD_NAME": machine.name,
            "ETCD_DATA_DIR": f"{machine.folder}/etcd",
            "ETCD_LISTEN_PEER_URLS": f"{here}:2380",
            "ETCD_LISTEN_CLIENT_URLS": f"{here}:2379",
            "ETCD_ADVERTISE_CLIENT_URLS": f"{here}:2379",
            "ETCD_INITIAL_ADVERTISE_PEER_URLS": f"{here}:2380",
            "ETCD_INITIAL_CLUSTER": peers,
            "ETCD_ELECTION_TIMEOUT": "500",
            "ETCD_PRE_VOTE": "true",
        }
        user = as_user(machine.account)
        machine.start("etcd", ["etcd"], known() | etcd, *user)
        config = self.written(machine, "patroni.yml")
        with config.open("a") as more:
            more.write(
                f"  parameters:\n    unix_socket_directories: {machine.folder}\n"
                "    dynamic_shared_memory_type: mmap\n"  # who is killed leaves nothing elsewhere
            )
        folder = newest_first(Path("/usr/lib/postgresql").glob("*/bin"))[0]
        patroni = {
            "PATRONI_NAME": machine.name,
            "PATRONI_RESTAPI_CONNECT_ADDRESS": f"{machine.address}:8008",
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"{machine.address}:5432",
            "PATRONI_POSTGRESQL_DATA_DIR": f"{machine.folder}/postgres",
            "PATRONI_POSTGRESQL_BIN_DIR": str(folder),
            "PATRONI_SUPERUSER_USERNAME": "postgres",
            "PATRONI_SUPERUSER_PASSWORD": self.secret,
            "PATRONI_REPLICATION_USERNAME": "replicator",
            "PATRONI_REPLICATION_PASSWORD": self.secret,
        }
        machine.start("patroni", patroni_command(machine, config), known() | patroni, *user)

    # --- As ..ours.server.Place ---

    @property
    def conninfo(self) -> str:
        return self.url(self.host)

    def url(self, hosts: str, name: str = "txproject", user: str = "txproject") -> str:
        options = "target_session_attrs=read-write&connect_timeout=3&sslmode=disable"
        return f"postgresql://{user}:{self.secret}@{hosts}/{name}?{options}"

    def conninfo_of(self, machine: Machine, name: str) -> str:
        return self.url(machine.address, name, "postgres")

    @property
    def environment(self) -> dict[str, str]:
        return self.around(self.folder / "data")

    def around(self, data: Path) -> dict[str, str]:
        hosts = ",".join(f"{each.address}:5432" for each in self.databases)
        return around(data) | {
            "DATABASE_URL": self.url(hosts) if self.direct else self.conninfo,
            "SECRET_KEY": self.secret,
            "ALLOWED_HOSTS": self.host,
            "BEHIND_PROXY": "1",
            "FORWARDED_ALLOW_IPS": ",".join(each.address for each in self.balancers),
            "UVICORN_HOST": "0.0.0.0",
            "WEB_CONCURRENCY": "1",
            "LOG_LEVEL": "CRITICAL",
        }

    def prepare(self) -> None:
        for words in (["migrate", "--no-input"], ["collectstatic", "--no-input"]):
            command = [sys.executable, "-P", "manage.py", *words]
            subprocess.run(
                command, env=self.environment, cwd=BASE_DIR, stdout=subprocess.DEVNULL, check=True
            )
        for machine in (*self.nodes, *self.workers):
            shutil.copytree(self.folder / "data", machine.folder / "data")

    def serve(self, _variant: str = "") -> None:
        for machine in self.nodes:
            self.start_unit(machine, "web")
        for machine in self.workers:
            self.start_unit(machine, "worker")
        until(lambda: answers(f"http://{self.host}/login/"))

    def start_unit(self, machine: Machine, what: str) -> None:
        """What its unit of systemd starts."""
        here = str(Path(sys.executable).parent)
        words = started(DEPLOY / "systemd" / f"txproject-{what}.service")
        command = [word.replace("/opt/txproject/.venv/bin", here) for word in words]
        inside = ["env", f"--chdir={BASE_DIR}", *command]
        machine.start(what, inside, self.around(machine.folder / "data"))

    def stop_serving(self) -> None:
        for machine in (*self.nodes, *self.workers):
            machine.stop()

    def remove(self) -> None:
        while self.idle:
            self.idle.pop().close()
        self.network.mend()
        self.network.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def balancer(self) -> Machine:
        """It has the address."""
        return until(lambda: next((m for m in self.balancers if m.has(self.host)), None))

    # --- Of PostgreSQL ---

    def primary(self) -> Machine:
        return until(lambda: next((m for m in self.databases if is_primary(m)), None))

    def members(self) -> list[dict[str, Any]]:
        """As the primary says: one that was cut off speaks of what was before."""
        for machine in filter(is_primary, self.databases):
            url = f"http://{machine.address}:8008/cluster"
            with suppress(OSError, ValueError), urlopen(url, timeout=ANSWER) as answer:
                return list(json.load(answer)["members"])
        return []

    def whole(self) -> bool:
        """One HAProxy has the address and the other waits for it; of the databases all three follow
        one, and one of those synchronously."""
        if sum(each.has(self.host) for each in self.balancers) != 1:
            return False
        roles = sorted(each["role"] for each in self.members() if following(each))
        return roles == ["leader", "replica", "sync_standby"]

    def part(self, machine: Machine) -> None:
        """From the other databases; whoever reads it still can."""
        machine.part([each for each in self.databases if each is not machine])

    def synchronous(self) -> Machine:
        (name,) = (each["name"] for each in self.members() if each["role"] == "sync_standby")
        return next(each for each in self.databases if each.name == name)


def patroni_command(machine: Machine, config: Path) -> list[str]:
    """What its unit starts, with what its user may read."""
    script = shutil.copy(DEPLOY / "patroni_soon.py", machine.folder)
    python, *_ = started(DEPLOY / "patroni.service")
    return [python, str(script), str(config)]


def started(unit: Path) -> list[str]:
    (command,) = re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)
    return command.split()


def following(member: dict[str, Any]) -> bool:
    return member["state"] in ("running", "streaming") and member.get("lag", 0) == 0


def is_primary(machine: Machine) -> bool:
    return answers(f"http://{machine.address}:8008/primary")


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=ANSWER) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def reaches(conninfo: str) -> bool:
    try:
        psycopg.connect(conninfo).close()
        return True
    except psycopg.OperationalError:
        return False


def until[Found](so: Callable[[], Found]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := so()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def known() -> dict[str, str]:
    return {"PATH": PATH, "LC_ALL": "C.UTF-8"}


def kill_postgres(machine: Machine) -> None:
    file = machine.folder / "postgres" / "postmaster.pid"
    os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
