"""The database of the measurements: made once, in the PostgreSQL that the site has."""

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_urlsafe

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bench.filling import CONTENT
from bench.shape import Shape
from launcher.folders import make_data_folder
from launcher.server import PrivateServer
from txproject.environ import BASE_DIR, data_folder, env_secret, private_file


@dataclass(frozen=True)
class Place:
    """Where PostgreSQL is, and the folder for all that is measured and installed."""

    conninfo: str
    folder: Path

    @classmethod
    def joined(cls) -> "Place":
        folder = data_folder() / "bench"
        make_data_folder(folder)
        conninfo = env_secret("DATABASE_URL", "")
        if not conninfo:
            server = PrivateServer(data_folder())
            server.join()
            conninfo = server.conninfo()
        return cls(conninfo, folder)

    @property
    def password(self) -> str:
        return private_file(self.folder / "password", token_urlsafe(20))

    def database(self, name: str) -> str:
        return make_conninfo(self.conninfo, dbname=name)


def made(place: Place, shape: Shape) -> str:
    """How to reach the database of that shape, which is made where it is missing."""
    conninfo = place.database(shape.name)
    wanted = fingerprint(place, shape)
    with psycopg.connect(place.conninfo, autocommit=True) as connection:
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [shape.name],
        ).fetchone()
        if found != (wanted,):
            make(connection, place, shape)
            comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
            connection.execute(comment.format(sql.Identifier(shape.name), wanted))
    in_environment(place, conninfo, "manage.py", "migrate", "-v0")
    return conninfo


def fingerprint(place: Place, shape: Shape) -> str:
    text = f"{CONTENT} {place.password} {shape}"
    return hashlib.sha256(text.encode()).hexdigest()


def make(connection: psycopg.Connection, place: Place, shape: Shape) -> None:
    print(f"Making the database {shape.name}; this takes some minutes, once", flush=True)
    begin = time.monotonic()
    name = sql.Identifier(shape.name)
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    conninfo = place.database(shape.name)
    in_environment(place, conninfo, "manage.py", "migrate", "-v0")
    in_environment(place, conninfo, "-m", "bench.filling", json.dumps(asdict(shape)))
    size = connection.execute("SELECT pg_database_size(%s)", [shape.name]).fetchone()[0]
    spent = time.monotonic() - begin
    print(f"Made in {spent:.0f} s, {size / 1e9:.1f} GB", flush=True)


def environment(place: Place, conninfo: str) -> dict[str, str]:
    return {
        **os.environ,
        "LANGUAGE": "en",
        "DATABASE_URL": conninfo,
        "BENCH_PASSWORD": place.password,
        "PYTHONPATH": str(BASE_DIR),
    }


def in_environment(place: Place, conninfo: str, *args: str) -> None:
    env = environment(place, conninfo)
    subprocess.run([sys.executable, *args], env=env, cwd=BASE_DIR, check=True)
