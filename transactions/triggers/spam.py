"""What is marked as spam is hidden by the database itself, whoever writes: a page, an import, psql.

A row that somebody had hidden before is left as it is. Each that a mark hides is remembered with
it, so that exactly these are shown again when the mark goes; a row that a person shows again is
forgotten.

What a mark did not hide though it fits is kept as an exception when the mark goes, and what it hid
when a person shows that. So whoever takes one of both back finds all as it was: a mark that comes
back under its key leaves its exceptions out, and a row that is hidden again by undo, or from the
history, belongs to its marks again.
"""

import pgtrigger

from live.triggers import after
from live.versions import NOT_EDITED
from live.writers import SETTING, Way

# Set while rows are hidden and shown by a mark: the history tells of the mark.
BY_MARK = "txproject.by_mark"
IS_BY_MARK = f"coalesce(current_setting('{BY_MARK}', true), '') = 'on'"
# Nobody has worked on the rows.
BEGIN = f"""
    before := coalesce(current_setting('{NOT_EDITED}', true), '');
    PERFORM set_config('{NOT_EDITED}', 'on', true), set_config('{BY_MARK}', 'on', true);
"""
END = f"PERFORM set_config('{NOT_EDITED}', before, true), set_config('{BY_MARK}', '', true);"
# What they send is hidden; what was sent or paid oneself is never.
SENT_BY_IT = """
    m.address_id = t.counterparty_id
    AND coalesce(t.sent_amount, 0) = 0 AND coalesce(t.fee_amount, 0) = 0
"""
ABOUT_IT = """
    coalesce(t.received_asset_id, m.asset_id) = m.asset_id
    AND coalesce(t.sent_asset_id, m.asset_id) = m.asset_id AND coalesce(t.fee_amount, 0) = 0
"""
SHOWN = """
    (NOT t.hidden OR EXISTS (SELECT FROM transactions_spamrow AS s WHERE s.transaction_id = t.id))
"""
NO_EXCEPTION = """
    NOT EXISTS (
        SELECT FROM transactions_spamexception AS e WHERE e.transaction_id = t.id AND e.mark = m.id
    )
"""
NOT_HIDDEN_BY_IT = """
    NOT EXISTS (
        SELECT FROM transactions_spamrow AS s WHERE s.transaction_id = t.id AND s.mark_id = m.id
    )
"""
# By the index of each column: PostgreSQL would walk through the ledger for an OR of them.
FOUND = f"""
    SELECT m.ledger_id, m.id AS mark, t.id AS tx FROM {{marks}} AS m JOIN {{rows}} AS t
        ON t.ledger_id = m.ledger_id AND {SENT_BY_IT}
            AND {{only}}
    UNION SELECT m.ledger_id, m.id, t.id FROM {{marks}} AS m JOIN {{rows}} AS t
        ON t.ledger_id = m.ledger_id AND t.received_asset_id = m.asset_id AND {ABOUT_IT}
            AND {{only}}
    UNION SELECT m.ledger_id, m.id, t.id FROM {{marks}} AS m JOIN {{rows}} AS t
        ON t.ledger_id = m.ledger_id AND t.sent_asset_id = m.asset_id AND {ABOUT_IT}
            AND {{only}}
"""
HIDE = f"""
    {BEGIN}
    WITH found AS ({{found}}), hidden AS (
        UPDATE transactions_transaction AS t SET hidden = true
        WHERE t.id IN (SELECT tx FROM found) AND NOT t.hidden
    )
    INSERT INTO transactions_spamrow (ledger_id, mark_id, transaction_id)
    SELECT ledger_id, mark, tx FROM found ON CONFLICT DO NOTHING;
    {END}
"""
ANY_MARKS = """
    IF NOT EXISTS (
        SELECT FROM transactions_spammark WHERE ledger_id IN (SELECT ledger_id FROM new_rows)
    ) THEN
        RETURN NULL;
    END IF;
"""
# Who marks waits for an import that is being written, which cannot see the mark.
WAIT = """
    PERFORM FROM ledgers_ledger WHERE id IN (SELECT ledger_id FROM new_rows)
    ORDER BY id FOR NO KEY UPDATE;
"""
# A trigger of a statement also runs where it has changed nothing.
SHOW = f"""
    IF NOT EXISTS (SELECT FROM old_rows) THEN
        RETURN NULL;
    END IF;
    {BEGIN}
    UPDATE transactions_transaction AS t SET hidden = false FROM old_rows AS o
    WHERE t.id = o.transaction_id AND t.hidden
        AND NOT EXISTS (SELECT FROM transactions_spamrow AS s WHERE s.transaction_id = t.id);
    {END}
"""
COULD_HIDE = FOUND.format(
    marks="(SELECT OLD.id, OLD.ledger_id, OLD.address_id, OLD.asset_id)",
    rows="transactions_transaction",
    only=NOT_HIDDEN_BY_IT,
)
# Before the mark's own rows go.
KEEP = f"""
    INSERT INTO transactions_spamexception (ledger_id, mark, transaction_id, shown)
    SELECT ledger_id, mark, tx, false FROM ({COULD_HIDE}) AS found ON CONFLICT DO NOTHING;
    RETURN OLD;
"""
FLIPPED = "old_rows AS o JOIN new_rows AS n USING (id)"
ANY_FLIPPED = f"""
    IF {IS_BY_MARK} OR NOT EXISTS (SELECT FROM {FLIPPED} WHERE o.hidden <> n.hidden) THEN
        RETURN NULL;
    END IF;
"""
GOES_BACK = f"""
    split_part(coalesce(current_setting('{SETTING}', true), ''), ':', 1)
        IN ('{Way.UNDO}', '{Way.REVERT}')
"""
# Whose marks are gone meanwhile would have been shown with them.
HIDE_AGAIN = f"""
    IF {GOES_BACK} THEN
        {BEGIN}
        WITH kept AS (
            DELETE FROM transactions_spamexception AS e USING {FLIPPED}
            WHERE e.transaction_id = n.id AND e.shown AND n.hidden AND NOT o.hidden
            RETURNING e.ledger_id, e.mark, e.transaction_id
        ), standing AS (
            SELECT kept.* FROM kept JOIN transactions_spammark AS m ON m.id = kept.mark
            FOR KEY SHARE OF m
        ), again AS (
            INSERT INTO transactions_spamrow (ledger_id, mark_id, transaction_id)
            SELECT ledger_id, mark, transaction_id FROM standing ON CONFLICT DO NOTHING
        )
        UPDATE transactions_transaction AS t SET hidden = false FROM kept
        WHERE t.id = kept.transaction_id
            AND NOT EXISTS (SELECT FROM standing AS s WHERE s.transaction_id = t.id);
        {END}
    END IF;
"""
# Only what was shown last can be taken back.
FORGET = f"""
    UPDATE transactions_spamexception AS e SET shown = false FROM {FLIPPED}
    WHERE e.transaction_id = n.id AND e.shown AND o.hidden <> n.hidden;
    WITH forgotten AS (
        DELETE FROM transactions_spamrow AS s USING {FLIPPED}
        WHERE s.transaction_id = n.id AND o.hidden AND NOT n.hidden
        RETURNING s.ledger_id, s.mark_id, s.transaction_id
    )
    INSERT INTO transactions_spamexception (ledger_id, mark, transaction_id, shown)
    SELECT ledger_id, mark_id, transaction_id, true FROM forgotten
    ON CONFLICT (transaction_id, mark) DO UPDATE SET shown = true;
"""


def told(trigger: pgtrigger.Trigger) -> pgtrigger.Trigger:
    trigger.declare = [("before", "text")]
    return trigger


def hiding(marks: str, rows: str) -> str:
    only = f"{SHOWN} AND {NO_EXCEPTION}"
    return HIDE.format(found=FOUND.format(marks=marks, rows=rows, only=only))


def of_marks() -> list[pgtrigger.Trigger]:
    hide = hiding(marks="new_rows", rows="transactions_transaction")
    keep = pgtrigger.Trigger(
        name="spam_delete", when=pgtrigger.Before, operation=pgtrigger.Delete, func=KEEP
    )
    return [told(after(pgtrigger.Insert, "spam_insert", WAIT, hide)), keep]


def of_spam_rows() -> list[pgtrigger.Trigger]:
    return [told(after(pgtrigger.Delete, "spam_delete", SHOW))]


def of_transactions() -> list[pgtrigger.Trigger]:
    hide = hiding(marks="transactions_spammark", rows="new_rows")
    return [
        told(after(pgtrigger.Insert, "spam_insert", ANY_MARKS, hide)),
        told(after(pgtrigger.Update, "spam_update", ANY_FLIPPED, HIDE_AGAIN, FORGET)),
    ]
