"""docs/add-a-format.md, followed to the letter in a copy of the project."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "add-a-format.md"
FILE = re.compile(r"^`([\w/.]+)`:\n\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "static", "browser", "diagnosis", "bench")
TESTS = (
    "tests/formats/test_nordbit.py",
    "tests/formats/test_every_format.py",
    "tests/formats/test_catalogue.py::test_document_is_what_the_readers_say",
)


def run(place: Path, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, *args], cwd=place, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_format_of_the_document_works_as_it_stands_there(tmp_path: Path) -> None:
    place = tmp_path / "project"
    shutil.copytree(ROOT, place, ignore=NOT_COPIED)
    files = dict(FILE.findall(DOCUMENT.read_text()))
    for path, content in files.items():
        assert not (place / path).exists()
        (place / path).write_text(content)

    listed = run(place, "manage.py", "list_formats")
    (place / "docs" / "formats.md").write_text(listed)

    assert len(files) == 3
    assert "## Nordbit\n" in listed
    assert " passed" in run(place, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
    for command in (["check"], ["format", "--check"]):
        run(place, "-m", "ruff", *command, *(path for path in files if path.endswith(".py")))
