"""The driver for txproject on several machines: what else can break there."""

import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from ..driver import Unknown
from ..history import Values
from ..ours.driver import ALL, Txproject
from .network import Machine
from .place import Machines, is_primary, kill_postgres, until

CUT = 12.0  # seconds
FAULTS = (
    "SIGKILL of the primary's PostgreSQL",
    "SIGKILL of a node",
    "power of the primary's machine",
    "SIGKILL of a worker",
    "SIGKILL of HAProxy",
    "cut of the primary's network",
    "cut of a node's network",
    "primary's Patroni gone, PostgreSQL left alone",
    "cut of the synchronous standby's network",
    "primary cut from the other databases",
    "SIGKILL of the primary's Patroni",
    "primary's machine stands still",
)
# A run gets through five or so.
STEP = 5


@dataclass
class Failover:
    fault: str
    promoted: float  # seconds after the fault
    back: float  # when a page was answered that was asked for after that


class OnMachines(Txproject):
    def __init__(self, machines: Machines) -> None:
        super().__init__(machines)  # type: ignore[arg-type]
        self.machines = machines

    def begin_anew(self, turn: int) -> None:
        """Other faults come first than in the run before."""
        super().begin_anew(turn)
        first = turn * STEP % len(FAULTS)
        self.faults = (*FAULTS[first:], *FAULTS[:first])
        self.failovers: list[Failover] = []

    def start(self) -> Mapping[int, Values]:
        until(self.machines.whole)
        rows = super().start()
        self.looking = self.client()
        return rows

    def fault(self, name: str) -> None:
        machines = self.machines
        acts = {
            "SIGKILL of a node": lambda: self.kill(machines.nodes, "web"),
            "SIGKILL of a worker": lambda: self.kill(machines.workers, "worker"),
            "SIGKILL of HAProxy": self.kill_haproxy,
            "cut of a node's network": lambda: self.cut(random.choice(machines.nodes)),
            "cut of the synchronous standby's network": lambda: self.cut(machines.synchronous()),
            "SIGKILL of the primary's Patroni": lambda: self.kill([machines.primary()], "patroni"),
            "SIGKILL of the primary's PostgreSQL": partial(self.fail_over, name, kill_postgres),
            "power of the primary's machine": partial(self.fail_over, name, Machine.lose_power),
            "cut of the primary's network": partial(self.fail_over, name, Machine.cut),
            "primary cut from the other databases": partial(self.fail_over, name, self.part),
            "primary's Patroni gone, PostgreSQL left alone": partial(
                self.fail_over, name, orphan_postgres
            ),
            "primary's machine stands still": partial(
                self.fail_over, name, lambda machine: machine.signal(signal.SIGSTOP)
            ),
        }
        until(machines.whole)
        acts[name]()

    def kill(self, machines: list[Machine], program: str) -> None:
        random.choice(machines).programs[program].kill()
        self.see_a_page()

    def kill_haproxy(self) -> None:
        assert self.machines.haproxy
        self.machines.haproxy.kill()
        self.see_a_page()

    def cut(self, machine: Machine) -> None:
        machine.cut()
        time.sleep(CUT)
        machine.mend()
        self.see_a_page()

    def part(self, machine: Machine) -> None:
        machine.part([each for each in self.machines.databases if each is not machine])

    def fail_over(self, name: str, act: Callable[[Machine], None]) -> None:
        old = self.machines.primary()
        others = [each for each in self.machines.databases if each is not old]
        began = time.monotonic()
        act(old)
        until(lambda: any(is_primary(each) for each in others))
        promoted = time.monotonic()
        self.see_a_page()
        back = time.monotonic()
        self.failovers.append(Failover(name, promoted - began, back - began))
        old.mend()

    def see_a_page(self) -> None:
        """Returns when one has been answered that was asked for after this was called."""

        def answered() -> bool:
            try:
                self.looking.read(ALL)
                return True
            except (Unknown, OSError):
                return False

        until(answered)

    def mend(self) -> None:
        """Each fault ends by itself."""

    def lines(self) -> Iterator[str]:
        yield f"{len(self.failovers)} failovers: seconds until promoted, until a page was back"
        for each in self.failovers:
            yield f"  {each.promoted:5.1f} {each.back:5.1f}  {each.fault}"


def orphan_postgres(machine: Machine) -> None:
    patroni = machine.programs["patroni"]
    patroni.hold.set()
    patroni.kill()
