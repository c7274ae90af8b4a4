"""The pytest plugin, in a pytest of the laboratory: its own tests are in inside/."""

import re
from pathlib import Path

import pytest

from tests.kit.conftest import Lab

INSIDE = Path(__file__).parent / "inside"
OPTIONS = ("-p", "session_policy.pytest_plugin", "-p", "no:cacheprovider", "-c", "/dev/null")


def pytest_of(lab: Lab, module: str, *options: str, fault: str = "") -> tuple[int, str]:
    lab("tests.kit.fill")
    command = ("pytest", "-q", "--confcutdir", INSIDE, *OPTIONS, *options, INSIDE / module)
    done = lab(*command, KIT_FAULT=fault, COLUMNS="300")
    return done.returncode, done.stdout + done.stderr


def failed(text: str) -> set[str]:
    return set(re.findall(r"^FAILED \S+::(.+?) - ", text, re.MULTILINE))


@pytest.mark.parametrize("module", ["check_rules.py", "check_places.py", "check_probe.py"])
def test_rules(lab: Lab, module: str) -> None:
    status, text = pytest_of(lab, module)

    assert status == 0, text


def test_right_application_passes_in_every_layout(lab: Lab) -> None:
    status, text = pytest_of(lab, "check_fresh.py")

    assert status == 0, text
    assert "8 passed" in text


@pytest.mark.parametrize(
    ("fault", "test"),
    [
        ("kept", "test_page_shows_a_change"),
        ("snapshot", "test_page_shows_a_change"),
        ("lost", "test_form_saves"),
    ],
)
@pytest.mark.slow
def test_fault_fails_in_every_layout(lab: Lab, fault: str, test: str) -> None:
    status, text = pytest_of(lab, "check_fresh.py", "-k", test, fault=fault)

    assert status == 1, text
    layouts = ("test client", "one worker", "several workers", "threads")
    assert failed(text) == {f"{test}[{layout}]" for layout in layouts}
