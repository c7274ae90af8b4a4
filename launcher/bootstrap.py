"""Makes .venv with the pinned requirements and goes on in it. Called by ./dev.

Standard library only, and it has to run on Python 3.8 too: there it fetches a newer one first.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from txproject.language import gettext as _  # noqa: E402

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# What is installed: the hash of the file of requirements.
STAMP = VENV / "installed"
FETCHED_PYTHON = "3.13"
DEBIAN_WHEELS = "usr/share/python-wheels/pip-*.whl"
PIP = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_ROOT_USER_ACTION": "ignore",
    "PIP_USER": "0",
}


def main() -> None:
    if sys.version_info < (3, 12):
        python = newer_python()
        os.execv(python, [python, __file__, *sys.argv[1:]])
    wanted = ["requirements-dev.txt"]
    if sys.argv[1:2] != ["test"]:
        wanted.insert(0, "requirements.txt")
    # Two at once: the second one waits and then finds everything there.
    descriptor = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    if not ((Path(sys.prefix) == VENV or works(PYTHON)) and is_installed(wanted)):
        install(ROOT / wanted[0])
    os.close(descriptor)
    os.environ["PYTHONPATH"] = str(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-P", "-m", "launcher", *sys.argv[1:]])


def works(python: Path) -> bool:
    """A virtual environment dies with the interpreter that made it."""
    return python.exists() and run([python, "-c", ""])


def run(command: list[object], loud: bool = False, env: dict[str, str] | None = None) -> bool:
    """Whether it went well."""
    output = sys.stderr if loud else subprocess.DEVNULL
    args = [str(part) for part in command]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(args, env=environment, stdout=output, stderr=output, check=False)
    return done.returncode == 0


def fingerprint(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def is_installed(wanted: list[str]) -> bool:
    """Those for development contain the others."""
    return STAMP.exists() and STAMP.read_text() in [fingerprint(ROOT / name) for name in wanted]


def say(text: str) -> None:
    """Not to standard output, which is that of the command: ./dev manage list_formats > a file."""
    print(text, file=sys.stderr, flush=True)


def install(requirements: Path) -> None:
    names = {"file": requirements.name, "version": sys.version.split()[0]}
    say(_("Installing %(file)s with Python %(version)s") % names)
    # ensurepip is a package of its own on Debian, so without pip.
    venv = [sys.executable, "-m", "venv", "--clear", "--without-pip", VENV]
    if not works(PYTHON) and not run(venv, loud=True):
        sys.exit(_("%s could not be made.") % VENV)
    with tempfile.TemporaryDirectory() as folder:
        if not (with_uv(requirements, Path(folder)) or with_pip(requirements, Path(folder))):
            sys.exit(_("%s could not be installed.") % requirements.name)
    STAMP.write_text(fingerprint(requirements))


def with_uv(requirements: Path, folder: Path) -> bool:
    uv = find_uv(folder)
    if not uv:
        return False
    command = [uv, "pip", "install", "-q", "--python", PYTHON, "--compile-bytecode"]
    command += ["--require-hashes", "-r"]
    # uv brings its own certificates; behind some proxies only the system's will do.
    certificates: list[list[object]] = [[], ["--system-certs"]]
    return any(run([*command, requirements, *option]) for option in certificates)


def with_pip(requirements: Path, folder: Path) -> bool:
    command = [PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", requirements]
    wheel = find_pip(folder)
    return wheel is not None and run(command, loud=True, env=from_wheel(wheel))


def find_uv(folder: Path) -> str | None:
    """The one that is there, else fetched by pip."""
    there = shutil.which("uv")
    if there and run([there, "--version"]):
        return there
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", folder / "uv"]
    pins = ["--require-hashes", "--only-binary=:all:", "-r", ROOT / "requirements-uv.txt"]
    wheel = find_pip(folder)
    if not wheel or not run([*pip, *pins], env=from_wheel(wheel)):
        return None
    return str(folder / "uv" / "bin" / "uv")


def from_wheel(pip: Path) -> dict[str, str]:
    return {**PIP, "PYTHONPATH": str(pip)}


def find_pip(folder: Path) -> Path | None:
    """A wheel of pip: ensurepip's, or what Debian packs it into."""
    spec = find_spec("ensurepip")
    bundled = Path(str(spec.origin)).parent / "_bundled" if spec else folder
    for found in (*bundled.glob("pip-*.whl"), *Path("/").glob(DEBIAN_WHEELS)):
        return found
    if shutil.which("apt-get"):
        unpack_debian_pip(folder)
    return next(folder.glob(DEBIAN_WHEELS), None)


def unpack_debian_pip(folder: Path) -> None:
    """Needs no root: with folders of its own apt-get works for everybody."""
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    own = ["-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={folder}"]
    fetch = 'cd "$1" && shift && apt-get "$@" update && apt-get "$@" download python3-pip-whl'
    unpack = 'dpkg-deb -x "$1"/python3-pip-whl_*.deb "$1"'
    if run(["sh", "-c", fetch, "sh", folder, "-qq", *own]):
        run(["sh", "-c", unpack, "sh", folder])


def newer_python() -> str:
    names = {"found": sys.version.split()[0], "wanted": FETCHED_PYTHON}
    say(_("Python here is %(found)s, getting %(wanted)s") % names)
    with tempfile.TemporaryDirectory() as folder:
        uv = find_uv(Path(folder))
        if not uv or not run([uv, "python", "install", FETCHED_PYTHON], loud=True):
            sys.exit(_("It could not be had: install Python 3.12 or newer."))
        find = [uv, "python", "find", "--managed-python", FETCHED_PYTHON]
        return subprocess.run(find, stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
