"""./dev diagnose: a virtual environment and a database of its own, then diagnosis.lab."""

import os
import subprocess
import sys
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from diagnosis.by_hand import by_hand
from launcher.environments import installed
from launcher.programs import wheel_package, wheel_programs
from launcher.server import PrivateServer
from txproject.environ import BASE_DIR, data_folder, env_secret

BY_HAND, HELP = ("--judge", "--by-hand"), ("--help", "-h")
KIT = BASE_DIR / "diagnosis" / "kit"
REQUIREMENTS = BASE_DIR / "diagnosis" / "requirements.txt"


def private_server() -> PrivateServer:
    """Not the product's own: a standby of this one is small."""
    return PrivateServer(data_folder() / "diagnosis")


def diagnose(args: list[str]) -> int:
    if args and args[0] in BY_HAND:
        return by_hand(args)
    python = installed(data_folder() / "diagnosis", REQUIREMENTS)
    if "--check" in args:
        rest = [each for each in args if each != "--check"]
        check = [sys.executable, "-m", "tests.diagnosis.check", str(python), *rest]
        return subprocess.run(check, check=False).returncode
    if any(each in HELP for each in args):
        return in_laboratory(python, args)
    conninfo = env_secret("DATABASE_URL", "")
    if not conninfo:
        os.environ["DIAGNOSIS_PRODUCT"] = sys.executable
        server = private_server()
        server.join()
        conninfo = server.conninfo()
    return in_laboratory(python, args, **programs(), **libpq(conninfo))


def programs() -> dict[str, str]:
    """Those of the wheel: there may be no psql on PATH."""
    folders = [str(folder) for folder in wheel_programs(wheel_package())]
    return {"PATH": os.pathsep.join([os.environ["PATH"], *folders])}


def libpq(conninfo: str) -> dict[str, str]:
    """Its own variables: an address on the command line is seen by all."""
    parts = {f"PG{key.upper()}": str(value) for key, value in conninfo_to_dict(conninfo).items()}
    parts["PGDATABASE"] = parts.pop("PGDBNAME")
    return parts


def in_laboratory(python: Path, args: list[str], **variables: str) -> int:
    path = os.pathsep.join(map(str, (BASE_DIR, KIT)))
    environment = {**os.environ, **variables, "PYTHONPATH": path}
    command = [str(python), "-m", "diagnosis.lab", *args]
    return subprocess.run(command, env=environment, check=False).returncode
