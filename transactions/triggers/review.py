"""Which rows are new is kept by the database, whoever writes. See models/review.py."""

import pgtrigger

from history.triggers import SAID, WRITE
from ledgers.models import Role
from live.triggers import after
from live.writers import SETTING, Way

# What a person did and saw on a page; rules that are run by one, too. Those of an import write rows
# that are new anyway.
SEEN = (Way.PAGE, Way.BULK, Way.RULE, Way.UNDO, Way.REVERT)
BY = f"split_part(coalesce(current_setting('{SETTING}', true), ''), ':', {{}})"
OUTSIDE = f"{BY.format(1)} NOT IN ({', '.join(f"'{way}'" for way in SEEN)})"
REVIEWERS = ", ".join(str(role.value) for role in Role if role.rank >= Role.ANNOTATOR.rank)
# Whoever writes a row by hand has seen it; in a ledger where each reviews for himself, the others
# have not.
ADD = f"""
    INSERT INTO transactions_newrow (ledger_id, transaction_id, reader, why, listed)
    SELECT t.ledger_id, t.id, coalesce(m.user_id, 0), '{{why}}',
        t.deleted_at IS NULL AND NOT t.hidden
    FROM {{rows}} JOIN ledgers_ledger AS l ON l.id = t.ledger_id
    LEFT JOIN ledgers_membership AS m ON l.reviews_by = 'person' AND m.ledger_id = l.id
        AND m.role IN ({REVIEWERS})
    WHERE (l.reviews_by = 'ledger' OR m.id IS NOT NULL) AND {{only}}
    ORDER BY t.id
"""
# Of rows that were not there before: to look for conflicts would cost as much again.
CAME = ADD.format(
    why="came",
    rows="new_rows AS t",
    only=f"({OUTSIDE} OR m.user_id::text <> {BY.format(2)})",
)
# Of one that is new already, too, so that who reviews it meanwhile waits, and sees that it has
# changed.
AGAIN = """
    ON CONFLICT (transaction_id, reader) DO UPDATE SET id = EXCLUDED.id, xact = EXCLUDED.xact
"""
CHANGED = ADD.format(
    why="changed",
    rows="new_rows AS t JOIN old_rows AS o USING (id)",
    only="t.version <> o.version",
)
LISTED = """
    UPDATE transactions_newrow AS w SET listed = t.deleted_at IS NULL AND NOT t.hidden
    FROM new_rows AS t JOIN old_rows AS o USING (id)
    WHERE w.transaction_id = t.id
        AND (t.hidden, t.deleted_at IS NULL) IS DISTINCT FROM (o.hidden, o.deleted_at IS NULL);
"""
GONE = "DELETE FROM transactions_newrow AS w USING old_rows AS o WHERE w.transaction_id = o.id;"
# An import labels no rows but its own.
LABELLED = ADD.format(
    why="changed",
    rows="""(SELECT DISTINCT transaction_id AS id FROM {table}) AS labelled
        JOIN transactions_transaction AS t USING (id)""",
    only=f"{BY.format(1)} <> '{Way.IMPORT}'",
)


def if_outside(statement: str) -> str:
    return f"IF {OUTSIDE} THEN {statement} {AGAIN}; END IF;"


def news_of_transactions() -> list[pgtrigger.Trigger]:
    return [
        after(pgtrigger.Insert, "new_insert", f"{CAME};"),
        after(pgtrigger.Update, "new_update", LISTED, if_outside(CHANGED)),
        after(pgtrigger.Delete, "new_delete", GONE),
        after(pgtrigger.Truncate, "new_truncate", "DELETE FROM transactions_newrow;"),
    ]


def news_of_labels() -> list[pgtrigger.Trigger]:
    return [
        after(pgtrigger.Insert, "new_insert", if_outside(LABELLED.format(table="new_rows"))),
        after(pgtrigger.Delete, "new_delete", if_outside(LABELLED.format(table="old_rows"))),
    ]


TOLD = ("page", "bulk", "undo")
REVIEWED = {
    pgtrigger.Insert: ("renewed", "n", "new_rows AS n", "n.why = 'marked' OR told LIKE 'undo:%'"),
    pgtrigger.Delete: ("reviewed", "o", "old_rows AS o", "true"),
}


def told_reviews() -> list[pgtrigger.Trigger]:
    """Who reviewed what is in the history, with what undo needs."""
    return [told_review(operation) for operation in REVIEWED]


def told_review(operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    deed, row, rows, only = REVIEWED[operation]
    ways = ", ".join(f"'{way}'" for way in TOLD)
    quiet = f"IF {BY.format(1)} NOT IN ({ways}) THEN RETURN NULL; END IF;"
    kept = ", ".join(f"'{name}', {row}.{name}" for name in ("reader", "why", "since"))
    statement = WRITE.format(
        row=row,
        rows=rows,
        only=f"({only}) AND EXISTS (SELECT FROM ledgers_ledger AS l WHERE l.id = {row}.ledger_id)",
        deed=deed,
        kind="review",
        object="transaction_id",
        name="''",
        contact="NULL::bigint",
        changes=f"jsonb_build_object('new', jsonb_build_object({kept}))",
    )
    trigger = after(operation, f"history_{operation}".lower(), quiet, SAID, statement)
    trigger.declare = [("told", "text"), ("person", "bigint"), ("act", "bigint")]
    return trigger
