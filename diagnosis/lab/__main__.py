"""Why a Flask page goes stale: each cause measured, as JSON and as Markdown."""

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from diagnosis.app.variants import RIGHT, VARIANTS
from diagnosis.lab import caught, matrix, table, tree
from diagnosis.lab.explain import explain
from diagnosis.lab.first_screen import first_screen
from diagnosis.lab.measure import measured
from diagnosis.lab.places import PLACES, Missing
from diagnosis.lab.server import LAYOUTS, Run

OTHERS = """For one's own application: --by-hand prints the questions, --judge FILE decides from the
answers. --check runs the freshness checker (--check --help)."""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev diagnose", description=__doc__, epilog=OTHERS)
    parser.add_argument("--quick", action="store_true", help="four variants, one worker")
    parser.add_argument("--only", nargs="+", metavar="VARIANT", choices=[*RIGHT, *VARIANTS])
    parser.add_argument("--layout", choices=LAYOUTS)
    parser.add_argument("--on", choices=["postgresql", *matrix.OTHERS])
    parser.add_argument("--explain", metavar="VARIANT", choices=[*RIGHT, *VARIANTS])
    parser.add_argument("--assertions", action="store_true", help="what the kit reports")
    parser.add_argument("--counterparts", action="store_true", help="the same traps in Django")
    parser.add_argument("--first-screen", type=Path, metavar="PAGE", help="run its commands")
    parser.add_argument("--evidence", type=Path, help="where to write what the tree has looked at")
    parser.add_argument("--json", type=Path, help="where to write the results")
    parser.add_argument("--markdown", type=Path, help="where to write the tables")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    if chosen.counterparts:
        return table.counterparts()
    if chosen.assertions:
        return caught.report(chosen.only)
    if chosen.first_screen:
        return first_screen(chosen.first_screen)
    if chosen.explain:
        return explained(chosen)
    return measured_all(chosen)


def explained(chosen: argparse.Namespace) -> int:
    run = Run(chosen.explain, chosen.layout or "several", store=chosen.on or "postgresql")
    with ExitStack() as places:
        runs, skipped = possible([run], places)
        for each in runs:
            explain(each)
    print(*skipped)
    return 0 if runs else 1


def measured_all(chosen: argparse.Namespace) -> int:
    begin = time.monotonic()
    with ExitStack() as places, ThreadPoolExecutor(4) as pool:
        runs, skipped = possible(wanted(chosen), places)
        results = list(pool.map(shown, runs))
        judged = list(pool.map(judged_run, tree.runs_of(runs)))
    rows, known = matrix.joined(results), table.versions()
    text = table.markdown(rows, skipped, known, time.monotonic() - begin) + tree.table(judged)
    print(text)
    if chosen.markdown:
        chosen.markdown.write_text(text)
    found = {"versions": known, "skipped": skipped, "results": results, "judged": judged}
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1))
    if chosen.evidence:
        chosen.evidence.write_text(tree.written(judged))
    bad = [row for row in rows if row["variant"] in RIGHT and matrix.is_wrong(row)]
    return 1 if bad or tree.wrong(judged) else 0


def wanted(chosen: argparse.Namespace) -> list[Run]:
    runs = matrix.quick() if chosen.quick else matrix.complete()
    return [
        run
        for run in runs
        if run.variant in (chosen.only or [run.variant])
        and run.layout == (chosen.layout or run.layout)
        and run.store == (chosen.on or run.store)
    ]


def possible(runs: list[Run], places: ExitStack) -> tuple[list[Run], list[str]]:
    """Starts what they need; those that need what is not to be had are left out, and it is said."""
    missing = {} if matrix.CHROMIUM else {"chromium": "no Chromium here"}
    for need in {need for run in runs for need in matrix.needs(run)} & PLACES.keys():
        try:
            places.enter_context(PLACES[need]())
        except Missing as error:
            missing[need] = str(error)
    left = [run for run in runs if not matrix.needs(run) & missing.keys()]
    skipped = {need: {r.variant for r in runs if need in matrix.needs(r)} for need in missing}
    return left, [
        f"Skipped, {missing[need]}: {', '.join(sorted(names))}."
        for need, names in skipped.items()
        if names
    ]


def shown(run: Run) -> dict:
    result = measured(run)
    sys.stderr.write(f"{run}: {result['at once']}\n")
    return result


def judged_run(run: Run) -> dict:
    judged = tree.judged(run)
    sys.stderr.write(f"{run}: {judged['verdict']}\n")
    return judged


if __name__ == "__main__":
    raise SystemExit(main())
