"""./dev diagnose: a virtual environment and a database of its own, then diagnosis.lab."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from launcher.accounts import LauncherError
from launcher.bootstrap import find_uv, fingerprint, run
from launcher.folders import make_data_folder
from launcher.locks import locked
from launcher.server import PrivateServer
from txproject.environ import BASE_DIR, data_folder, env_secret

ONLY_SAY = ("--judge", "--by-hand", "--help", "-h")
REQUIREMENTS = BASE_DIR / "diagnosis" / "requirements.txt"


def private_server() -> PrivateServer:
    """Not the product's own: a standby of this one is small."""
    return PrivateServer(data_folder() / "diagnosis")


def diagnose(args: list[str]) -> int:
    python = installed(data_folder() / "diagnosis")
    if "--check" in args:
        rest = [each for each in args if each != "--check"]
        check = [sys.executable, "-m", "tests.diagnosis.check", str(python), *rest]
        return subprocess.run(check, check=False).returncode
    if any(each.startswith(ONLY_SAY) for each in args):
        return in_laboratory(python, args)
    conninfo = env_secret("DATABASE_URL", "")
    if not conninfo:
        os.environ["DIAGNOSIS_PRODUCT"] = sys.executable
        server = private_server()
        server.join()
        conninfo = server.conninfo()
    name = f"diagnosis_{os.getpid()}"
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            return measure(python, make_conninfo(conninfo, dbname=name), args)
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(drop)


def measure(python: Path, conninfo: str, args: list[str]) -> int:
    """libpq's own variables: an address on the command line is seen by all."""
    parts = {f"PG{key.upper()}": str(value) for key, value in conninfo_to_dict(conninfo).items()}
    parts["PGDATABASE"] = parts.pop("PGDBNAME")
    return in_laboratory(python, args, **parts)


def in_laboratory(python: Path, args: list[str], **variables: str) -> int:
    environment = {**os.environ, **variables, "PYTHONPATH": str(BASE_DIR)}
    command = [str(python), "-m", "diagnosis.lab", *args]
    return subprocess.run(command, env=environment, check=False).returncode


def installed(place: Path) -> Path:
    """The interpreter of the laboratory's virtual environment, made where it is missing."""
    make_data_folder(place)
    with locked(place / "installing"):  # two at once: the second one finds it
        return install(place / "venv" / "bin" / "python", place / "installed")


def install(python: Path, stamp: Path) -> Path:
    wanted = fingerprint(REQUIREMENTS)
    if stamp.exists() and stamp.read_text() == wanted and run([python, "-c", ""]):
        return python
    with tempfile.TemporaryDirectory() as folder:
        uv = find_uv(Path(folder))
        venv: list[object] = [uv, "venv", "-q", "--clear", "--python", sys.executable]
        pip: list[object] = [uv, "pip", "install", "-q", "--require-hashes", "--python", python]
        if not (uv and run([*venv, python.parent.parent]) and run([*pip, "-r", REQUIREMENTS])):
            raise LauncherError("The packages of the diagnosis could not be installed.")
    stamp.write_text(wanted)
    return python
