"""How many rows a ledger lists of each month is kept by the database, whoever writes. See
models/month_count.py."""

import pgtrigger

from live.triggers import after

LISTED = """
    SELECT ledger_id, date_trunc('month', occurred_at, 'UTC') AS month, {n} AS n
    FROM {rows} WHERE deleted_at IS NULL AND NOT hidden
"""
ADD = """
    INSERT INTO transactions_monthcount (ledger_id, month, n)
    SELECT ledger_id, month, sum(n) FROM ({rows}) AS listed
    GROUP BY ledger_id, month HAVING sum(n) <> 0;
"""
CAME, WENT = LISTED.format(rows="new_rows", n=1), LISTED.format(rows="old_rows", n=-1)


def counts_of_transactions() -> list[pgtrigger.Trigger]:
    return [
        after(pgtrigger.Insert, "count_insert", ADD.format(rows=CAME)),
        after(pgtrigger.Update, "count_update", ADD.format(rows=f"{CAME} UNION ALL {WENT}")),
        after(pgtrigger.Delete, "count_delete", ADD.format(rows=WENT)),
        after(pgtrigger.Truncate, "count_truncate", "DELETE FROM transactions_monthcount;"),
    ]
