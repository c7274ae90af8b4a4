"""What the decision tree says of every variant, beside what it should."""

import json
from collections.abc import Iterable

from diagnosis.app.variants import find
from diagnosis.lab.evidence import collected
from diagnosis.lab.server import Run
from diagnosis.lab.table import lines
from diagnosis.verdict import AGAIN, NOTHING, judge


def runs_of(runs: Iterable[Run]) -> list[Run]:
    """Each variant once in each layout; on other databases what only they can show."""
    return [
        run
        for run in runs
        if not run.head and (run.store == "postgresql" or is_of(run, "default_isolation"))
    ]


def is_of(run: Run, variant: str) -> bool:
    return (run.variant, run.store) == (variant, "mariadb")


def judged(run: Run) -> dict:
    seen = collected(run)
    where = {"variant": run.variant, "layout": run.layout, "store": run.store}
    variant = find(run.variant)
    right = {"right": variant.family or NOTHING, "also": variant.also}
    return {**where, **right, "verdict": judge(seen).family, "seen": seen}


def wrong(found: list[dict]) -> list[dict]:
    known = ("right", "also")
    return [
        each
        for each in found
        if each["verdict"] not in (AGAIN, NOTHING, *(each[name] for name in known))
    ]


def table(found: list[dict]) -> str:
    rows: dict[str, dict[str, str]] = {}
    for each in found:
        where = each["layout"] if each["store"] == "postgresql" else each["store"]
        right = ", also ".join(filter(None, [each["right"], each["also"]]))
        rows.setdefault(each["variant"], {"right": right})[where] = each["verdict"]
    columns = ["right", "one", "several", "threads", "mariadb"]
    cells = [[name, *(row.get(column, "") for column in columns)] for name, row in rows.items()]
    bad = wrong(found)
    text = (
        "What `./dev diagnose --explain VARIANT --layout SERVER` names, beside the family that is"
        f" right. {len(found)} runs, {len(bad)} wrong families. Where the right one is followed by"
        " “also”, the variant has that second fault too, and naming it counts as right."
    )
    return f"\n## The decision tree\n\n{text}\n\n{lines(['variant', *columns], cells)}\n"


def written(found: list[dict]) -> str:
    """One line for each, to be compared."""
    return "[\n" + ",\n".join(json.dumps(each) for each in found) + "\n]\n"
