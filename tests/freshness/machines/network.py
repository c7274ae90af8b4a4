"""Machines are network namespaces on one bridge; this process is the one that people reach."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from launcher.accounts import Account, unprivileged_account

AGAIN = 2.0  # seconds: as RestartSec= of deploy/systemd
# It ends when this process does.
WITH_US = ("setpriv", "--pdeathsig=KILL")


def ip(*words: object) -> None:
    subprocess.run(["ip", *map(str, words)], check=True, capture_output=True)


class Network:
    """Addresses are 10.87.n.0/24; of this process n.1."""

    def __init__(self) -> None:
        self.number = os.getpid() % 250 + 1
        self.bridge = f"tx{self.number}"
        self.address = self.address_of(1)
        self.machines: list[Machine] = []
        ip("link", "add", self.bridge, "type", "bridge")
        ip("addr", "add", f"{self.address}/24", "dev", self.bridge)
        ip("link", "set", self.bridge, "up")

    def address_of(self, host: int) -> str:
        return f"10.87.{self.number}.{host}"

    def machine(self, name: str, folder: Path) -> "Machine":
        machine = Machine(self, name, len(self.machines) + 11, folder)
        self.machines.append(machine)
        return machine

    def mend(self) -> None:
        for machine in self.machines:
            machine.mend()

    def remove(self) -> None:
        for machine in self.machines:
            machine.remove()
        ip("link", "del", self.bridge)


class Machine:
    def __init__(self, network: Network, name: str, host: int, folder: Path) -> None:
        self.network, self.name, self.folder = network, name, folder / name
        self.address = network.address_of(host)
        self.namespace = self.cable = f"{network.bridge}-{name}"
        self.programs: dict[str, Program] = {}
        self.parted: list[Machine] = []
        self.account = unprivileged_account()
        self.folder.mkdir()
        self.account.own(self.folder)
        inside = ["-n", self.namespace]
        ip("netns", "add", self.namespace)
        ip("link", "add", self.cable, "type", "veth", "peer", "eth0", "netns", self.namespace)
        ip("link", "set", self.cable, "master", network.bridge, "up")
        ip(*inside, "addr", "add", f"{self.address}/24", "dev", "eth0")
        ip(*inside, "link", "set", "eth0", "up")
        ip(*inside, "link", "set", "lo", "up")

    def start(
        self, name: str, command: Sequence[object], environment: Mapping[str, str], *user: str
    ) -> None:
        inside = ["ip", "netns", "exec", self.namespace, *WITH_US, *user, "--", *command]
        self.programs[name] = Program(inside, environment, self.folder / f"{name}.log")

    def cut(self) -> None:
        """The cable is pulled."""
        ip("link", "set", self.cable, "down")

    def part(self, others: Sequence["Machine"]) -> None:
        """From these only."""
        for other in others:
            ip("-n", self.namespace, "route", "add", "blackhole", f"{other.address}/32")
        self.parted += others

    def mend(self) -> None:
        ip("link", "set", self.cable, "up")
        while self.parted:
            other = self.parted.pop()
            ip("-n", self.namespace, "route", "del", "blackhole", f"{other.address}/32")
        self.signal(signal.SIGCONT)
        for program in self.programs.values():
            program.hold.clear()

    def has(self, address: str) -> bool:
        command = ["ip", "-n", self.namespace, "-brief", "address", "show", "dev", "eth0"]
        return address in subprocess.run(command, capture_output=True, text=True).stdout

    def signal(self, number: signal.Signals) -> None:
        """All processes, those of a program that has ended included."""
        command = ["ip", "netns", "pids", self.namespace]
        for pid in subprocess.run(command, capture_output=True, text=True).stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), number)

    def lose_power(self) -> None:
        for program in self.programs.values():
            program.hold.set()
        self.signal(signal.SIGKILL)
        ip("-n", self.namespace, "addr", "flush", "dev", "eth0", "secondary")

    def stop(self) -> None:
        for program in self.programs.values():
            program.over.set()
        self.signal(signal.SIGKILL)
        for program in self.programs.values():
            program.thread.join()
        self.programs.clear()

    def remove(self) -> None:
        self.stop()
        ip("netns", "del", self.namespace)


def as_user(account: Account) -> list[str]:
    return [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]


class Program:
    """Started again when it ends, as systemd does; not while it is held."""

    def __init__(
        self, command: Sequence[object], environment: Mapping[str, str], log: Path
    ) -> None:
        self.command = [str(part) for part in command]
        self.environment, self.log = environment, log
        self.hold, self.over = threading.Event(), threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.thread = threading.Thread(target=self.keep, daemon=True)
        self.thread.start()

    def keep(self) -> None:
        while not self.over.is_set():
            if not self.hold.is_set():
                with self.log.open("ab") as log:
                    self.process = subprocess.Popen(
                        self.command, env=self.environment, stdout=log, stderr=log, cwd="/"
                    )
                self.process.wait()
            self.over.wait(AGAIN)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
