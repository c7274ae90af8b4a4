"""Each commit that changes what a page shows is notified (NOTIFY), whoever wrote: a page, the
admin, a command, psql.

One notification per statement and ledger; PostgreSQL sends equal ones of a transaction once, when
it commits, and none when it is rolled back. Its payload: live/feed.py.
"""

import pgtrigger

from live.feed import ALL_LEDGERS, ALL_STREAMS, CHANNEL, SESSION, USER, WRITER

# An id has up to 19 digits, a session 65: a payload of 8,000 bytes fails the writer's statement.
MAX_KEYS = 100
BY_WRITER = f"',{WRITER}' || pg_current_xact_id()"
TABLES = {
    pgtrigger.Insert: {"new": "new_rows"},
    pgtrigger.Update: {"old": "old_rows", "new": "new_rows"},
    pgtrigger.Delete: {"old": "old_rows"},
}


def notify(of: str, all_keys: str = ALL_LEDGERS, prefix: str = "") -> str:
    """`of` is a query with one column, `key`; `all_keys` is the payload where it finds too many."""
    return f"""
        PERFORM pg_notify('{CHANNEL}', payload || {BY_WRITER}) FROM (
            SELECT CASE WHEN count(*) > {MAX_KEYS} THEN '{all_keys}'
                ELSE string_agg('{prefix}' || key, ',' ORDER BY key) END AS payload
            FROM (SELECT DISTINCT key FROM ({of}) AS found) AS keys
        ) AS message WHERE payload IS NOT NULL;
    """


def after(operation: pgtrigger.Operation, name: str, *bodies: str) -> pgtrigger.Trigger:
    """A statement trigger that has the rows in question as old_rows and new_rows."""
    tables = TABLES.get(operation)
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables)  # type: ignore[no-untyped-call]
        if tables
        else None,
        func="".join(bodies) + "RETURN NULL;",
    )


def announcements(ledger: str = "ledger_id", user: str = "") -> list[pgtrigger.Trigger]:
    """For the Meta of a model whose rows pages show.

    `ledger` is the column that names their ledger. `user` is the one that names whose access
    hangs on the row: his streams end when it changes or goes.
    """
    triggers = []
    for operation, tables in TABLES.items():
        touched = " UNION ALL ".join(
            f"SELECT {ledger} AS key FROM {name}" for name in tables.values()
        )
        bodies = [notify(touched)]
        if user and "old" in tables:
            bodies.append(notify(f"SELECT {user} AS key FROM old_rows", ALL_STREAMS, USER))
        triggers.append(after(operation, f"announce_{operation}".lower(), *bodies))
    everything = "".join(
        f"PERFORM pg_notify('{CHANNEL}', '{payload}' || {BY_WRITER});"
        for payload in (ALL_LEDGERS, ALL_STREAMS)[: 1 + bool(user)]
    )
    return [*triggers, after(pgtrigger.Truncate, "announce_truncate", everything)]


def session_ends() -> pgtrigger.Trigger:
    """For the model of sessions: whoever logs out has his streams ended."""
    hashed = "SELECT encode(sha256(session_key::bytea), 'hex') AS key FROM old_rows"
    return after(pgtrigger.Delete, "announce_delete", notify(hashed, ALL_STREAMS, SESSION))
