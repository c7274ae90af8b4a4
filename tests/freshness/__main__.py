"""./dev freshness: a run of the checker on this application."""

import argparse
import sys

from .detection import EXPECTED_RULES, detected, run_variant
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


def main(args: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev freshness", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--faults", action="store_true", help="kill and cut while it runs")
    parser.add_argument("--readers", type=int, default=6)
    help_text = "turn on each broken variant and see that it is detected"
    parser.add_argument("--variants", action="store_true", help=help_text)
    options = parser.parse_args(args)
    place = Place()
    try:
        if options.variants:
            return (
                0
                if len(EXPECTED_RULES) == sum(detect(place, each) for each in EXPECTED_RULES)
                else 1
            )
        run = Run(
            Txproject(place),
            seconds=options.seconds,
            readers=options.readers,
            faults=options.faults,
            pause=0.25,
        )
        report = run.go()
    finally:
        place.remove()
    sys.stdout.write("".join(f"{line}\n" for line in report.lines()))
    return 1 if report.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
