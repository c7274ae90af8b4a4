"""The payloads of NOTIFY, and the connection that LISTEN needs.

A payload is a list with commas between: ledgers by their id, `u5` for the user 5 whose access has
changed, `s…` for a session that has ended (the SHA-256 of its key), `p5` for the progress of a job
in the ledger 5, `*` for every ledger and `u*` for everybody's access; and `x812` for the
transaction that wrote, by its id (xid8).
"""

import hashlib
from typing import Any

from django.conf import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from txproject.database import TCP
from watch.database import conninfo

CHANNEL = "txproject"
ALL_LEDGERS = "*"
USER, SESSION, PROGRESS, WRITER = "u", "s", "p", "x"
ALL_STREAMS = f"{USER}*"


def session_hash(key: str) -> str:
    """A session as payloads name it: whoever listens too cannot take it over."""
    return hashlib.sha256(key.encode()).hexdigest()


def listener_conninfo() -> str:
    """LISTEN needs a connection of its own, straight to the server: a pooler in transaction mode
    lets it succeed and receive nothing."""
    if settings.LISTEN_DATABASE_URL:
        parts: dict[str, Any] = conninfo_to_dict(settings.LISTEN_DATABASE_URL)
        return make_conninfo(**{**TCP, **parts})
    return conninfo()


def listener_setting() -> str:
    """What says where that is."""
    return "LISTEN_DATABASE_URL" if settings.LISTEN_DATABASE_URL else "DATABASE_URL"
