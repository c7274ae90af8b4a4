"""Data folders that are copies of one: its PostgreSQL is made, migrated and filled once in a run
of the tests (pytest_configure says where, and throws it away). Elsewhere each is made anew."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from launcher.locks import locked

FOLDER = "TXPROJECT_TEMPLATES"


def temporary_folder(prefix: str) -> Path:
    """Another user's PostgreSQL can pass through it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp")).resolve()
    folder.chmod(0o711)
    return folder


def begin(data: Path, make: Callable[[Path], None]) -> None:
    """`make` leaves a data folder in which nothing runs."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return make(data)
    template = Path(folder, make.__name__)
    with locked(template.with_suffix(".lock")):
        if not template.exists():
            half = template.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            make(half)
            half.rename(template)
    # With its owners: root cannot run PostgreSQL.
    subprocess.run(["cp", "-a", template, data], check=True)
