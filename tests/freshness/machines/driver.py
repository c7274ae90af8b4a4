"""The driver for txproject on several machines: what else can break there."""

import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from ..history import Values
from ..ours.driver import SILENCE, Txproject
from .network import Machine
from .place import Machines, is_primary, kill_postgres, until

# seconds
CUT = 12.0


# Seconds after a fault: when another machine was the primary, and when a page was answered that had
# been asked for after that.
type Recovery = tuple[float, float]


class OnMachines(Txproject):
    def __init__(self, machines: Machines) -> None:
        self.recoveries: defaultdict[str, list[Recovery]] = defaultdict(list)
        self.acts: dict[str, Callable[[], Recovery]] = {
            "SIGKILL of the primary's PostgreSQL": lambda: self.fail_over(kill_postgres),
            "SIGKILL of a node": lambda: self.kill(machines.nodes, "web"),
            "power of the primary's machine": lambda: self.fail_over(Machine.lose_power),
            "SIGKILL of a worker": lambda: self.kill(machines.workers, "worker"),
            "cut of the primary's network": lambda: self.fail_over(Machine.cut),
            "SIGKILL of HAProxy": self.kill_haproxy,
            "cut of a node's network": lambda: self.cut(random.choice(machines.nodes)),
            "primary's Patroni gone, PostgreSQL left alone": lambda: self.fail_over(orphan),
            "cut of the synchronous standby's network": lambda: self.cut(machines.synchronous()),
            "primary cut from the other databases": lambda: self.fail_over(machines.part),
            "SIGKILL of the primary's Patroni": self.kill_patroni,
            "primary's machine stands still": lambda: self.fail_over(freeze),
            "power of HAProxy's machine": self.lose_haproxy,
        }
        super().__init__(machines)  # type: ignore[arg-type]
        self.machines = machines

    def begin_anew(self, turn: int) -> None:
        """With the faults that the run before did not get to: five or six fit into two minutes."""
        super().begin_anew(turn)
        names = list(self.acts)
        first = turn * 5 % len(names)
        self.faults = (*names[first:], *names[:first])

    def start(self) -> Mapping[int, Values]:
        until(self.machines.whole)
        return super().start()

    def fault(self, name: str) -> None:
        until(self.machines.whole)
        super().fault(name)

    def fail(self, name: str) -> None:
        self.recoveries[name].append(self.acts[name]())

    def kill(self, machines: list[Machine], program: str) -> Recovery:
        began = time.monotonic()
        random.choice(machines).programs[program].kill()
        return self.recovered(began, began)

    def kill_patroni(self) -> Recovery:
        """HAProxy leads nobody to a primary without one."""
        primary = self.machines.primary()
        began = time.monotonic()
        primary.programs["patroni"].kill()
        until(lambda: not is_primary(primary))
        self.machines.primary()
        return self.recovered(began, time.monotonic())

    def kill_haproxy(self) -> Recovery:
        return self.kill([self.machines.balancer()], "haproxy")

    def lose_haproxy(self) -> Recovery:
        """Without a word: an open page finds out when its stream has been silent for too long."""
        machine = self.machines.balancer()
        began = time.monotonic()
        machine.cut()
        machine.lose_power()
        recovery = self.recovered(began, began)
        time.sleep(max(0, began + SILENCE - time.monotonic()))
        machine.mend()
        return recovery

    def cut(self, machine: Machine) -> Recovery:
        began = time.monotonic()
        machine.cut()
        recovery = self.recovered(began, began)
        time.sleep(max(0, began + CUT - time.monotonic()))
        machine.mend()
        return recovery

    def fail_over(self, act: Callable[[Machine], None]) -> Recovery:
        old = self.machines.primary()
        others = [each for each in self.machines.databases if each is not old]
        began = time.monotonic()
        act(old)
        until(lambda: any(is_primary(each) for each in others))
        recovery = self.recovered(began, time.monotonic())
        old.mend()
        return recovery

    def recovered(self, began: float, promoted: float) -> Recovery:
        """Returns when a page has been answered that was asked for by now."""
        until(self.sees_a_page)
        return promoted - began, time.monotonic() - began

    def mend(self) -> None:
        """Each fault ends by itself."""

    def lines(self) -> Iterator[str]:
        """Of all runs."""
        yield "Longest until another was primary, from then until a page was back, and both:"
        for name, found in sorted(self.recoveries.items()):
            promoted, back = (max(times) for times in zip(*found, strict=True))
            then = max(back - promoted for promoted, back in found)
            yield f"  {promoted:5.1f} s {then:5.1f} s {back:5.1f} s {len(found):3} {name}"


def orphan(machine: Machine) -> None:
    """PostgreSQL goes on without its Patroni."""
    patroni = machine.programs["patroni"]
    patroni.hold.set()
    patroni.kill()


def freeze(machine: Machine) -> None:
    machine.signal(signal.SIGSTOP)
