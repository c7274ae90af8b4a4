"""Rows are reviewed, or marked as new again. The history tells of both, and by it they are undone.

Two people who review the same row agree: the second has nothing to do.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import connection, transaction
from django.utils.translation import ngettext

from ledgers.models import Ledger, Membership, ReviewsBy, Role, User
from ledgers.undo import undoes
from live.writers import Way, writing
from transactions.actions.bulk import Done, Rows, act
from transactions.models import NewRow
from transactions.search import keys_sql
from txproject.localized import grouped

# In one order, so that two never wait for each other.
REVIEW = """
    DELETE FROM transactions_newrow WHERE id = ANY(ARRAY(
        SELECT id FROM transactions_newrow
        WHERE ledger_id = %s AND reader = %s AND id <= %s AND transaction_id IN ({rows})
            AND (
                pg_visible_in_snapshot(xact, %s::pg_snapshot)
                OR xact >= pg_snapshot_xmax(pg_current_snapshot()) -- of a server that was dumped
            )
        ORDER BY id FOR UPDATE
    ))
"""
RENEW = """
    INSERT INTO transactions_newrow (ledger_id, transaction_id, reader, why, listed)
    SELECT t.ledger_id, t.id, %s, 'marked', NOT t.hidden AND t.deleted_at IS NULL
    FROM transactions_transaction AS t WHERE t.id IN ({rows}) ORDER BY t.id
    ON CONFLICT DO NOTHING
"""
SEEN = """
    SELECT coalesce(max(id), 0), pg_current_snapshot()::text FROM transactions_newrow
"""
# For whoever asks, where one reviewed for all then and each does for himself now, or the reverse.
BACK = """
    INSERT INTO transactions_newrow (ledger_id, transaction_id, reader, why, since, listed)
    SELECT t.ledger_id, t.id,
        CASE WHEN (was.reader = 0) = (%(reader)s = 0) THEN was.reader ELSE %(reader)s END,
        was.why, was.since,
        NOT t.hidden AND t.deleted_at IS NULL
    FROM history_entry AS e JOIN transactions_transaction AS t ON t.id = e.object_id,
        jsonb_to_record(e.changes->'new') AS was (reader bigint, why text, since timestamptz)
    WHERE e.ledger_id = %(ledger)s AND t.ledger_id = %(ledger)s AND e.at = %(at)s
        AND e.act = %(act)s AND e.kind = 'review' AND e.deed = 'reviewed'
    ORDER BY t.id ON CONFLICT DO NOTHING
"""
# Of all who review for themselves nobody has: so it is new for all of them. Whoever came later has
# never had it before him.
TO_ONE = """
    INSERT INTO transactions_newrow (ledger_id, transaction_id, reader, why, since, listed)
    SELECT n.ledger_id, n.transaction_id, 0, min(n.why), min(n.since), bool_or(n.listed)
    FROM transactions_newrow AS n WHERE n.ledger_id = %s AND n.reader = ANY(%s)
    GROUP BY n.ledger_id, n.transaction_id
    HAVING count(*) = %s OR NOT EXISTS (
        SELECT FROM history_entry AS e
        WHERE e.ledger_id = n.ledger_id AND e.kind = 'review' AND e.deed = 'reviewed'
            AND e.object_id = n.transaction_id AND e.at >= min(n.since)
    ) ORDER BY n.transaction_id ON CONFLICT DO NOTHING
"""
TO_EACH = """
    INSERT INTO transactions_newrow (ledger_id, transaction_id, reader, why, since, listed)
    SELECT ledger_id, transaction_id, one, why, since, listed
    FROM transactions_newrow, unnest(%s::bigint[]) AS one
    WHERE ledger_id = %s AND reader = 0 ORDER BY transaction_id, one ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Seen:
    """What a page could show: what has a key up to the newest, and was written by a transaction
    that the page's snapshot sees. An import that was running has lower keys, too."""

    newest: int
    snapshot: str

    @classmethod
    def now(cls) -> "Seen":
        with connection.cursor() as cursor:
            cursor.execute(SEEN)
            return cls(*cursor.fetchone())

    @classmethod
    def signed(cls, text: str) -> "Seen":
        """As a page has it. What none has is nothing."""
        try:
            return cls(*signing.loads(text, salt="seen"))
        except signing.BadSignature:
            return cls(0, "1:1:")

    def __str__(self) -> str:
        return signing.dumps((self.newest, self.snapshot), salt="seen")


def review(ledger: Ledger, rows: Rows, seen: Seen) -> Done:
    """How many were new, of what was `seen`, and what undo needs."""
    sql, params = keys_sql(rows.order_by())
    of = [ledger.pk, ledger.reader, seen.newest, *params, seen.snapshot]
    return told(REVIEW.format(rows=sql), of)


def review_one(ledger: Ledger, pk: int, seen: int) -> Done:
    """What was seen; a change since is another one."""
    with transaction.atomic():
        n, _of = NewRow.objects.of(ledger).filter(pk=seen, transaction=pk).delete()
        return n, act()


def renew(ledger: Ledger, rows: Rows) -> Done:
    sql, params = keys_sql(rows.order_by())
    return told(RENEW.format(rows=sql), [ledger.reader, *params])


def told(statement: str, values: list[Any]) -> Done:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount, act()


@undoes("reviewed")
def undo_review(ledger: Ledger, done: dict[str, Any], _by: User) -> str:
    with connection.cursor() as cursor:
        cursor.execute(BACK, {**done, "ledger": ledger.pk, "reader": ledger.reader})
        n = cursor.rowcount
    return renewed(n)


@undoes("renewed")
def undo_renewal(ledger: Ledger, done: dict[str, Any], _by: User) -> str:
    marked = NewRow.objects.of(ledger).filter(why=NewRow.Why.MARKED)
    n, _of = marked.filter(since=datetime.fromisoformat(done["at"])).delete()
    return reviewed(n)


def reviewed(n: int) -> str:
    text = ngettext("%(n)s transaction is reviewed.", "%(n)s transactions are reviewed.", n)
    return text % {"n": grouped(n)}


def renewed(n: int) -> str:
    text = ngettext("%(n)s transaction is new again.", "%(n)s transactions are new again.", n)
    return text % {"n": grouped(n)}


def reviewers(ledger: Ledger) -> list[int]:
    may = [role for role in Role if role.rank >= Role.ANNOTATOR.rank]
    members = Membership.objects.filter(ledger=ledger, role__in=may)
    return list(members.values_list("user", flat=True))


def set_reviews_by(ledger: Ledger, by: ReviewsBy, **stamp: Any) -> None:
    """What is new stays new. The changed row keeps imports out meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        changed = Ledger.objects.filter(pk=ledger.pk).exclude(reviews_by=by)
        if not changed.update(reviews_by=by, **stamp):
            return
        each, before = reviewers(ledger), NewRow.objects.filter(ledger=ledger)
        with writing(Way.ADMIN):  # nobody reviews by it, and the history tells of none
            if by == ReviewsBy.PERSON:
                cursor.execute(TO_EACH, [each, ledger.pk])
                before.filter(reader=0).delete()
            else:
                cursor.execute(TO_ONE, [ledger.pk, each, len(each)])
                before.exclude(reader=0).delete()
