"""./dev freshness: a run of the checker on this application."""

import argparse
import sys

from .detection import EXPECTED_RULES, detected, run_variant
from .machines.driver import OnMachines
from .machines.place import Machines, lacking
from .ours.driver import Txproject
from .ours.server import Place
from .run import Run


def detect(place: Place, variant: str) -> bool:
    report = run_variant(place, variant)
    found = detected(report, variant)
    sys.stdout.write(f"{variant}: {'detected' if found else 'NOT DETECTED'}\n")
    for wrong in report.violations[:3]:
        sys.stdout.write(f"  {wrong.rule}: {wrong.text}\n")
    sys.stdout.flush()
    return found


def driver_for(options: argparse.Namespace) -> Txproject:
    if not options.machines:
        return Txproject(Place())
    if lacks := lacking():
        raise SystemExit(f"Not run: --machines needs {lacks}.")
    return OnMachines(Machines(options.direct))


def main(args: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev freshness", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--faults", action="store_true", help="kill and cut while it runs")
    parser.add_argument("--readers", type=int, default=6)
    help_text = "turn on each broken variant and see that it is detected"
    parser.add_argument("--variants", action="store_true", help=help_text)
    help_text = "two nodes, two workers, HAProxy and Patroni, each a machine (a network namespace)"
    parser.add_argument("--machines", action="store_true", help=help_text)
    help_text = "nodes look for the primary by themselves: their pages may be old"
    parser.add_argument("--direct", action="store_true", help=help_text)
    parser.add_argument("--times", type=int, default=1, help="runs, one after the other")
    options = parser.parse_args(args)
    driver = driver_for(options)
    place = driver.place
    try:
        if options.variants:
            return (
                0
                if len(EXPECTED_RULES) == sum(detect(place, each) for each in EXPECTED_RULES)
                else 1
            )
        return max(run(driver, turn, options) for turn in range(options.times))
    finally:
        place.remove()


def run(driver: Txproject, turn: int, options: argparse.Namespace) -> int:
    driver.begin_anew(turn)
    report = Run(
        driver,
        seconds=options.seconds,
        readers=options.readers,
        faults=options.faults,
        pause=0.25,
        seed=turn + 1,
    ).go()
    sys.stdout.write("".join(f"{line}\n" for line in (*report.lines(), *driver.lines())))
    sys.stdout.flush()
    return 1 if report.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
