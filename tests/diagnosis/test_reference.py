"""The page to copy: its own tests, and the checker at it, on PostgreSQL and on MariaDB."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnosis.launch import KIT, REQUIREMENTS
from launcher.environments import installed
from tests.diagnosis.check import passes
from tests.diagnosis.databases import OnMariaDB, OnPostgreSQL
from tests.diagnosis.driver import COPY, REFERENCE, FlaskPlace
from txproject.environ import data_folder

pytestmark = pytest.mark.slow

# What the code that stands instead of a protection may use.
PRELUDE = """from functools import wraps
from flask import request
from sqlalchemy.orm import Session
annotations = Session()
answers = {}

def cached(view):
    @wraps(view)
    def answer():
        if request.full_path not in answers:
            answers[request.full_path] = view()
        return answers[request.full_path]
    return answer

"""
PLUGINS = ("-p", "no:cacheprovider", "-p", "session_policy.pytest_plugin")
IN_PROCESS = ("-k", "not worker and not threads")
LONGEST = 250  # lines
LABEL = """    with writing():
        db.get_or_404(Transaction, key).label = request.form["label"]"""
SECOND_REGISTRY = """    annotations.bind = db.engine
    annotations.get(Transaction, key).label = request.form["label"]
    annotations.flush()"""
# What each protection is replaced by, and the family that convicts it.
TAKEN_OUT = {
    "the commit": (
        "policy.py",
        "    with db.session.begin():\n        yield db.session",
        "    yield db.session\n    db.session.flush()",
        "lost: ",
    ),
    "the one registry": (
        "views.py",
        LABEL,
        SECOND_REGISTRY,
        "uncommitted: ",
    ),
    "the end of what a write has read before": (
        "policy.py",
        "    db.session.rollback()\n    with db",
        "    with db",
        "InvalidRequestError",
    ),
    "the snapshot": ("policy.py", "(execution_options=SNAPSHOT)", "()", "query: "),
    "the end of what a page has read before": (
        "policy.py",
        "    db.session.rollback()  #",
        "    #",
        "query: ",
    ),
    "the end of the snapshot": (
        "policy.py",
        "    finally:\n        db.session.rollback()",
        "    finally:\n        pass",
        "snapshot: ",
    ),
    "the session of the request": (
        "policy.py",
        "        yield db.session\n    finally",
        "        annotations.bind = db.engine\n        yield annotations\n    finally",
        "identity: ",
    ),
    "rendering in the snapshot": (
        "views.py",
        "        return render_template",
        "        page = read_page(session, wanted, after)\n    return render_template",
        "query: ",
    ),
    "asking again": ("views.py", '@pages.get("/")', '@pages.get("/")\n@cached', "kept: "),
    "the total order": (
        "queries.py",
        "order_by(*(column.desc() for column in ORDER))",
        "order_by(Transaction.occurred_at.desc())",
        "order: ",
    ),
    "no-store": ("views.py", '"no-store"', '"private"', "browser: "),
}


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


def own_tests(place: FlaskPlace, folder: Path, *only: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(folder), str(KIT)))
    return subprocess.run(
        [place.python, "-m", "pytest", "-q", "-x", *PLUGINS, *only],
        cwd=folder,
        env=place.environment() | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_reference_passes_its_own_tests(place: FlaskPlace) -> None:
    """On MariaDB in the test's own process only."""
    only = IN_PROCESS if isinstance(place.database, OnMariaDB) else ()

    done = own_tests(place, REFERENCE, *only)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_checker_finds_no_violation_of_the_reference(place: FlaskPlace) -> None:
    report = passes(place, seconds=8)

    assert report.violations == [], "\n".join(report.lines())
    assert len(report.history.pages) > 30
    assert report.faults


@pytest.fixture(scope="module")
def database() -> Iterator[OnPostgreSQL]:
    database = OnPostgreSQL()
    yield database
    database.remove()


@pytest.mark.slow
@pytest.mark.parametrize("name", TAKEN_OUT)
def test_protection_that_is_taken_out_is_convicted(
    tmp_path: Path, python: Path, database: OnPostgreSQL, name: str
) -> None:
    file, protection, instead, convicted = TAKEN_OUT[name]
    copy = shutil.copytree(REFERENCE, tmp_path / "reference")
    text = (copy / "page" / file).read_text()
    assert text.count(protection) == 1
    (copy / "page" / file).write_text(PRELUDE + text.replace(protection, instead))

    done = own_tests(FlaskPlace(python, database, COPY), copy, *IN_PROCESS)

    assert done.returncode == 1
    assert convicted in done.stdout
