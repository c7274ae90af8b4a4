"""The payloads of NOTIFY, and the connection that LISTEN needs.

A payload is a list with commas between: ledgers by their id, `u5` for the user 5 whose access has
changed, `s…` for a session that has ended (the SHA-256 of its key), `p5` for the progress of a job
in the ledger 5, `*` for every ledger and `u*` for everybody's access.
"""

import hashlib

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

CHANNEL = "txproject"
ALL_LEDGERS = "*"
USER, SESSION, PROGRESS = "u", "s", "p"
ALL_STREAMS = f"{USER}*"


def session_hash(key: str) -> str:
    """A session as payloads name it: whoever listens too cannot take it over."""
    return hashlib.sha256(key.encode()).hexdigest()


def listener_conninfo() -> str:
    """LISTEN needs a connection of its own, straight to the server: a pooler in transaction mode
    lets it succeed and receive nothing."""
    if settings.LISTEN_DATABASE_URL:
        return str(settings.LISTEN_DATABASE_URL)
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    params = connection.get_connection_params()
    return make_conninfo(**{name: value for name, value in params.items() if name in known})
