"""What one would write by hand for the content of the first page."""

from typing import Any

MEMBER = """
    SELECT u.id, u.username, u.first_name, u.last_name, u.is_active, u.password, s.session_data,
        l.*, m.role
    FROM ledgers_session AS s, ledgers_user AS u
    JOIN ledgers_membership AS m ON m.user_id = u.id JOIN ledgers_ledger AS l ON l.id = m.ledger_id
    WHERE s.session_key = %(session)s AND s.expire_date > now() AND u.id = %(user)s
        AND l.slug = %(slug)s
"""
LEDGERS = """
    SELECT id, name, slug FROM ledgers_ledger
    WHERE id IN (SELECT ledger_id FROM ledgers_membership WHERE user_id = %(user)s)
    ORDER BY name, id
"""
COUNT = """
    SELECT count(*) FROM (SELECT FROM transactions_transaction
        WHERE ledger_id = %(ledger)s AND deleted_at IS NULL AND NOT hidden LIMIT 10001) AS few
"""
# With all that stands in a row, whatever table it is of: labels, how often an address that nobody
# has named occurs, whether it only ever sent dust or looks like one of the book, how large its
# group is. As subqueries: to plan them as joins takes longer than to read them.
PAGE = """
    WITH page AS MATERIALIZED (
        SELECT * FROM transactions_transaction
        WHERE ledger_id = %(ledger)s AND deleted_at IS NULL AND NOT hidden
        ORDER BY occurred_at DESC, id DESC LIMIT 50)
"""
UNNAMED = "a.id IS NOT NULL AND a.contact_id IS NULL AND a.wallet_id IS NULL"
WITH_IT = """FROM transactions_transaction AS o WHERE o.ledger_id = t.ledger_id
    AND o.counterparty_id = a.id AND o.deleted_at IS NULL"""
ROWS = f"""{PAGE}
    SELECT t.id, t.version, t.occurred_at, t.type, t.status, t.hidden, t.note, t.group_key,
        (SELECT name FROM contacts_wallet WHERE id = t.wallet_id), t.sent_amount,
        (SELECT symbol FROM transactions_asset WHERE id = t.sent_asset_id), t.received_amount,
        (SELECT symbol FROM transactions_asset WHERE id = t.received_asset_id), t.fee_amount,
        (SELECT symbol FROM transactions_asset WHERE id = t.fee_asset_id), a.shown,
        (SELECT name FROM contacts_contact WHERE id = coalesce(t.contact_id, a.contact_id)),
        (SELECT name FROM contacts_wallet WHERE id = a.wallet_id),
        (SELECT json_agg(json_build_array(l.name, l.colour) ORDER BY lower(l.name), l.id)
            FROM transactions_transactionlabel AS tl
            JOIN transactions_label AS l ON l.id = tl.label_id WHERE tl.transaction_id = t.id),
        CASE WHEN {UNNAMED} THEN
            (SELECT count(*) FROM (SELECT {WITH_IT} LIMIT 1001) AS few) END,
        CASE WHEN {UNNAMED} THEN NOT EXISTS (SELECT {WITH_IT} AND (o.received_amount IS NULL
            OR o.received_amount > 0.00001 OR o.sent_amount > 0)) END,
        CASE WHEN {UNNAMED} THEN
            (SELECT max(b.id) FROM contacts_address AS b WHERE b.ledger_id = t.ledger_id
            AND upper(b.normalised) ~>=~ upper(left(a.normalised, 6))
            AND upper(b.normalised) ~<~ (upper(left(a.normalised, 6)) || 'Z')
            AND right(b.normalised, 4) = right(a.normalised, 4)
            AND (b.contact_id IS NOT NULL OR b.wallet_id IS NOT NULL)) END,
        CASE WHEN t.group_key <> '' THEN
            (SELECT count(*) FROM (SELECT FROM transactions_transaction AS o
            WHERE o.ledger_id = t.ledger_id AND upper(o.group_key) = upper(t.group_key)
            AND o.deleted_at IS NULL LIMIT 1001) AS few) END
    FROM page AS t LEFT JOIN contacts_address AS a ON a.id = t.counterparty_id
    ORDER BY t.occurred_at DESC, t.id DESC
"""
# The other ends of the rows that are an end of a transfer.
ENDS = f"""{PAGE}, pairs AS MATERIALIZED (
        SELECT * FROM transactions_transferpair WHERE state = 'accepted'
        AND (sent_id IN (SELECT id FROM page) OR received_id IN (SELECT id FROM page)))
    SELECT p.id, s.id, r.id, s.sent_amount - r.received_amount, sa.symbol,
        (SELECT name FROM contacts_wallet WHERE id = s.wallet_id),
        (SELECT name FROM contacts_wallet WHERE id = r.wallet_id)
    FROM pairs AS p
    JOIN transactions_transaction AS s ON s.id = p.sent_id
    JOIN transactions_transaction AS r ON r.id = p.received_id
    JOIN transactions_asset AS sa ON sa.id = s.sent_asset_id
    JOIN transactions_asset AS ra ON ra.id = r.received_asset_id
    WHERE s.wallet_id <> r.wallet_id AND s.deleted_at IS NULL AND r.deleted_at IS NULL
        AND s.received_asset_id IS NULL AND r.sent_asset_id IS NULL
        AND s.sent_amount >= r.received_amount AND sa.symbol = ra.symbol
"""
MENUS = """
    (SELECT 'wallet', id::text, name FROM contacts_wallet WHERE ledger_id = %(ledger)s
        ORDER BY name LIMIT 200)
    UNION ALL (SELECT DISTINCT 'asset', symbol, symbol FROM transactions_asset
        WHERE ledger_id = %(ledger)s ORDER BY symbol LIMIT 200)
    UNION ALL (SELECT 'contact', id::text, name FROM contacts_contact
        WHERE ledger_id = %(ledger)s ORDER BY name LIMIT 200)
    UNION ALL (SELECT 'label', id::text, name FROM transactions_label
        WHERE ledger_id = %(ledger)s ORDER BY lower(name) LIMIT 200)
"""


def statements(session: str, slug: str, menus: bool) -> list[tuple[str, dict[str, Any], bool]]:
    """Menus only where the page has them."""
    from ledgers.models import Membership

    of = Membership.objects.get(ledger__slug=slug, user__username="bench")
    values = {"session": session, "slug": slug, "user": of.user_id, "ledger": of.ledger_id}
    sent = [MEMBER, LEDGERS, COUNT, ROWS, ENDS, *[MENUS] * menus]
    return [(sql, values, False) for sql in sent]
