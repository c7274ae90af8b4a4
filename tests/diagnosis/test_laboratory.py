"""The laboratory itself: a quick run, the assertions, and the checker at the Flask application."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnosis.launch import installed
from tests.diagnosis.check import GUILTY, acquitted, convicted
from tests.diagnosis.driver import FlaskPlace
from txproject.environ import BASE_DIR, data_folder

WHEN = ("at once", "after 1 s", "after 1 call", "after 12 calls")
FAMILIES = {
    "right": "nothing",
    "second_registry": "uncommitted",
    "page_session": "identity",
    "held_snapshot": "snapshot",
    "cache_cleared_elsewhere": "kept",
}
NOTHING_COMMITTED = "a change was acknowledged and nothing committed before the answer"
FOUND = {
    "never_committed": NOTHING_COMMITTED,
    "held_snapshot": "a session is still in a transaction",
    "page_session": "a row outlived its request",
    "lru_cache": "a page asked the database for less than it did the first time",
    "choices_at_import": "the database was asked outside of any request",
    "count_then_rows": "a page was read in several statements of different moments",
    "no_tie_breaker": "a page is cut from an order that is not total",
    "max_age": "a page may be kept by the browser",
}


def diagnose(*args: object) -> str:
    command = [sys.executable, "-P", "-m", "txproject.local", "diagnose", *map(str, args)]
    environment = {**os.environ, "PYTHONPATH": str(BASE_DIR)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("diagnosis") / "results.json"
    diagnose("--quick", "--json", file)
    return json.loads(file.read_text())


def test_right_application_shows_no_old_page(quick: dict[str, Any]) -> None:
    right = [each for each in quick["results"] if each["variant"] == "right"]

    assert [each["head"] for each in right] == ["", "remove", "expire_all"]
    assert [each[when] for each in right for when in WHEN] == [0.0] * 12


@pytest.mark.parametrize("variant", [name for name in FAMILIES if name != "right"])
def test_variant_matches_all_that_was_seen(quick: dict[str, Any], variant: str) -> None:
    """Old a second after the change, with either attempt too; right after another function."""
    found = [each for each in quick["results"] if each["variant"] == variant]

    assert [(each["after 1 s"], each["after 12 calls"]) for each in found] == [(1.0, 0.0)] * 3


def test_tree_names_the_family_of_a_running_variant(quick: dict[str, Any]) -> None:
    assert {each["variant"]: each["verdict"] for each in quick["judged"]} == FAMILIES


def test_assertions_find_the_fault_and_pass_the_right_application() -> None:
    lines = diagnose("--assertions", "--only", "right", *FOUND).splitlines()[2:]
    found = dict(map(str.strip, line.strip("|").split("|")) for line in lines)

    assert found["right"] == ""
    assert {name for name, fault in FOUND.items() if fault not in found[name].split("; ")} == set()


def test_what_was_seen_on_ones_own_application_is_judged(tmp_path: Path) -> None:
    file = tmp_path / "seen.json"
    file.write_text(json.dumps({"committed": {"at once": False, "after 1 s": False}}))
    next_step = diagnose("--judge", file)
    file.write_text(
        json.dumps({"committed": {"at once": False, "after 1 s": False}, "idle": [{"wrote": True}]})
    )

    assert "pg_stat_activity" in next_step
    assert diagnose("--judge", file).startswith("uncommitted: ")


@pytest.fixture(scope="module")
def place() -> Iterator[FlaskPlace]:
    place = FlaskPlace(installed(data_folder() / "diagnosis"))
    yield place
    place.remove()


def test_right_application_is_acquitted_by_the_checker(place: FlaskPlace) -> None:
    report = acquitted(place, seconds=10)

    assert report.violations == [], list(report.lines())
    assert len(report.history.pages) > 50
    assert report.faults


def test_broken_variant_is_convicted_by_the_checker(place: FlaskPlace) -> None:
    report = convicted(place, "second_registry")

    assert {wrong.rule for wrong in report.violations} & GUILTY["second_registry"]
