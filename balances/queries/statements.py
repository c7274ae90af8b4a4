"""Balances are added up by the database: numeric, so exact.

Rows of one moment count together: which of them was first, nobody knows.
"""

# Of the times that a balance was below zero, the first ones are shown.
HOLES = 20
OF_WALLET = "t.ledger_id = %(ledger)s AND t.wallet_id = %(wallet)s AND t.deleted_at IS NULL"
OF_ASSET = "%(asset)s IN (t.received_asset_id, t.sent_asset_id, t.fee_asset_id)"
CHANGE = """
    CASE t.received_asset_id WHEN %(asset)s THEN t.received_amount ELSE 0 END
    - CASE t.sent_asset_id WHEN %(asset)s THEN t.sent_amount ELSE 0 END
    - CASE t.fee_asset_id WHEN %(asset)s THEN t.fee_amount ELSE 0 END
"""
MOVED = f"""
    moved AS (
        SELECT t.occurred_at AS at, sum({CHANGE}) AS change,
            min(t.id) FILTER (WHERE {CHANGE} < 0) AS taken_by
        FROM transactions_transaction AS t WHERE {OF_WALLET} AND {OF_ASSET} GROUP BY t.occurred_at
    )
"""
RUNNING = f"""
    {MOVED}, running AS (
        SELECT at, taken_by, sum(change) OVER (ORDER BY at) AS balance FROM moved
    )
"""
POINTS = f"""
    WITH {RUNNING}, placed AS (
        SELECT at, balance, width_bucket(at, %(starts)s::timestamptz[]) AS place,
            width_bucket(lead(at) OVER (ORDER BY at), %(starts)s::timestamptz[]) AS next
        FROM running WHERE at < %(end)s
    )
    SELECT place, count(*), max(at), min(balance), max(balance),
        max(balance) FILTER (WHERE next IS DISTINCT FROM place)
    FROM placed GROUP BY place ORDER BY place
"""
BELOW = f"""
    WITH {RUNNING}, stepped AS (
        SELECT *, lead(at) OVER (ORDER BY at) AS next,
            balance < 0 AND coalesce(lag(balance) OVER (ORDER BY at), 0) >= 0 AS begins
        FROM running
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE begins) OVER (ORDER BY at) AS hole FROM stepped
    )
    SELECT min(at), CASE WHEN bool_and(next IS NOT NULL) THEN max(next) END, min(balance),
        min(taken_by) FILTER (WHERE begins)
    FROM numbered WHERE balance < 0 GROUP BY hole
    HAVING min(at) < %(end)s
        AND (max(next) > %(start)s OR NOT bool_and(next IS NOT NULL))
    ORDER BY 1 LIMIT {HOLES + 1}
"""
ASSETS = f"""
    WITH moved AS (
        SELECT asset, at, count(*) AS n, sum(change) AS change FROM (
            SELECT t.received_asset_id AS asset, t.occurred_at AS at, t.received_amount AS change
            FROM transactions_transaction AS t WHERE {OF_WALLET} AND t.received_asset_id IS NOT NULL
            UNION ALL SELECT t.sent_asset_id, t.occurred_at, -t.sent_amount
            FROM transactions_transaction AS t WHERE {OF_WALLET} AND t.sent_asset_id IS NOT NULL
            UNION ALL SELECT t.fee_asset_id, t.occurred_at, -t.fee_amount
            FROM transactions_transaction AS t WHERE {OF_WALLET} AND t.fee_asset_id IS NOT NULL
        ) AS parts GROUP BY asset, at
    ), running AS (
        SELECT *, sum(change) OVER (PARTITION BY asset ORDER BY at) AS balance FROM moved
    )
    SELECT asset, sum(change), min(balance), sum(n)::bigint FROM running GROUP BY asset
"""
RANGE = f"""
    SELECT min(t.occurred_at), max(t.occurred_at) FROM transactions_transaction AS t
    WHERE {OF_WALLET} AND {OF_ASSET}
"""
# A balance that is stated has all of its moment in it.
STATED = f"""
    WITH {MOVED}, events AS (
        SELECT at, change, NULL::bigint AS key FROM moved
        UNION ALL SELECT t.at, 0, t.id FROM balances_statedbalance AS t
        WHERE t.ledger_id = %(ledger)s AND t.wallet_id = %(wallet)s AND t.asset_id = %(asset)s
    ), running AS (
        SELECT key, sum(change) OVER (ORDER BY at) AS balance FROM events
    )
    SELECT key, balance FROM running WHERE key IS NOT NULL
"""
