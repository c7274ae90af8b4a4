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
# Rows of one moment are peers of the window, so it has them together by itself.
ASSETS = f"""
    WITH running AS (
        SELECT part.asset, part.change,
            sum(part.change) OVER (PARTITION BY part.asset ORDER BY t.occurred_at) AS balance
        FROM transactions_transaction AS t, LATERAL (VALUES
            (t.received_asset_id, t.received_amount),
            (t.sent_asset_id, -t.sent_amount),
            (t.fee_asset_id, -t.fee_amount)) AS part (asset, change)
        WHERE {OF_WALLET} AND part.asset IS NOT NULL
    )
    SELECT asset, sum(change), min(balance), count(*) FROM running GROUP BY asset
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
NUMBER = r"^-?\d{1,78}(\.\d{1,36})?$"
# What files state: of each line the balance that it leaves, of the part of the account that it is
# of. A file may begin with its latest line. Of each day the last moment counts; what differs
# otherwise than on the day before is marked, and the last day is there in any case.
FILED = f"""
    WITH {MOVED}, lines AS (
        SELECT t.occurred_at AS at, t.batch_id AS batch, l.line,
            concat(l.cells->>b.asset_at, ' ', nullif(l.cells->>b.part_at, b.main)) AS part,
            CASE WHEN l.cells->>b.balance_at ~ '{NUMBER}'
                THEN (l.cells->>b.balance_at)::numeric END AS balance
        FROM unnest(%(batches)s::bigint[], %(assets)s::int[], %(balances)s::int[],
            %(parts)s::int[], %(mains)s::text[], %(codes)s::text[])
            AS b(batch, asset_at, balance_at, part_at, main, codes)
        JOIN transactions_transaction AS t ON t.batch_id = b.batch
        JOIN transactions_sourceline AS l ON l.transaction_id = t.id
        WHERE t.ledger_id = %(ledger)s AND t.wallet_id = %(wallet)s
            AND t.undone_import_id IS NULL AND {OF_ASSET} AND l.cells->>b.asset_at ~ b.codes
    ), ordered AS (
        SELECT at, part, balance, batch,
            CASE WHEN first_value(at) OVER file <= last_value(at) OVER file
                THEN line ELSE -line END AS turn
        FROM lines WHERE balance IS NOT NULL WINDOW file AS (
            PARTITION BY batch ORDER BY line
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ), steps AS (
        SELECT at, balance - lag(balance, 1, 0::numeric)
            OVER (PARTITION BY part ORDER BY at, batch, turn) AS step
        FROM ordered
    ), closing AS (
        SELECT at, sum(sum(step)) OVER (ORDER BY at) AS stated FROM steps GROUP BY at
    ), events AS (
        SELECT at, change, NULL::numeric AS stated FROM moved
        UNION ALL SELECT at, 0, stated FROM closing
    ), running AS (
        SELECT at, stated, sum(change) OVER (ORDER BY at) AS balance FROM events
    ), days AS (
        SELECT DISTINCT ON (day) date_trunc('day', at AT TIME ZONE %(zone)s) AS day, at, stated,
            balance
        FROM running WHERE stated IS NOT NULL ORDER BY day, at DESC
    ), compared AS (
        SELECT at, stated, balance, row_number() OVER (ORDER BY at) AS n,
            stated - balance <> lag(stated - balance, 1, 0::numeric) OVER (ORDER BY at) AS differs,
            lead(at) OVER (ORDER BY at) IS NULL AS latest
        FROM days
    )
    SELECT at, stated, balance, n, differs FROM compared WHERE differs OR latest ORDER BY at
"""
