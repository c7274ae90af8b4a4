"""The pytest plugin, in a pytest of the laboratory: its own tests are in inside/."""

import re
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from diagnosis.launch import KIT
from tests.kit.conftest import Lab

INSIDE = Path(__file__).parent / "inside"
FRESH = INSIDE / "check_fresh.py"
OPTIONS = ("-p", "session_policy.pytest_plugin", "-p", "no:cacheprovider", "-c", "/dev/null")


def pytest_of(lab: Lab, where: object, *options: object, fault: str = "") -> tuple[int, str]:
    lab("tests.kit.fill")
    command = ("pytest", "-q", "--confcutdir", INSIDE, *OPTIONS, *options, where)
    done = lab(*command, KIT_FAULT=fault, COLUMNS="300")
    return done.returncode, done.stdout + done.stderr


def test_wheel_brings_the_plugin(lab: Lab, tmp_path: Path) -> None:
    """As pip builds it."""
    copy = shutil.copytree(KIT, tmp_path / "kit")
    made = lab("flit_core.wheel", copy, "--outdir", tmp_path)
    assert made.returncode == 0, made.stderr
    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "installed")

    done = lab("pytest", "--fixtures", tmp_path, PYTHONPATH=str(tmp_path / "installed"))

    assert re.search(r"^fresh_client .*session_policy", done.stdout, re.MULTILINE), done.stdout


def failed(text: str) -> set[str]:
    return set(re.findall(r"^FAILED \S+::(.+?) - ", text, re.MULTILINE))


def test_each_part_by_itself(lab: Lab) -> None:
    status, text = pytest_of(lab, INSIDE, "-o", "python_files=check_*.py", "--ignore", FRESH)

    assert status == 0, text


@pytest.mark.slow
def test_right_application_passes_in_every_layout(lab: Lab) -> None:
    status, text = pytest_of(lab, FRESH)

    assert status == 0, text
    assert "8 passed" in text


def test_what_a_test_leaves_does_not_reach_the_next(lab: Lab) -> None:
    saves, shows = (
        f"{FRESH}::{name}[test client]" for name in ("test_form_saves", "test_page_shows_a_change")
    )
    status, text = pytest_of(lab, shows, saves, fault="uncommitted")

    assert status == 1, text
    assert failed(text) == {"test_form_saves[test client]"}
    assert "PolicyBroken: uncommitted: POST /loans/1 has ended" in text


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
    status, text = pytest_of(lab, FRESH, "-k", test, fault=fault)

    assert status == 1, text
    layouts = ("test client", "one worker", "several workers", "threads")
    assert failed(text) == {f"{test}[{layout}]" for layout in layouts}
