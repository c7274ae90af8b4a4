"""What a database holds, in figures that are equal only where the rows are: what a backup is
compared by."""

from typing import Any

from django.utils.translation import gettext as _
from psycopg import sql

from backups.server import Connection, Refused

type Figures = dict[str, Any]

# What the text of a row depends on.
SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname
"""
# Whatever the order of the rows: the sum of eight bytes of each one's SHA-256.
ROWS = """
    SELECT count(*), coalesce(sum(('x' || encode(substr(sha256(
        convert_to(t::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint::numeric), 0)::text
    FROM {} AS t
"""
LEDGERS = """
    SELECT slug, count(tx.id) FROM ledgers_ledger AS ledger
    LEFT JOIN transactions_transaction AS tx ON tx.ledger_id = ledger.id
    GROUP BY slug ORDER BY slug
"""
AMOUNTS = """
    SELECT slug, asset.id, symbol, part, sum(amount)::text FROM transactions_transaction AS tx
    CROSS JOIN LATERAL (VALUES
        ('sent', sent_asset_id, sent_amount),
        ('received', received_asset_id, received_amount),
        ('fee', fee_asset_id, fee_amount)
    ) AS parts (part, asset_id, amount)
    JOIN ledgers_ledger AS ledger ON ledger.id = tx.ledger_id
    JOIN transactions_asset AS asset ON asset.id = parts.asset_id
    GROUP BY slug, asset.id, symbol, part ORDER BY slug, asset.id, part
"""
MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"


def figures(database: Connection) -> Figures:
    """As JSON gives them back."""
    for name, value in SETTINGS.items():
        database.execute("SELECT set_config(%s, %s, false)", [name, value])
    tables = {name: row_figures(database, name) for name in table_names(database)}
    if "transactions_transaction" not in tables:
        raise Refused(_("The database has no ledgers: is DATABASE_URL right?"))
    return {
        "tables": tables,
        "ledgers": dict(database.execute(LEDGERS).fetchall()),
        "amounts": listed(database, AMOUNTS),
        "migrations": listed(database, MIGRATIONS),
    }


def table_names(database: Connection) -> list[str]:
    return [name for (name,) in database.execute(TABLES)]


def row_figures(database: Connection, table: str) -> list[Any]:
    (row,) = database.execute(sql.SQL(ROWS).format(sql.Identifier(table)))
    return list(row)


def listed(database: Connection, query: str) -> list[list[Any]]:
    return [list(row) for row in database.execute(query)]


def differences(one: Figures, other: Figures) -> list[str]:
    """The tables, and else the kinds of figures, that are not equal."""
    tables = one["tables"].keys() | other["tables"].keys()
    wrong = [name for name in tables if one["tables"].get(name) != other["tables"].get(name)]
    kinds = [name for name in ("ledgers", "amounts", "migrations") if one[name] != other[name]]
    return [*sorted(wrong), *kinds]
