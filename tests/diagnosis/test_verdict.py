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
    ],
)
def test_old_page_is_told_by_its_own_select(place: dict[str, str], expected: str) -> None:
    assert family(COMMITTED | {"pages": [{"row": place, "choice": NEW}]}) == expected


def test_pages_that_do_not_agree_are_not_decided() -> None:
    kept, held = OLD | {"fresh": "", "connection": ""}, OLD | {"connection": "old"}

    assert family(COMMITTED | {"pages": [{"row": kept, "choice": held}]}) == AGAIN


@pytest.mark.parametrize(
    ("idle", "later", "expected"),
    [
        ([{"wrote": True}], False, "uncommitted"),
        ([{"wrote": False}], True, "uncommitted"),
        ([], True, "uncommitted"),
        ([{"wrote": False}], False, AGAIN),
        ([], False, "lost"),
    ],
)
def test_what_is_not_committed_is_late_or_lost(
    idle: list[dict[str, bool]], later: bool, expected: str
) -> None:
    assert family(NOT_COMMITTED | {"idle": idle, "later": later}) == expected
