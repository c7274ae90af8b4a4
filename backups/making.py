"""From the database to a file that is known to bring it back."""

import shutil
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

from django.utils.translation import gettext as _
from psycopg import IsolationLevel

from backups.figures import Figures, differences, figures
from backups.file import DUMP, Manifest, fresh, opened, write
from backups.server import (
    Connection,
    NotPermitted,
    Refused,
    backing_up,
    connected,
    maintenance,
    new_database,
    our_name,
    running,
)

UNOWNED = ("--no-owner", "--no-privileges")
BLOCK = 1 << 20


def make(path: Path, check: bool = True) -> Manifest:
    """Writes the file; it has its name only after it has been restored and compared. Before it is
    begun nobody else may be at it: they would write into one."""
    with backing_up(), fresh(path) as part:
        if not check:
            return dumped(part)
        with maintenance() as server:
            manifest = dumped(part)
            try_out(server, part)
            return manifest


def dumped(path: Path) -> Manifest:
    manifest: Manifest = {}
    with reading() as reader:
        (snapshot,) = reader.execute("SELECT pg_export_snapshot()").fetchone() or ("",)

        def about() -> Manifest:
            """pg_dump has the snapshot by now, and ours ends: nobody is idle in a transaction."""
            manifest.update(described(reader))
            reader.close()
            return manifest

        options = ("--format=custom", f"--snapshot={snapshot}", *UNOWNED)
        with running("pg_dump", *options, database=our_name(), stdout=subprocess.PIPE) as dump:
            assert dump.stdout
            write(path, dump.stdout, about)
    return manifest


def reading() -> Connection:
    reader = connected(our_name())
    reader.isolation_level, reader.read_only = IsolationLevel.REPEATABLE_READ, True
    return reader


def described(reader: Connection) -> Manifest:
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": our_name(),
        "postgresql": reader.info.server_version // 10_000,
        "figures": figures(reader),
    }


def try_out(server: Connection, path: Path) -> None:
    archive, manifest = opened(path)
    try:
        with archive, new_database(server, "backup_check") as name:
            fill(name, archive)
            compare(name, manifest["figures"])
    except NotPermitted as error:
        remedy = _("Let it, or leave the check out: --no-check.")
        raise Refused(f"{error} {remedy}") from None


def fill(database: str, archive: ZipFile, *options: str) -> None:
    """What the dump holds, into an empty database."""
    command = ("pg_restore", "--exit-on-error", *UNOWNED, *options, f"--dbname={database}")
    with (
        running(*command, database=database, stdin=subprocess.PIPE) as restoring,
        archive.open(DUMP) as dump,
        suppress(BrokenPipeError),  # it has ended, and `running` says why
    ):
        assert restoring.stdin
        shutil.copyfileobj(dump, restoring.stdin, BLOCK)


def compare(database: str, expected: Figures) -> None:
    with connected(database) as copy:
        found = figures(copy)
    if wrong := differences(expected, found):
        message = _("What was restored is not what was backed up: %s. It was not kept.")
        raise Refused(message % ", ".join(wrong))
