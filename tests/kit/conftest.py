"""The laboratory's interpreter with the kit, and a database of its own."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from diagnosis.launch import KIT, REQUIREMENTS
from launcher.environments import installed
from txproject.environ import BASE_DIR, data_folder

collect_ignore = ["inside"]  # of the laboratory's environment
Lab = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="package")
def python() -> Path:
    return installed(data_folder() / "diagnosis", REQUIREMENTS)


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, str]]:
    """As libpq's variables."""
    known = connection.get_connection_params()
    where = {
        name: str(known[name]) for name in ("host", "port", "user", "password") if name in known
    }
    name = f"kit_{os.getpid()}"
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield {f"PG{key.upper()}": value for key, value in where.items()} | {"PGDATABASE": name}
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        server.execute(drop.format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def environment(database: dict[str, str]) -> dict[str, str]:
    path = os.pathsep.join(map(str, (KIT, BASE_DIR)))
    ours = {"PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": ""}
    return os.environ | database | ours


@pytest.fixture(scope="module")
def lab(python: Path, environment: dict[str, str]) -> Lab:
    """Runs a module there."""

    def run(*args: object, **more: str) -> subprocess.CompletedProcess[str]:
        command = [str(python), "-m", *map(str, args)]
        known = environment | more
        return subprocess.run(command, env=known, capture_output=True, text=True, check=False)

    return run
