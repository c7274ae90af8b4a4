"""The laboratory itself: a quick run, the kit, and the checker at the Flask application."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnosis.launch import REQUIREMENTS
from launcher.environments import installed
from tests.diagnosis.check import EXPECTED_RULES, detected, passes
from tests.diagnosis.databases import OnPostgreSQL
from tests.diagnosis.driver import LABORATORY, FlaskPlace
from txproject.environ import BASE_DIR, data_folder

pytestmark = pytest.mark.slow
FAMILIES = {
    "right": "nothing",
    "second_registry": "uncommitted",
    "page_session": "identity",
    "held_snapshot": "snapshot",
    "cache_cleared_elsewhere": "kept",
}
REPORTED = {
    "second_registry": "uncommitted",
    "never_committed": "lost",
    "page_session": "identity",
    "held_snapshot": "snapshot",
    "lru_cache": "kept",
    "choices_at_import": "kept",
    "count_then_rows": "query",
    "no_tie_breaker": "order",
    "max_age": "browser",
}


def diagnose(*args: object) -> str:
    command = [sys.executable, "-P", "-m", "launcher", "diagnose", *map(str, args)]
    environment = {**os.environ, "PYTHONPATH": str(BASE_DIR)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


def test_quick_run_shows_the_right_application_current_and_each_variant_old(tmp_path: Path) -> None:
    """Old a second after the change, with either attempt too, and right after another function;
    and the tree names the family. One test, as the run is long."""
    file = tmp_path / "results.json"

    diagnose("--quick", "--json", file)

    found = json.loads(file.read_text())
    ages: dict[str, set[tuple[float, float]]] = {name: set() for name in FAMILIES}
    for each in found["results"]:
        ages[each["variant"]].add((each["after 1 s"], each["after 12 calls"]))
    assert ages == {name: {(0.0 if name == "right" else 1.0, 0.0)} for name in FAMILIES}
    assert len(found["results"]) == 3 * len(FAMILIES)
    assert {each["variant"]: each["verdict"] for each in found["judged"]} == FAMILIES


def test_kit_names_the_fault_and_acquits_the_right_application() -> None:
    lines = diagnose("--assertions", "--only", "right", *REPORTED).splitlines()[2:]
    found = dict(line[2:-2].split(" | ") for line in lines)

    assert {name: text.partition(":")[0] for name, text in found.items()} == REPORTED | {
        "right": ""
    }


@pytest.mark.parametrize("name", ["diagnosis.md", "diagnosis.ru.md"])
def test_commands_of_the_first_screen_say_what_stands_there(tmp_path: Path, name: str) -> None:
    page = tmp_path / name
    page.write_text((BASE_DIR / "docs" / name).read_text())
    diagnose("--first-screen", page)

    assert page.read_text() == (BASE_DIR / "docs" / name).read_text()


@pytest.fixture(scope="module")
def place() -> Iterator[FlaskPlace]:
    python = installed(data_folder() / "diagnosis", REQUIREMENTS)
    place = FlaskPlace(python, OnPostgreSQL(), LABORATORY)
    yield place
    place.remove()


def test_checker_finds_no_violation_of_the_right_application(place: FlaskPlace) -> None:
    report = passes(place, seconds=8)

    assert report.violations == [], "\n".join(report.lines())
    assert len(report.history.pages) > 50
    assert report.faults


@pytest.mark.parametrize("variant", ["second_registry", "cache_cleared_elsewhere"])
def test_checker_detects_a_broken_variant(place: FlaskPlace, variant: str) -> None:
    report = detected(place, variant)

    assert {wrong.rule for wrong in report.violations} & EXPECTED_RULES[variant]
