"""What is marked as spam is hidden by the database itself, whoever writes: a page, an import, psql.

A row that somebody had hidden before is left as it is. Each that a mark hides is remembered with
it, so that exactly these are shown again when the mark goes; a row that a person shows again is
forgotten.
"""

import pgtrigger

from live.triggers import after
from live.versions import NOT_EDITED

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
# By the index of each column: PostgreSQL would walk through the ledger for an OR of them.
FOUND = f"""
    SELECT m.ledger_id, m.id AS mark, t.id AS tx FROM {{marks}} AS m JOIN {{rows}} AS t
        ON t.ledger_id = m.ledger_id AND {SENT_BY_IT} AND {SHOWN}
    UNION SELECT m.ledger_id, m.id, t.id FROM {{marks}} AS m JOIN {{rows}} AS t
        ON t.ledger_id = m.ledger_id AND t.received_asset_id = m.asset_id AND {ABOUT_IT} AND {SHOWN}
    UNION SELECT m.ledger_id, m.id, t.id FROM {{marks}} AS m JOIN {{rows}} AS t
        ON t.ledger_id = m.ledger_id AND t.sent_asset_id = m.asset_id AND {ABOUT_IT} AND {SHOWN}
"""
HIDE = f"""
    {BEGIN}
    WITH found AS ({FOUND}), hidden AS (
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
FORGET = f"""
    IF {IS_BY_MARK} OR NOT EXISTS (
        SELECT FROM old_rows AS o JOIN new_rows AS n USING (id) WHERE o.hidden AND NOT n.hidden
    ) THEN
        RETURN NULL;
    END IF;
    DELETE FROM transactions_spamrow AS s USING old_rows AS o JOIN new_rows AS n USING (id)
    WHERE s.transaction_id = o.id AND o.hidden AND NOT n.hidden;
"""


def told(trigger: pgtrigger.Trigger) -> pgtrigger.Trigger:
    trigger.declare = [("before", "text")]
    return trigger


def of_marks() -> list[pgtrigger.Trigger]:
    hide = HIDE.format(marks="new_rows", rows="transactions_transaction")
    return [told(after(pgtrigger.Insert, "spam_insert", WAIT, hide))]


def of_spam_rows() -> list[pgtrigger.Trigger]:
    return [told(after(pgtrigger.Delete, "spam_delete", SHOW))]


def of_transactions() -> list[pgtrigger.Trigger]:
    hide = HIDE.format(marks="transactions_spammark", rows="new_rows")
    return [
        told(after(pgtrigger.Insert, "spam_insert", ANY_MARKS, hide)),
        after(pgtrigger.Update, "spam_update", FORGET),
    ]
