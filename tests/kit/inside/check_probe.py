"""What the transactions that a page leaves open say of it."""

import pytest
from session_policy.probe import Seen, is_snapshot
from session_policy.servers import Idle
from session_policy.site import Answer
from session_policy.verdict import judge


def at(moment):
    return [Idle(7, wrote=False, moment=moment, last="SELECT", begun="")]


@pytest.mark.parametrize(
    ("before", "after", "fresh", "answer"),
    [
        ("100", "100", "102", True),
        ("100", "102", "102", False),
        ("100", "103", "102", False),
        ("", "", "102", False),
        ("100", "100", "100", None),  # somebody has written, and holds every snapshot
    ],
)
def test_snapshot_is_one_that_is_older_than_a_fresh_one(before, after, fresh, answer):
    assert is_snapshot(at(after), at(before), fresh) is answer


@pytest.mark.parametrize(
    ("answer", "families"),
    [(True, ("snapshot",)), (False, ("identity",)), (None, ("identity", "snapshot"))],
)
def test_families_that_fit_are_named(answer, families):
    seen = Seen(at_once=True, old=24, sessions=at("100"), is_snapshot=answer)

    assert judge(seen).families == families


@pytest.mark.parametrize(
    ("later", "others", "said"),
    [(True, False, True), (True, True, False), (False, False, False)],
)
def test_other_function_that_makes_the_page_right_is_named(later, others, said):
    seen = Seen(old=24, old_later=later, old_after_others=others, asks=True)

    assert ("until the other function was called" in judge(seen).because) is said


@pytest.mark.parametrize(
    ("mark", "said"),
    [("Book 2", False), ("Book 21", True), ("21", True), ("1", False), ("Ann & Co", True)],
)
def test_mark_of_a_row_is_no_part_of_a_longer_one(mark, said):
    page = Answer(200, "text/html", b'<a href="/loans/21">Book 21</a> Ann &amp; Co')

    assert page.says(mark) is said
