"""From a file to our database: beside it first, and in its place when all is right."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, ObjectInUse

from backups.figures import table_names
from backups.file import Manifest, opened
from backups.making import compare, fill
from backups.server import (
    Connection,
    NotPermitted,
    Refused,
    beside,
    connected,
    drop,
    maintenance,
    major_version,
    new_database,
    our_name,
)
from ledgers.models import Session
from live.feed import listener_conninfo
from txproject.database import from_url

TRIES = 5  # of five seconds each, which PostgreSQL waits for connections to end
# But for those of ours that `migrate` fills itself, and those that workers write into as soon as
# they run.
TABLES = """
    SELECT nspname, relname FROM pg_class JOIN pg_namespace AS schema ON schema.oid = relnamespace
    WHERE relkind = 'r' AND nspname <> 'information_schema' AND NOT starts_with(nspname, 'pg_')
        AND NOT (nspname = current_schema() AND (starts_with(relname, 'procrastinate_')
            OR relname IN ('django_migrations', 'django_content_type', 'auth_permission')))
"""
CONNECTED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
# Of ours only: PostgreSQL ends those of its own.
OURS = f"{CONNECTED} AND pg_has_role(usesysid, 'MEMBER')"


def restore(path: Path, replace: bool = False, drop_old: bool = False) -> str:
    """The name under which what was there before is kept, if there was anything."""
    archive, manifest = opened(path)
    with archive, maintenance() as server:
        refuse_newer(manifest)
        if holds_data(our_name()) and not replace:
            raise Refused(
                _("The database holds data already. With --replace it is put aside, and kept.")
            )
        try:
            with new_database(server, "restored") as name:
                filled(name, archive, manifest)
                return swap(server, name, drop_old)
        except NotPermitted as error:
            fill_in_place(error, archive, manifest)
            return ""


def refuse_newer(manifest: Manifest) -> None:
    made_by, here = manifest["postgresql"], major_version()
    if made_by > here:
        text = _("The backup is of PostgreSQL %(made_by)d, and the server is %(here)d: upgrade it.")
        raise Refused(text % {"made_by": made_by, "here": here})
    known = known_migrations()
    if newer := [pair for pair in manifest["figures"]["migrations"] if tuple(pair) not in known]:
        text = _(
            "The backup is of a newer version of txproject, which has %s:"
            " install that version, and restore it then."
        )
        raise Refused(text % ".".join(newer[-1]))


def known_migrations() -> set[tuple[str, str]]:
    found = MigrationLoader(None).disk_migrations
    replaced = {pair for migration in found.values() for pair in migration.replaces}
    return {*found, *replaced}


def holds_data(name: str) -> bool:
    """Of whomever: what is in other schemas would go with it."""
    with connected(name) as database:
        tables = database.execute(TABLES).fetchall()
        return any(has_rows(database, *names) for names in tables)


def has_rows(database: Connection, schema: str, table: str) -> bool:
    query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(schema, table))
    try:
        return database.execute(query).fetchone() == (True,)
    except InsufficientPrivilege:
        return True  # somebody else's


def filled(database: str, archive: ZipFile, manifest: Manifest, *options: str) -> None:
    fill(database, archive, *options)
    compare(database, manifest["figures"])
    with django_in(database):
        call_command("migrate", interactive=False, verbosity=0)
        # Who was logged out since is not in again, and no form that is open saw these versions.
        Session.objects.all().delete()
    with connected(database, autocommit=True) as restored:
        restored.execute("VACUUM (ANALYZE)")


@contextmanager
def django_in(database: str) -> Iterator[None]:
    usual = connection.settings_dict.copy()
    connection.close()
    connection.settings_dict.update(from_url(listener_conninfo()), NAME=database)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(usual)


def swap(server: Connection, name: str, drop_old: bool) -> str:
    """In one transaction. Whoever is connected is cut off, and finds the restored one when he
    connects again. What was empty before may have been written into meanwhile."""
    connection.close()
    old = beside(f"before_restore_{datetime.now(UTC):%Y%m%d_%H%M%S}")
    for _n in range(TRIES):
        with suppress(ObjectInUse), server.transaction():
            server.execute(OURS, [our_name()])
            rename(server, our_name(), old)
            rename(server, name, our_name())
            break
    else:
        raise Refused(_("Others stay connected to the database: end them, and restore again."))
    if drop_old or not holds_data(old):
        drop(server, old)
        return ""
    return old


def rename(server: Connection, old: str, new: str) -> None:
    names = map(sql.Identifier, (old, new))
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))


def fill_in_place(error: NotPermitted, archive: ZipFile, manifest: Manifest) -> None:
    """As all or nothing, where none can be made beside it."""
    with connected(our_name()) as database:
        if table_names(database):
            remedy = _("Let it, or let DATABASE_URL name a database without tables.")
            raise Refused(f"{error} {remedy}")
    filled(our_name(), archive, manifest, "--single-transaction")
