"""In the test's own process, and served by one worker, by several and with threads."""

from typing import Any

LABEL = "UPDATE transaction SET label = :new WHERE id = 57"
NAME = "UPDATE contact SET name = :new WHERE address = 'a'"


def test_pages_show_what_others_have_committed(fresh: Any, fresh_client: Any) -> None:
    fresh(fresh_client).page("/?wallet=B").shows(LABEL)


def test_pages_show_what_was_saved(fresh: Any, fresh_client: Any) -> None:
    page = fresh(fresh_client).page("/")

    page.saves(LABEL, to="/label/57", field="label")
    page.saves(NAME, to="/contact", field="name")
