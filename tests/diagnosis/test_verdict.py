"""The decision tree, over what was recorded of every variant in every layout."""

from collections.abc import Mapping
from typing import Any

import pytest

from diagnosis.verdict import AGAIN, MEANING, NOTHING, Ask, Verdict, judge
from tests.diagnosis.recorded import RECORDED, VARIANTS

NEW = {"shown": "new", "connection": "new", "fresh": "new", "orm": ""}
OLD = NEW | {"shown": "old"}
COMMITTED = {"committed": {"at once": True, "after 1 s": True}}
NOT_COMMITTED = {"committed": {"at once": False, "after 1 s": False}}


def family(evidence: Mapping[str, Any]) -> str:
    found = judge(evidence)
    assert isinstance(found, Verdict)
    return found.family


def name(each: Mapping[str, Any]) -> str:
    return f"{each['variant']} {each['layout']} {each['store']}"


@pytest.mark.parametrize("each", RECORDED, ids=name)
def test_no_variant_is_given_a_wrong_family(each: dict[str, Any]) -> None:
    assert family(each["seen"]) in {each["right"], each["also"], AGAIN, NOTHING}


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_each_variant_is_recognised_somewhere(variant: str) -> None:
    mine = [each for each in RECORDED if each["variant"] == variant]

    assert any(family(each["seen"]) == each["right"] for each in mine)


def test_nothing_is_found_in_the_right_application() -> None:
    right = [each for each in RECORDED if each["right"] == NOTHING]

    assert len(right) >= 14
    assert {family(each["seen"]) for each in right} == {NOTHING}


def test_every_family_is_recorded() -> None:
    assert {each["right"] for each in RECORDED} == MEANING.keys() - {AGAIN}


@pytest.mark.parametrize("each", RECORDED, ids=name)
def test_tree_asks_until_it_knows_enough_and_never_guesses(each: dict[str, Any]) -> None:
    """What was looked at is what it asked for, in this order; without the last it cannot tell."""
    seen, known = each["seen"], {}
    asked = []
    while isinstance(found := judge(known), Ask):
        asked.append(found.what)
        known[found.what] = seen[found.what]

    assert asked == [what for what in seen if what != "answer"]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (OLD | {"fresh": "", "connection": "ended"}, "kept"),
        (OLD | {"fresh": "", "connection": ""}, "kept"),
        (OLD | {"fresh": "old", "connection": "old"}, "elsewhere"),
        (OLD | {"fresh": "old", "connection": "ended"}, "elsewhere"),
        (OLD | {"connection": "old"}, "snapshot"),
        (OLD | {"connection": "old", "orm": "old"}, "snapshot"),
        (OLD | {"orm": "old"}, "identity"),
        (OLD, AGAIN),
        (OLD | {"connection": "ended", "orm": "old"}, AGAIN),
        (OLD | {"connection": "both"}, AGAIN),
        (OLD | {"fresh": "both"}, AGAIN),
        (OLD | {"connection": "old", "orm": None}, "snapshot"),
        (OLD | {"fresh": "", "connection": None, "orm": None}, "kept"),
        (OLD | {"fresh": "old", "connection": None, "orm": None}, "elsewhere"),
        (OLD | {"fresh": None, "connection": "new", "orm": "old"}, AGAIN),
    ],
)
def test_old_page_is_told_by_its_own_select(place: dict[str, str | None], expected: str) -> None:
    assert family(COMMITTED | {"pages": [{"row": place, "choice": NEW}]}) == expected


def test_pages_that_do_not_agree_are_not_decided() -> None:
    kept, held = OLD | {"fresh": "", "connection": ""}, OLD | {"connection": "old"}

    assert family(COMMITTED | {"pages": [{"row": kept, "choice": held}]}) == AGAIN


def test_place_that_is_surely_old_decides() -> None:
    held, may_be = OLD | {"connection": "old"}, OLD | {"shown": None, "orm": "old"}

    assert family(COMMITTED | {"pages": [{"row": may_be}, {"row": held}]}) == "snapshot"


@pytest.mark.parametrize(
    ("idle", "later", "expected"),
    [
        ([{"wrote": True}], False, "uncommitted"),
        ([{"wrote": False}], True, "uncommitted"),
        ([], True, "uncommitted"),
        ([{"wrote": False}], False, AGAIN),
        ([], False, "lost"),
        (None, True, "uncommitted"),
        ([{"wrote": None}, {"wrote": True}], None, "uncommitted"),
        ([], None, AGAIN),
        (None, False, AGAIN),
    ],
)
def test_what_is_not_committed_is_late_or_lost(
    idle: list[dict[str, bool | None]] | None, later: bool | None, expected: str
) -> None:
    assert family(NOT_COMMITTED | {"idle": idle, "later": later}) == expected


QUIET = COMMITTED | {
    "pages": [{"row": NEW}],
    "past": [{"row": NEW}],
    "browser": {"link": "new", "back": "new"},
    "busy": {"lost": 0},
    "walk": {"wrong": 0},
    "import": {"disagree": 0},
}


@pytest.mark.parametrize(
    ("what", "answer", "expected"),
    [
        ("pages", [{"row": OLD | {"connection": "old"}}], "snapshot"),
        ("past", [{"row": NEW}, {"row": OLD | {"fresh": "old"}}], "elsewhere"),
        ("browser", {"back": "old"}, "browser"),
        ("browser", {"link": None, "back": "old"}, "browser"),
        ("busy", {"lost": 1}, "lost"),
        ("walk", {"wrong": 0.25}, "order"),
        ("import", {"disagree": 3}, "query"),
    ],
)
def test_what_was_seen_decides(what: str, answer: Any, expected: str) -> None:
    assert family(QUIET) == NOTHING
    assert family(QUIET | {what: answer}) == expected


@pytest.mark.parametrize(
    ("unknown", "among"),
    [
        ({"committed": {"at once": None, "after 1 s": True}}, {"uncommitted"}),
        ({"pages": None}, {"kept", "elsewhere", "snapshot", "identity"}),
        ({"past": [{"row": OLD | {"shown": None, "connection": "old"}}]}, {"snapshot"}),
        ({"browser": None}, {"browser"}),
        ({"walk": None, "import": {"disagree": None}}, {"order", "query"}),
    ],
)
def test_what_could_not_be_looked_for_is_left(unknown: dict[str, Any], among: set[str]) -> None:
    assert judge(QUIET | unknown) == Verdict(AGAIN, frozenset({NOTHING, *among}))


def test_fault_that_was_seen_decides_whatever_else_is_unknown() -> None:
    unknown = dict.fromkeys(("pages", "past", "browser", "busy"))

    assert family(QUIET | unknown | {"walk": {"wrong": 1}}) == "order"


def test_both_ways_are_gone_where_it_is_unknown_whether_it_is_committed() -> None:
    unknown = QUIET | {"committed": None}

    assert judge(unknown) == Ask("idle")
    assert judge(unknown | {"idle": [], "later": False}) == Verdict(
        AGAIN, frozenset({"lost", "uncommitted", NOTHING})
    )
