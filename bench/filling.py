"""The rows of the database, made by PostgreSQL itself: INSERT … SELECT from generate_series.

    python -m bench.filling '{"total": …}'     (in the environment of a migrated, empty database)

Everything is computed from the number of a row by hashing, so it is the same every time. Indexes
and foreign keys of the two large tables are made anew afterwards, which takes a fraction of the
time that keeping them would.
"""

import json
import os
import sys
import time

import django

from bench import shape
from bench.shape import ASSETS, CONTACTS, LABELS, OTHERS, SLUGS, USER, WALLETS, Shape

TABLES = ("transactions_transaction", "transactions_transactionlabel")
TYPES = {
    "trade": 0.35, "deposit": 0.15, "withdrawal": 0.15, "reward": 0.12, "payment": 0.07,
    "fee": 0.05, "transfer": 0.05, "airdrop": 0.04, "income": 0.01, "gift": 0.005,
    "other": 0.003, "loss": 0.002,
}  # fmt: skip
SENT = ("trade", "withdrawal", "payment", "gift", "loss", "other")
RECEIVED = ("trade", "deposit", "reward", "airdrop", "income")


def u(seed: int, of: str = "n") -> str:
    """Evenly between 0 and 1, the same for the same row."""
    return f"((hashint8extended({of}, {seed}) & 2147483647) / 2147483648.0::float8)"


def skewed(count: str, seed: int, power: int) -> str:
    """A number below `count`, the lower the more often."""
    return f"floor({count} * {u(seed)} ^ {power})::bigint"


def kind(seed: int) -> str:
    whens, sum_ = [], 0.0
    for name, share in TYPES.items():
        sum_ += share
        whens.append(f"WHEN {u(seed)} < {sum_} THEN '{name}'")
    return f"CASE {' '.join(whens)} ELSE 'trade' END"


def amount(seed: int) -> str:
    """Up to 1,000, small ones more often; three in ten with 18 decimals."""
    return (
        f"trunc(({u(seed)} ^ 6 * 1000)::numeric, 8)"
        f" + CASE WHEN {u(seed + 1)} < 0.3 THEN trunc({u(seed + 2)}::numeric / 1e8, 18) ELSE 0 END"
    )


