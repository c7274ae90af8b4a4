"""A file into a large ledger, the same file again, and a plain COPY of the rows that it made, in a
database that is dropped afterwards."""

import json
import subprocess
import sys

import psycopg

from bench.database import environment, in_environment
from bench.results import Figures, Line
from bench.running import Bench
from txproject.environ import BASE_DIR

NAME, KINDS = "bench_imports", ("etherscan", "koinly")
# The rate of each, beside another's, and what it is held to.
RATIOS = (
    ("import", "plain COPY", 0.5),
    ("import", "COPY without foreign keys and triggers", None),
    ("again", "import", 3),
    ("again with a line more", "import", None),
)


def run(bench: Bench) -> None:
    bench.stop_servers()
    for kind in KINDS:
        with psycopg.connect(bench.place.conninfo, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {NAME}")
            try:
                conninfo = bench.place.database(NAME)
                in_environment(bench.place, conninfo, "manage.py", "migrate", "-v0")
                say(bench, kind, measured(bench, conninfo, kind))
            finally:
                connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def measured(bench: Bench, conninfo: str, kind: str) -> dict:
    rows = str(bench.shape.large)
    command = [sys.executable, "-m", "bench.importing", rows, rows, kind]
    env = environment(bench.place, conninfo) | {"TXPROJECT_DATA": str(bench.place.folder.parent)}
    done = subprocess.run(
        command, env=env, cwd=BASE_DIR, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def say(bench: Bench, kind: str, found: dict) -> None:
    rows = bench.shape.large
    rates = {name: Figures([[rows / spent]]) for name, spent in found["seconds"].items()}
    for ours, other, limit in RATIOS:
        said = f"{kind}: {ours} / {other} of {rows:,} rows"
        bench.results.add(
            Line("imports", said, "rows/s", rates[ours], rates[other], limit, more_is_better=True)
        )
    memory = ", ".join(f"{name} {size} MB" for name, size in found["memory"].items())
    bench.results.say(f"{kind}: peak memory: {memory}")
    for text in found["said"]:
        bench.results.say(f"{kind}: {text}")
