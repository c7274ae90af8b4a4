"""A label edit, by turns with Flask: the save, and the list that it leads to."""

from bench import shape
from bench.editing import edits
from bench.results import Line, by_turns
from bench.running import Bench
from bench.shape import LABELS, LARGE, SLUGS

AT_MOST = 0.8


def run(bench: Bench) -> None:
    label = shape.label(SLUGS[LARGE], LABELS - 2)
    both = edits([bench.ours, bench.flask], LARGE, label)
    rounds = bench.options.rounds
    for name, sides in (
        ("label: the save", [edit.save for edit in both]),
        ("label: the list after it", [edit.list_again for edit in both]),
    ):
        ours, flask = by_turns(sides, rounds)
        bench.results.add(Line("writes", name, "ms", ours, flask, AT_MOST))
