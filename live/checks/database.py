"""Settings of the database."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

# Values of target_session_attrs that only the server which writes can meet.
PRIMARY_ONLY = {"read-write", "primary"}


def default() -> dict[str, Any]:
    return settings.DATABASES[DEFAULT_DB_ALIAS]


def options() -> dict[str, Any]:
    return default().get("OPTIONS") or {}


def engine(**_kwargs: Any) -> Sequence[CheckMessage]:
    name = default().get("ENGINE", "")
    if name == "django.db.backends.postgresql":
        return []
    text = _("The database engine is “%s”, not PostgreSQL.") % name
    hint = _("A page is one snapshot of PostgreSQL, and its triggers tell open pages of changes.")
    return [Error(text, hint, id="live.E001")]


def autocommit(**_kwargs: Any) -> Sequence[CheckMessage]:
    """A connection that lives on would keep the snapshot of its first query."""
    if default().get("AUTOCOMMIT", True):
        return []
    text = _("AUTOCOMMIT is off: a query opens a transaction that nobody ends.")
    hint = _("Take AUTOCOMMIT out of DATABASES. A write is one transaction.atomic().")
    return [Error(text, hint, id="live.E002")]


def atomic_requests(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Inside an outer atomic block snapshot() cannot choose the isolation level any more."""
    if not default().get("ATOMIC_REQUESTS"):
        return []
    text = _("ATOMIC_REQUESTS is on: pages would be read in its READ COMMITTED transaction.")
    hint = _("Take it out of DATABASES: pages open a snapshot, writes a transaction of their own.")
    return [Error(text, hint, id="live.E003")]


def isolation(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Pages choose their own; a write has to see what others committed while it waited."""
    named = sorted({"isolation_level", "read_only"} & options().keys())
    if "default_transaction" in str(options().get("options", "")):
        named.append("options")
    if not named:
        return []
    text = _("OPTIONS of the database set how all transactions work: %s.") % ", ".join(named)
    hint = _("Take it out. Pages are REPEATABLE READ READ ONLY, writes READ COMMITTED.")
    return [Error(text, hint, id="live.E004")]


def one_database(**_kwargs: Any) -> Sequence[CheckMessage]:
    others = sorted(settings.DATABASES.keys() - {DEFAULT_DB_ALIAS})
    if not others:
        return []
    text = _("DATABASES has more than the default one: %s.") % ", ".join(others)
    hint = _("A page is one snapshot of one database, and a replica is behind it.")
    return [Error(text, hint, id="live.E005")]


def routers(**_kwargs: Any) -> Sequence[CheckMessage]:
    if not settings.DATABASE_ROUTERS:
        return []
    text = _("DATABASE_ROUTERS may send a page's queries to different databases.")
    hint = _("Take it out: a page is one snapshot of the database that is written to.")
    return [Error(text, hint, id="live.E006")]


def standby(**_kwargs: Any) -> Sequence[CheckMessage]:
    """With one host it is up to the host; `manage.py doctor` asks it."""
    wanted = options().get("target_session_attrs", "any")
    hosts = str(default().get("HOST") or options().get("host", "")).split(",")
    if wanted in PRIMARY_ONLY or (wanted == "any" and len(hosts) == 1):
        return []
    text = _("With target_session_attrs=%s pages may be read from a standby, which is behind.")
    hint = _("Set target_session_attrs=read-write in DATABASE_URL, or name the one host.")
    return [Error(text % wanted, hint, id="live.E007")]


def triggers(**_kwargs: Any) -> Sequence[CheckMessage]:
    if apps.is_installed("pgtrigger"):
        return []
    text = _("pgtrigger is not installed: no version is raised and no open page told of changes.")
    return [Error(text, _("Add “pgtrigger” to INSTALLED_APPS."), id="live.E008")]