def names(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


# How many of each thing a ledger has: the others have few.
OF_LEDGER = f"""
    CREATE TEMP TABLE of_ledger AS SELECT id,
        CASE WHEN id < {OTHERS} THEN {ASSETS} ELSE 12 END AS assets,
        CASE WHEN id < {OTHERS} THEN {LABELS} ELSE 6 END AS labels,
        CASE WHEN id < {OTHERS} THEN {CONTACTS} ELSE 10 END AS contacts,
        CASE id WHEN 1 THEN %(addresses)s WHEN 2 THEN 5000 WHEN 3 THEN 400 ELSE 40 END AS addresses
    FROM generate_series(1, CASE WHEN %(alone)s THEN 1 ELSE %(ledgers)s END) AS id;
    ANALYZE of_ledger;
"""
SLUG = " ".join(f"WHEN {key} THEN '{slug}'" for slug, key in SLUGS.items())
LEDGERS = f"""
    INSERT INTO ledgers_ledger (id, version, name, slug, time_zone, keeps_files, created_at)
    SELECT id, 1, 'Ledger ' || id, CASE id {SLUG} ELSE 'ledger-' || id END, 'Europe/Berlin', true,
        now() FROM of_ledger;
    INSERT INTO contacts_wallet (id, version, ledger_id, name, kind, created_at)
    SELECT id * 10 + k, 1, id, (ARRAY['Main wallet', 'Kraken', 'Coinbase', 'Hardware', 'Savings',
        'Binance', 'Seldom used'])[k + 1],
        CASE WHEN k IN (1, 2, 5) THEN 'exchange' ELSE 'chain' END, now()
    FROM of_ledger, generate_series(0, {WALLETS - 1}) AS k;
    INSERT INTO transactions_asset (id, ledger_id, symbol, name, chain, contract)
    SELECT id * 1000 + k, id,
        CASE WHEN k < 5 THEN (ARRAY['BTC', 'ETH', 'USDC', 'EUR', 'SOL'])[k + 1]
            ELSE 'T' || lpad(k::text, 3, '0') END, 'Asset ' || k, '', ''
    FROM of_ledger, generate_series(0, assets - 1) AS k;
    INSERT INTO transactions_label (id, version, ledger_id, name, colour)
    SELECT id * 100 + k, 1, id, CASE k WHEN 0 THEN 'to check' ELSE 'label ' || k END,
        (ARRAY['blue', 'teal', 'green', 'lime', 'yellow', 'orange', 'red', 'pink'])[k % 8 + 1]
        FROM of_ledger, generate_series(0, labels - 1) AS k;
    INSERT INTO contacts_contact (id, version, ledger_id, name, note, created_at)
    SELECT id * 1000 + k, 1, id, 'Contact ' || lpad(k::text, 3, '0'), '', now()
        FROM of_ledger, generate_series(0, contacts - 1) AS k;
    INSERT INTO contacts_address
        (id, version, ledger_id, family, shown, normalised, note, contact_id, wallet_id)
    SELECT id * 100000 + k, 1, id, 'evm', hex, hex, '',
        CASE WHEN k >= addresses - {WALLETS} THEN NULL
            WHEN k = addresses - {WALLETS} - 1 THEN id * 1000 + contacts - 1
            WHEN id < {OTHERS} AND k < addresses / 250 THEN id * 1000
            WHEN k % 10 < 6 THEN id * 1000 + 1 + (k / 7) % (contacts - 2) END,
        CASE WHEN k >= addresses - {WALLETS} THEN id * 10 + addresses - 1 - k END
    FROM of_ledger, generate_series(0, addresses - 1) AS k, LATERAL (
        SELECT CASE
            WHEN k = 0 THEN '0xabcd0' || left(md5('0'), 29) || '7777'
            WHEN k = 11 THEN '0xabcd0' || left(md5('11'), 29) || '8888'
            WHEN k = addresses / 2 THEN '0xabcd1' || left(md5('1'), 33)
            WHEN k % 500 = 6 THEN '0xabcd' || left(md5(k || ' like'), 32) || '7777'
            ELSE '0x' || md5(id || ' ' || k) || left(md5(k || ' more'), 8) END AS hex) AS named
    ON CONFLICT DO NOTHING;
"""
# For each number the ledger, what is known of it and, for one in twelve, the moment and the hash
# of the row before it: these are the groups.
TRANSACTIONS = f"""
    INSERT INTO transactions_transaction (id, version, ledger_id, wallet_id, own_address_id,
        occurred_at, type, sent_amount, sent_asset_id, received_amount, received_asset_id,
        fee_amount, fee_asset_id, value_amount, value_currency, tx_hash, group_key,
        counterparty_id, contact_id, note, status, hidden, batch_id, created_at, deleted_at)
    SELECT n, 1, ledger, ledger * 10 + wallet,
        CASE WHEN {u(1)} < 0.5 THEN ledger * 100000 + addresses - 1 - wallet END,
        timestamptz '{shape.START}'
            + moment * stride * (interval '{shape.YEARS} years' / %(total)s),
        type,
        CASE WHEN sends THEN {amount(20)} END,
        CASE WHEN sends THEN ledger * 1000 + {skewed("assets", 3, 4)} END,
        CASE WHEN receives THEN {amount(30)} END,
        CASE WHEN receives THEN ledger * 1000 + {skewed("assets", 4, 4)} END,
        CASE WHEN pays THEN ({amount(40)}) * 0.001 END,
        CASE WHEN pays THEN ledger * 1000 + {skewed("assets", 5, 8)} END,
        CASE WHEN {u(6)} < 0.3 THEN trunc(({u(7)} * 1000)::numeric, 2) END,
        CASE WHEN {u(6)} < 0.3 THEN 'EUR' ELSE '' END,
        hash, hash,
        CASE WHEN {u(8)} < 0.7 THEN ledger * 100000 + {skewed("addresses", 9, 3)} END,
        CASE WHEN {u(10)} < 0.01 THEN ledger * 1000 + {skewed("contacts", 11, 2)} END,
        CASE WHEN {u(12)} < 0.1 THEN CASE
            WHEN n < %(total)s / 50 AND {u(13)} < 0.02 THEN 'a piece of quartz'
            WHEN {u(13)} < 0.5 THEN 'invoice ' || n %% 10000
            WHEN {u(13)} < 0.9 THEN 'rent for flat ' || n %% 12
            ELSE 'refund agreed with support' END ELSE '' END,
        CASE WHEN failed THEN 'failed' ELSE 'ok' END,
        {u(14)} < 0.02, NULL, now(), CASE WHEN {u(15)} < 0.001 THEN now() END
    FROM (
        SELECT *,
            NOT failed AND (type IN ({names(SENT)}) OR type = 'transfer' AND n %% 2 = 0) AS sends,
            NOT failed AND (type IN ({names(RECEIVED)}) OR type = 'transfer' AND n %% 2 = 1)
                AS receives,
            failed OR type = 'fee' OR {u(16)} < 0.5 AS pays,
            CASE WHEN {u(17, "moment * stride")} < 0.8 THEN '0x' || md5((moment * stride)::text)
                || md5('of ' || moment * stride) ELSE '' END AS hash
        FROM (
            SELECT n, ledger, stride, of_ledger.*, {kind(2)} AS type, {u(18)} < 0.01 AS failed,
                CASE WHEN n < %(total)s / 20 AND {u(19)} < 0.01 THEN {WALLETS - 1}
                    ELSE {skewed(str(WALLETS - 1), 19, 2)} END AS wallet,
                CASE WHEN {u(50, "n / stride / 2")} < 0.08 THEN n / stride / 2 * 2
                    ELSE n / stride END AS moment
            FROM (
                SELECT n, CASE WHEN n %% %(large)s = 0 THEN 1 WHEN n %% %(medium)s = 1 THEN 2
                    WHEN n %% %(small)s = 2 THEN 3
                    ELSE {OTHERS} + (hashint8extended(n, 51) & 2147483647) %% (%(ledgers)s - 3)
                    END AS ledger,
                    CASE WHEN n %% %(large)s = 0 THEN %(large)s WHEN n %% %(medium)s = 1
                    THEN %(medium)s WHEN n %% %(small)s = 2 THEN %(small)s ELSE 1 END AS stride
                FROM generate_series(%(first)s::bigint, %(last)s, %(step)s) AS n
            ) AS placed JOIN of_ledger ON of_ledger.id = ledger
        ) AS known
    ) AS row
"""
LABELLED = f"""
    INSERT INTO transactions_transactionlabel (ledger_id, transaction_id, label_id)
    SELECT ledger_id, n, ledger_id * 100 + CASE
        WHEN n < %(total)s / 20 AND {u(61)} < 0.01 THEN labels - 1
        ELSE (floor((labels - 1) * {u(62)} ^ 3)::bigint + j) %% (labels - 1) END
    FROM (SELECT id AS n, ledger_id FROM transactions_transaction) AS row
    JOIN of_ledger ON of_ledger.id = ledger_id,
    LATERAL generate_series(0, CASE WHEN {u(63)} < 0.02 THEN 2 WHEN {u(63)} < 0.07 THEN 1
        WHEN {u(63)} < 0.25 THEN 0 ELSE -1 END) AS j
    ON CONFLICT DO NOTHING
"""
PAIRS = """
    INSERT INTO transactions_transferpair (ledger_id, sent_id, received_id, state, decided_at)
    WITH newest AS (SELECT * FROM transactions_transaction WHERE ledger_id = 1
        AND deleted_at IS NULL ORDER BY occurred_at DESC LIMIT 60000),
    sent AS (SELECT *, row_number() OVER (PARTITION BY sent_asset_id ORDER BY id) AS at FROM newest
        WHERE type = 'withdrawal' AND sent_asset_id IS NOT NULL),
    received AS (SELECT *, row_number() OVER (PARTITION BY received_asset_id ORDER BY id) AS at
        FROM newest WHERE type = 'deposit' AND received_asset_id IS NOT NULL)
    SELECT 1, s.id, r.id, 'accepted', now() FROM sent AS s
    JOIN received AS r ON r.received_asset_id = s.sent_asset_id AND r.at = s.at
    WHERE r.wallet_id <> s.wallet_id AND r.received_amount <= s.sent_amount
    ORDER BY s.id DESC LIMIT 500
"""


# What tells one version of the rows from another; laying it out anew makes no difference.
CONTENT = " ".join("".join((OF_LEDGER, LEDGERS, TRANSACTIONS, LABELLED, PAIRS)).split())


def fill(wanted: Shape) -> None:
    from django.db import connection

    values = {
        "total": wanted.total,
        "ledgers": wanted.ledgers,
        "addresses": wanted.addresses,
        "alone": wanted.alone,
        "large": wanted.total // wanted.large,
        "medium": wanted.total // wanted.medium,
        "small": wanted.total // wanted.small,
    }
    step = values["large"] if wanted.alone else 1
    series = {"first": step, "last": wanted.total, "step": step}
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET synchronous_commit = off")
        # Of rows that an import brings, the history has no entries.
        cursor.execute("SELECT set_config('txproject.writer', 'import:', false)")
        put_back = taken_away(cursor)
        cursor.execute(OF_LEDGER, values)
        cursor.execute(LEDGERS)
        say("transactions")
        cursor.execute(TRANSACTIONS, values | series)
        say("labels")
        cursor.execute(LABELLED, values)
        for statement in put_back:
            say(statement.split(" USING ")[0][:90])
            cursor.execute(statement)
        say("transfers")
        # It expects few rows in these windows, and would compare each with each.
        cursor.execute("SET enable_nestloop = off")
        cursor.execute(PAIRS)
        # As in a ledger that is worked on, hardly anything is new.
        cursor.execute("TRUNCATE transactions_newrow")
        set_sequences(cursor)
        say("vacuum")
        cursor.execute("VACUUM ANALYZE")


def say(what: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')} {what}", flush=True)


def taken_away(cursor: object) -> list[str]:
    """The statements that make the indexes and foreign keys again that are dropped here."""
    cursor.execute(
        "SELECT format('DROP INDEX %%I', indexname), indexdef FROM pg_indexes"
        " WHERE tablename = ANY(%s) AND NOT EXISTS (SELECT FROM pg_constraint"
        " WHERE conname = indexname AND contype IN ('p', 'u'))",
        [list(TABLES)],
    )
    found = cursor.fetchall()
    cursor.execute(
        "SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', relname, conname),"
        " format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', relname, conname,"
        " pg_get_constraintdef(c.oid)) FROM pg_constraint AS c JOIN pg_class ON"
        " pg_class.oid = conrelid WHERE contype = 'f' AND relname = ANY(%s)",
        [list(TABLES)],
    )
    found += cursor.fetchall()
    for drop, _ in found:
        cursor.execute(drop)
    return [make for _, make in found]


def set_sequences(cursor: object) -> None:
    """Past the keys that were given here."""
    cursor.execute(
        "SELECT DISTINCT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES'"
    )
    for (table,) in cursor.fetchall():
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            " HAVING max(id) IS NOT NULL"
        )


def make_people(password: str) -> None:
    """Who measures is in three ledgers; all others are somebody else's."""
    from ledgers.models import Ledger, Membership, Role, User

    bench = User.objects.create_user(USER, password=password)
    somebody = User.objects.create_user("somebody else")
    Membership.objects.bulk_create(
        Membership(ledger_id=pk, user=bench if pk < OTHERS else somebody, role=Role.OWNER)
        for pk in Ledger.objects.order_by("pk").values_list("pk", flat=True)
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "txproject.settings")
    django.setup()
    fill(Shape(**json.loads(sys.argv[1])))
    make_people(os.environ["BENCH_PASSWORD"])
