"""The laboratory's interpreter with the kit, and a PostgreSQL of its own."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diagnosis.launch import KIT, REQUIREMENTS, libpq
from launcher.environments import installed
from tests.freshness.ours.server import Cluster
from txproject.environ import BASE_DIR, data_folder

collect_ignore = ["inside"]  # of the laboratory's environment
Lab = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="package")
def python() -> Path:
    return installed(data_folder() / "diagnosis", REQUIREMENTS)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Of its own: who writes in another database holds the snapshots of the whole server."""
    cluster = Cluster()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="module")
def environment(cluster: Cluster) -> dict[str, str]:
    path = os.pathsep.join(map(str, (KIT, BASE_DIR)))
    ours = {"PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": ""}
    return os.environ | libpq(cluster.conninfo) | ours


@pytest.fixture(scope="module")
def lab(python: Path, environment: dict[str, str]) -> Lab:
    """Runs a module there."""

    def run(*args: object, **more: str) -> subprocess.CompletedProcess[str]:
        command = [str(python), "-m", *map(str, args)]
        known = environment | more
        return subprocess.run(command, env=known, capture_output=True, text=True, check=False)

    return run
