"""./dev diagnose --check: the freshness checker at a Flask application, the laboratory's own or the
one to copy."""

import argparse
import sys
from pathlib import Path

from tests.diagnosis.databases import DATABASES
from tests.diagnosis.driver import COPY, LABORATORY, FlaskApplication, FlaskPlace
from tests.freshness.pages import ONE_MOMENT
from tests.freshness.registers import STALE, WRITTEN_BACK
from tests.freshness.run import Report, Run
from tests.freshness.verdict import MISSING

# The rules by which each may be detected; which comes first is chance.
EXPECTED_RULES = {
    name: {STALE, WRITTEN_BACK, MISSING, ONE_MOMENT}
    for name in ("second_registry", "held_snapshot", "cache_cleared_elsewhere")
}
LONGEST = 30  # seconds


def passes(place: FlaskPlace, seconds: float) -> Report:
    return Run(FlaskApplication(place), seconds=seconds, faults=True).go()


def detected(place: FlaskPlace, variant: str, seconds: float = LONGEST) -> Report:
    return Run(FlaskApplication(place, variant), seconds=seconds, until_detected=True).go()


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev diagnose --check", description=__doc__)
    parser.add_argument("python", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=60)
    help_text = "one that has to be detected, instead of the right one"
    parser.add_argument("--variant", choices=EXPECTED_RULES, help=help_text)
    parser.add_argument("--reference", action="store_true", help="diagnosis/reference/")
    parser.add_argument("--on", choices=DATABASES, default="postgresql")
    options = parser.parse_args()
    application = COPY if options.reference else LABORATORY
    place = FlaskPlace(options.python, DATABASES[options.on](), application)
    try:
        if options.variant:
            report = detected(place, options.variant, options.seconds)
        else:
            report = passes(place, options.seconds)
    finally:
        place.remove()
    sys.stdout.write("".join(f"{line}\n" for line in report.lines()))
    return 0 if bool(report.violations) == bool(options.variant) else 1


if __name__ == "__main__":
    raise SystemExit(main())
