"""./dev freshness: a run of the checker on this application."""

import argparse
import sys

from .ours.driver import Txproject
from .ours.server import Place
from .run import Run


def main(args: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev freshness", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--faults", action="store_true", help="kill and cut while it runs")
    parser.add_argument("--readers", type=int, default=6)
    options = parser.parse_args(args)
    place = Place()
    try:
        run = Run(
            Txproject(place),
            seconds=options.seconds,
            readers=options.readers,
            faults=options.faults,
        )
        report = run.go()
    finally:
        place.remove()
    sys.stdout.write("".join(f"{line}\n" for line in report.lines()))
    return 1 if report.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
