"""The page to copy: its own tests, and the checker at it, on PostgreSQL and on MariaDB."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnosis.launch import REQUIREMENTS
from launcher.environments import installed
from tests.diagnosis.check import passes
from tests.diagnosis.databases import OnMariaDB, OnPostgreSQL
from tests.diagnosis.driver import COPY, REFERENCE, FlaskPlace
from txproject.environ import data_folder

LONGEST = 250  # lines


def test_reference_is_short() -> None:
    files = [path for path in (REFERENCE / "page").rglob("*") if path.suffix in (".py", ".html")]

    assert sum(len(path.read_text().splitlines()) for path in files) <= LONGEST


@pytest.fixture(scope="module")
def python() -> Path:
    return installed(data_folder() / "diagnosis", REQUIREMENTS)


@pytest.fixture(
    params=[
        OnPostgreSQL,
        pytest.param(
            OnMariaDB,
            marks=pytest.mark.skipif(not shutil.which("mariadbd"), reason="no MariaDB here"),
        ),
    ]
)
def place(python: Path, request: pytest.FixtureRequest) -> Iterator[FlaskPlace]:
    place = FlaskPlace(python, request.param(), COPY)
    yield place
    place.remove()


@pytest.mark.slow
def test_reference_passes_its_own_tests(place: FlaskPlace) -> None:
    done = subprocess.run(
        [place.python, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=REFERENCE,
        env=place.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_checker_finds_no_violation_of_the_reference(place: FlaskPlace) -> None:
    report = passes(place, seconds=8)

    assert report.violations == [], "\n".join(report.lines())
    assert len(report.history.pages) > 30
    assert report.faults
