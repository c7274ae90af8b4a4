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

NAME, KIND = "bench_imports", "etherscan"


def run(bench: Bench) -> None:
    bench.stop_servers()
    rows = bench.shape.large // 2
    with psycopg.connect(bench.place.conninfo, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
        try:
            conninfo = bench.place.database(NAME)
            in_environment(bench.place, conninfo, "manage.py", "migrate", "-v0")
            say(bench, rows, measured(bench, conninfo, rows))
        finally:
            connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def measured(bench: Bench, conninfo: str, rows: int) -> dict:
    command = [sys.executable, "-m", "bench.importing", str(bench.shape.large), str(rows), KIND]
    env = environment(bench.place, conninfo) | {"TXPROJECT_DATA": str(bench.place.folder.parent)}
    done = subprocess.run(
        command, env=env, cwd=BASE_DIR, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def say(bench: Bench, rows: int, found: dict) -> None:
    seconds = found["seconds"]
    rates = {name: Figures([[rows / spent]]) for name, spent in seconds.items()}
    for name in ("import", "again"):
        said = f"{KIND}: {name} / plain COPY of {rows:,} rows"
        line = Line("imports", said, "rows/s", rates[name], rates["plain COPY"])
        bench.results.add(line)
    memory = ", ".join(f"{name} {size} MB" for name, size in found["memory"].items())
    bench.results.say(f"peak memory: {memory}")
    for text in found["said"]:
        bench.results.say(text)
