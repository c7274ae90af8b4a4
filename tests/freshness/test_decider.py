"""The deciding algorithm against exhaustive search, on small histories of random operations.

Half of the histories are what a correct store might have shown, a part of them with one answer
changed; the other half is arbitrary. Times are whole numbers, so that they often coincide.
"""

import random
from dataclasses import replace

import pytest

from .exhaustive import has_an_order
from .history import NEVER, THERE, History, Outcome, Page, Shown, View, Write
from .registers import EARLY, STALE
from .verdict import MISSING, decide

VIEW = View("page", added=True)
OUTCOMES = (Outcome.DONE,) * 6 + (Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.REFUSED)
EDITOR = View("editor")


def history_of(rng: random.Random, registers: int, operations: int) -> History:
    """Each operation happens at a moment of its own; then it may be disturbed."""
    start = {row: {"note": "0"} for row in range(registers)}
    values = dict.fromkeys(start, "0")
    writes, pages = [], []
    for moment in range(operations):
        at = moment * 2
        call, ret = at - rng.choice((0, 1, 1, 3, 6)), at + rng.choice((0, 1, 1, 3, 6))
        if rng.random() < 0.55:
            row = rng.randrange(registers)
            outcome = rng.choice(OUTCOMES)
            seen = values[row] if rng.random() < 0.3 else None
            answered = ret if outcome is Outcome.DONE else NEVER
            value = str(moment + 1)
            writes.append(Write(row, "note", value, call, answered, outcome, "test", seen))
            if outcome is Outcome.DONE or (outcome is Outcome.UNKNOWN and rng.random() < 0.5):
                values[row] = value
        else:
            rows = {row: {"note": value} for row, value in values.items()}
            pages.append(Page(VIEW, call, ret, Shown(rows)))
    return disturbed(rng, History(start, tuple(writes), tuple(pages), {"note": "0"}))


def disturbed(rng: random.Random, history: History) -> History:
    """In four of five: other values on the pages, other times, other values depended on."""
    kind = rng.randrange(5)
    known = {
        row: ["0", *(w.value for w in history.writes if w.row == row)] for row in history.start
    }
    if kind in (1, 2) and history.pages:
        pages = list(history.pages)
        for n in range(len(pages)) if kind == 2 else [rng.randrange(len(pages))]:
            row = rng.choice(list(history.start))
            rows = {**pages[n].shown.rows, row: {"note": rng.choice(known[row])}}
            pages[n] = replace(pages[n], shown=Shown(rows))
        return replace(history, pages=tuple(pages))
    if kind == 3:
        later = [
            replace(page, call=page.call + (by := rng.choice((0, 4, 8))), ret=page.ret + by)
            for page in history.pages
        ]
        return replace(history, pages=tuple(later))
    if kind == 4 and history.writes:
        writes = list(history.writes)
        n = rng.randrange(len(writes))
        writes[n] = replace(writes[n], seen=rng.choice(known[writes[n].row]))
        return replace(history, writes=tuple(writes))
    return history


def test_one_field_is_decided_as_by_trying_everything() -> None:
    rng, detected = random.Random(1), 0
    for _ in range(50_000):
        history = history_of(rng, registers=1, operations=rng.randint(2, 7))

        found = decide(history)

        assert has_an_order(history) is not bool(found), history
        detected += bool(found)
    assert 10_000 < detected < 40_000


def test_pages_of_several_fields_are_decided_as_by_trying_everything() -> None:
    """No history that has an order is a violation; of those without one, not all need be."""
    rng, detected, missed = random.Random(2), 0, 0
    for _ in range(20_000):
        history = history_of(rng, registers=rng.randint(2, 3), operations=rng.randint(3, 8))

        found = decide(history)

        ordered = has_an_order(history)
        assert not (ordered and found), (history, found)
        detected += bool(found)
        missed += not ordered and not found
    assert detected > 3000
    assert missed * 1000 < detected


def row_that_comes_and_goes(*pages: tuple[float, float, bool]) -> list[str]:
    """The rules that pages break which ask at a time, are answered at another, and show it or not:
    it is added at 1, taken out at 3 and brought back at 5, each within half a second."""
    values = ("present", "absent 1", "present 2")
    writes = tuple(
        Write(7, THERE, value, call, call + 0.5, Outcome.DONE, "test")
        for value, call in zip(values, (1, 3, 5), strict=True)
    )
    shown = (
        Page(VIEW, call, ret, Shown({7: {"note": "0"}} if present else {}))
        for call, ret, present in pages
    )
    history = History({}, writes, tuple(shown), {"note": "0"})
    return [wrong.rule for wrong in decide(history)]


def test_row_comes_and_goes() -> None:
    right = [(0, 0.5, False), (2, 2.5, True), (4, 4.5, False), (6, 6.5, True)]
    either = [(1.1, 1.2, False), (1.3, 1.4, True), (3.1, 3.2, True), (3.3, 3.4, False)]
    over_both = [(0.5, 4, False), (2, 6, True)]

    assert row_that_comes_and_goes(*right, *either, *over_both) == []


@pytest.mark.parametrize(
    ("page", "rule"),
    [
        ((2, 2.5, False), MISSING),
        ((4, 4.5, True), STALE),
        ((6, 6.5, False), MISSING),
        ((0, 0.5, True), EARLY),
    ],
)
def test_row_that_came_or_went_is_missed(page: tuple[float, float, bool], rule: str) -> None:
    assert row_that_comes_and_goes(page) == [rule]


def field_that_turns(*pages: tuple[float, float, str]) -> list[str]:
    """The rules that pages break which ask at a time, are answered at another, and show a value: it
    is 0, is made 1 at 1 and 0 again at 3, each within half a second."""
    writes = tuple(
        Write(7, "hidden", value, call, call + 0.5, Outcome.DONE, "test")
        for value, call in (("1", 1), ("0 2", 3))
    )
    shown = (Page(VIEW, call, ret, Shown({7: {"hidden": value}})) for call, ret, value in pages)
    start = {7: {"hidden": "0"}}
    history = History(start, writes, tuple(shown), turning=frozenset({"hidden"}))
    return [wrong.rule for wrong in decide(history)]


def test_field_turns_between_two_values() -> None:
    right = [(0, 0.5, "0"), (2, 2.5, "1"), (4, 4.5, "0")]
    either = [(1.1, 1.2, "0"), (1.3, 1.4, "1"), (3.1, 3.2, "1"), (3.3, 3.4, "0")]
    over_both = [(0.5, 4, "0")]

    assert field_that_turns(*right, *either, *over_both) == []


@pytest.mark.parametrize(
    ("page", "rule"),
    [((2, 2.5, "0"), STALE), ((4, 4.5, "1"), STALE), ((0, 0.5, "1"), EARLY)],
)
def test_turn_that_is_not_shown_is_missed(page: tuple[float, float, str], rule: str) -> None:
    assert field_that_turns(page) == [rule]
