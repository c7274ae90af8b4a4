"""./dev diagnose: a virtual environment and a database of its own, then diagnosis.lab."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from launcher.environments import installed
from launcher.server import PrivateServer
from txproject.environ import BASE_DIR, data_folder, env_secret

ONLY_SAY = ("--judge", "--by-hand", "--help", "-h")
KIT = BASE_DIR / "diagnosis" / "kit"
REQUIREMENTS = BASE_DIR / "diagnosis" / "requirements.txt"


def private_server() -> PrivateServer:
    """Not the product's own: a standby of this one is small."""
    return PrivateServer(data_folder() / "diagnosis")


def diagnose(args: list[str]) -> int:
    python = installed(data_folder() / "diagnosis", REQUIREMENTS)
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
    path = os.pathsep.join(map(str, (BASE_DIR, KIT)))
    environment = {**os.environ, **variables, "PYTHONPATH": path}
    command = [str(python), "-m", "diagnosis.lab", *args]
    return subprocess.run(command, env=environment, check=False).returncode
