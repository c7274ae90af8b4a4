"""The PostgreSQL server of our database, as backups need it: its other databases, its programs."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import InsufficientPrivilege

from launcher.programs import system_folders, wheel_package, wheel_programs
from live.feed import listener_conninfo
from txproject.database import from_url, libpq_environment

LONGEST = 63  # bytes of a name; PostgreSQL cuts off what is longer
# Of a database's locale: as its row has it, as CREATE DATABASE does, and what it is called there.
PROVIDERS = {
    "c": ("libc", ""),
    "i": ("icu", "ICU_LOCALE"),
    "b": ("builtin", "BUILTIN_LOCALE"),
}
SAID = 3  # lines of what a program says last

type Connection = psycopg.Connection[tuple[Any, ...]]


class Refused(Exception):
    """Why there is no backup, or nothing was restored, and what to do."""


class NotPermitted(Refused):
    def __init__(self) -> None:
        super().__init__(_("This user of PostgreSQL may not make databases (CREATEDB)."))


def our_name() -> str:
    return str(conninfo_to_dict(listener_conninfo())["dbname"])


def beside(suffix: str) -> str:
    """A name that tells whose it is. Of ours, if it is too long, the beginning and a hash: what is
    cut off may be what tells it from others."""
    name, room = our_name(), LONGEST - len(f"_{suffix}")
    if len(name.encode()) > room:
        mark = hashlib.sha256(name.encode()).hexdigest()[:8]
        beginning = name.encode()[: room - len(f"_{mark}")].decode(errors="ignore")
        name = f"{beginning}_{mark}"
    return f"{name}_{suffix}"


def connected(database: str, **options: Any) -> Connection:
    """Past a pooler: snapshots are exported and databases renamed on the server itself."""
    return psycopg.connect(make_conninfo(listener_conninfo(), dbname=database), **options)


@contextmanager
def maintenance() -> Iterator[Connection]:
    """A connection from which databases are made and renamed: one at a time for each of ours."""
    database = "template1" if our_name() == "postgres" else "postgres"
    with connected(database, autocommit=True) as server:
        lock(server)
        yield server


@contextmanager
def backing_up() -> Iterator[None]:
    """One at a time, also where nobody may connect to another database."""
    with connected(our_name(), autocommit=True) as ours:
        lock(ours)
        yield


def lock(database: Connection) -> None:
    query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
    if database.execute(query, [f"backup of {our_name()}"]).fetchone() != (True,):
        raise Refused(_("A backup or a restore of this database is under way."))


@contextmanager
def new_database(server: Connection, suffix: str) -> Iterator[str]:
    """Empty; dropped in the end unless it has another name by then. Whoever was killed may have
    left one."""
    name = beside(suffix)
    drop(server, name)
    make = sql.SQL("CREATE DATABASE {} TEMPLATE template0 {}")
    try:
        server.execute(make.format(sql.Identifier(name), like_ours(server)))
    except InsufficientPrivilege:
        raise NotPermitted from None
    try:
        yield name
    finally:
        drop(server, name)


def like_ours(server: Connection) -> sql.Composable:
    """The options that give it our encoding and our order of letters, not those of the server."""
    query = (
        "SELECT to_jsonb(d), pg_encoding_to_char(encoding) FROM pg_database AS d WHERE datname = %s"
    )
    row, encoding = server.execute(query, [our_name()]).fetchone() or ({}, None)
    provider, locale = PROVIDERS[row["datlocprovider"]]
    values = {
        "ENCODING": encoding,
        "LC_COLLATE": row["datcollate"],
        "LC_CTYPE": row["datctype"],
        "LOCALE_PROVIDER": provider,
        locale: row.get("datlocale") or row.get("daticulocale"),  # its name before PostgreSQL 17
        "ICU_RULES": row.get("daticurules"),
    }
    given = [(name, value) for name, value in values.items() if name and value]
    return sql.SQL(" ").join(sql.SQL(f"{name} {{}}").format(value) for name, value in given)


def drop(server: Connection, name: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    server.execute(statement.format(sql.Identifier(name)))


def major_version() -> int:
    with connected(our_name()) as database:
        return database.info.server_version // 10_000


@contextmanager
def running(
    name: str, *args: str, database: str, **streams: Any
) -> "Iterator[subprocess.Popen[bytes]]":
    """A program of PostgreSQL. That it failed is raised after the block, with what it said."""
    command = [str(program(name, major_version())), *args]
    where = {**from_url(listener_conninfo()), "NAME": database}
    env = {**os.environ, **libpq_environment(where)}
    with TemporaryFile() as said:
        with subprocess.Popen(command, bufsize=0, stderr=said, env=env, **streams) as process:  # noqa: S603
            yield process
        if process.returncode:
            raise Refused(f"{name}: {last_lines(said)}")


def last_lines(said: IO[bytes]) -> str:
    said.seek(0)
    return "\n".join(said.read().decode(errors="replace").splitlines()[-SAID:])


@cache
def program(name: str, major: int) -> Path:
    """Of the server's own version: what a newer one writes an older server does not take."""
    for folder in (*wheel_programs(wheel_package()), *system_folders(), *on_path(name)):
        if version(folder / name) == major:
            return folder / name
    text = _(
        "%(name)s of PostgreSQL %(major)d is not here. Debian has it: postgresql-client-%(major)d."
    )
    raise Refused(text % {"name": name, "major": major})


def on_path(name: str) -> list[Path]:
    found = shutil.which(name)
    return [Path(found).parent] if found else []


def version(path: Path) -> int | None:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return None
    found = re.search(r"\) (\d+)", said.stdout)
    return int(found[1]) if found else None
