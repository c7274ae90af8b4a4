"""Virtual environments for what the product itself does not need, made where they are missing."""

import sys
import tempfile
from pathlib import Path

from launcher.accounts import LauncherError
from launcher.bootstrap import find_uv, fingerprint, run
from launcher.folders import make_data_folder
from launcher.locks import locked
from txproject.language import gettext as _


def installed(place: Path, requirements: Path) -> Path:
    """The interpreter of the environment in that folder, which has these requirements."""
    make_data_folder(place)
    with locked(place / "installing"):  # two at once: the second one finds it
        return install(place / "venv" / "bin" / "python", place / "installed", requirements)


def install(python: Path, stamp: Path, requirements: Path) -> Path:
    wanted = fingerprint(requirements)
    if stamp.exists() and stamp.read_text() == wanted and run([python, "-c", ""]):
        return python
    with tempfile.TemporaryDirectory() as folder:
        uv = find_uv(Path(folder))
        venv: list[object] = [uv, "venv", "-q", "--clear", "--python", sys.executable]
        pip: list[object] = [uv, "pip", "install", "-q", "--require-hashes", "--python", python]
        if not (uv and run([*venv, python.parent.parent]) and run([*pip, "-r", requirements])):
            raise LauncherError(
                _("The packages of %s cannot be installed.") % requirements.parent.name
            )
    stamp.write_text(wanted)
    return python
