"""Which PostgreSQL is ours: DATABASE_URL, else the private server of the data folder."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from psycopg import Error, OperationalError, ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from txproject.environ import NAME, data_folder, env_secret
from txproject.language import gettext as _

UNREACHABLE = _(
    "The database cannot be reached. ./dev run and ./dev manage … start the private one; "
    "DATABASE_URL names another."
)
LACKING = _(
    "The database lacks a table of this version. “./dev run” makes all of them, and at"
    " first a demo ledger; “./dev manage migrate” makes the tables only."
)
REFUSED = _(
    "PostgreSQL refuses it: %s. Make the user of DATABASE_URL the owner of the database and of its"
    " tables; where there are none yet, GRANT CREATE ON SCHEMA public to it is enough."
)
NO_TABLE, NOT_PERMITTED = "42P01", "42501"  # as PostgreSQL says it
# A server that has vanished without a word is noticed by this, not only when it is written to.
TCP = {
    "connect_timeout": 10,
    "tcp_user_timeout": 30_000,  # ms
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
# Of several hosts libpq takes the first that answers, which may be a standby, and behind.
PRIMARY = {"target_session_attrs": "read-write"}
SET = "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS s (name, value)"
DJANGO_NAMES = {
    "dbname": "NAME",
    "user": "USER",
    "password": "PASSWORD",
    "host": "HOST",
    "port": "PORT",
}


def database_settings() -> dict[str, Any]:
    """DATABASES["default"]. The connections belong to threads that last (see asgi.py)."""
    url = env_secret("DATABASE_URL", "")
    parts = from_url(url) if url else private_server(data_folder() / "postgres")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,  # seconds
        "CONN_HEALTH_CHECKS": True,
        **parts,
    }


def is_unreachable(error: BaseException | None) -> bool:
    """The server's own errors have a code, those of getting there have none."""
    cause = error.__cause__ if error else None
    return isinstance(cause, OperationalError) and not cause.sqlstate


def past_pooler() -> str:
    """LISTEN_DATABASE_URL; empty if no pooler in transaction mode stands before DATABASE_URL."""
    url = env_secret("LISTEN_DATABASE_URL", "")
    from_url(url, "LISTEN_DATABASE_URL")
    return url


def remedy(error: BaseException) -> str:
    """What is wrong with the database and what to do; empty where nobody can tell."""
    if is_unreachable(error):
        return f"{error}\n\n{UNREACHABLE}"
    answer = answered(error)
    if answer and answer.sqlstate == NO_TABLE:
        return LACKING
    if answer and answer.sqlstate == NOT_PERMITTED:
        return REFUSED % answer.diag.message_primary
    return ""


def answered(error: BaseException | None) -> Error | None:
    """By the server. Django's error has it as its cause; without its first table it has none, and
    was raised while another was handled."""
    while isinstance(error, DatabaseError):
        error = error.__cause__ or error.__context__
    return error if isinstance(error, Error) else None


def from_url(url: str, name: str = "DATABASE_URL") -> dict[str, Any]:
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        # libpq's own message may quote the password.
        raise ImproperlyConfigured(_("%s is not a PostgreSQL URL.") % name) from None
    settings = {DJANGO_NAMES[key]: str(parts.pop(key)) for key in DJANGO_NAMES if key in parts}
    several = PRIMARY if "," in settings.get("HOST", "") else {}
    return {**settings, "OPTIONS": {**TCP, **several, **parts}}


def private_server(place: Path) -> dict[str, Any]:
    """PostgreSQL itself records its port and socket folder in lines 4 and 5 of postmaster.pid.

    When it does not run the settings are still complete: connecting fails, nothing else does.
    """
    settings = {"NAME": NAME, "USER": NAME, "HOST": str(place), "PORT": "5432"}
    try:
        lines = (place / "cluster" / "postmaster.pid").read_text().splitlines()
        settings |= {"PORT": lines[3], "HOST": lines[4]}
        settings["PASSWORD"] = (place / "password").read_text()
    except (OSError, IndexError):
        pass
    return {**settings, "OPTIONS": {"connect_timeout": 10}}


def configure(connection: Any, **_signal: Any) -> None:
    """A connection that was made just now. A pooler hands what is set on one to others."""
    if settings.LISTEN_DATABASE_URL:
        return
    limit = f"{settings.STATEMENT_TIMEOUT}s"
    values = {
        "statement_timeout": limit,
        "idle_in_transaction_session_timeout": limit,
        # A prepared statement is planned once. PostgreSQL plans it five times on each connection
        # before it believes that, which takes longer than to run it.
        "plan_cache_mode": "force_generic_plan",
    }
    with connection.cursor() as cursor:
        cursor.execute(SET, [[*values], [*values.values()]])


def libpq_environment(settings: dict[str, Any]) -> dict[str, str]:
    """The same for PostgreSQL's own programs: a password among arguments is seen by all."""
    names = {name: key for key, name in DJANGO_NAMES.items()}
    values = {names[name]: value for name, value in settings.items() if name in names}
    variables = {option.keyword.decode(): option.envvar for option in Conninfo.get_defaults()}
    return {
        envvar.decode(): str(value)
        for key, value in {**values, **settings["OPTIONS"]}.items()
        if (envvar := variables.get(key))
    }
