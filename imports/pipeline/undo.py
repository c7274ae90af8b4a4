"""An import that is undone, and its rows that come back.

Undone rows are deleted by nobody (`undone_import`): they are as they were, with all that people
wrote on them, until the same lines are imported again. Then they are built anew from the file, so
that another time zone or chain counts, and what people wrote moves to the new rows.

A row stands as long as an import stands whose file has its line, whichever brought it. The rows of
one line, as a trade and its second fee, go and come together.
"""

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from history.statements import LABEL_OF
from imports.models import OWN_FAMILY, ImportBatch
from imports.pipeline.checking import Progress, no_progress
from imports.pipeline.known import Line, numbers, packed, unpacked
from ledgers.models import Ledger, User
from live.versions import NOT_EDITED
from live.writers import Way, writing

KEPT_FOR = timedelta(days=30)

# What a person did to a row that came from a file: edited it, gave it a label, or took one off that
# the file had given it.
LABELLED = """
    EXISTS (SELECT FROM transactions_transactionlabel AS l
        WHERE l.transaction_id = t.id AND l.added_at > t.created_at)
"""
OF_LABEL = f"""
    FROM history_entry AS {{0}} WHERE {{0}}.object_id = {{1}} AND {{0}}.kind = 'transaction'
        AND {{0}}.changes ? 'label' AND {LABEL_OF} = {{2}} ORDER BY {{0}}.id
"""
IS_OFF = "{0}.changes->'label'->>1 IS NULL"
BY_PERSON = "e.way NOT IN ('import', 'rule')"
UNLABELLED = f"""
    EXISTS (SELECT FROM history_entry AS e
        WHERE e.object_id = t.id AND e.kind = 'transaction' AND e.changes ? 'label'
            AND {IS_OFF.format("e")} AND {BY_PERSON} AND (
                SELECT {IS_OFF.format("began")}
                {OF_LABEL.format("began", "e.object_id", LABEL_OF.format("e"))} LIMIT 1))
"""
PAIRED = """
    EXISTS (SELECT FROM transactions_transferpair AS p
        WHERE p.sent_id = t.id OR p.received_id = t.id)
"""
WORKED_ON = f"(t.edited_at IS NOT NULL OR {LABELLED} OR {UNLABELLED} OR {PAIRED})"
WORK = f"""
    SELECT count(*), count(*) FILTER (WHERE {LABELLED}),
        count(*) FILTER (WHERE t.edited_at IS NOT NULL AND t.note <> ''),
        count(*) FILTER (WHERE t.edited_at IS NOT NULL AND t.contact_id IS NOT NULL),
        count(*) FILTER (WHERE t.edited_at IS NOT NULL AND t.hidden),
        count(*) FILTER (WHERE {PAIRED}),
        array_remove(array_agg(DISTINCT u.username), NULL)
    FROM transactions_transaction AS t LEFT JOIN ledgers_user AS u ON u.id = t.edited_by_id
    WHERE t.ledger_id = %s AND t.batch_id = %s AND t.deleted_at IS NULL AND {WORKED_ON}
"""  # noqa: S608 (our own text)
# The rows of one line have its row's key in common.
OF_LINE = "coalesce(t.parent_id, t.id)"
# Those of an import that another one's file has too become that one's, and stand. How many were
# gone, and the keys of their lines.
MOVE = f"""
    WITH theirs AS MATERIALIZED (
        SELECT t.id, t.undone_import_id IS NOT NULL AS gone FROM transactions_transaction AS t
        WHERE t.ledger_id = %s AND t.batch_id = %s AND {OF_LINE} IN (
            SELECT transaction_id FROM transactions_sourceline WHERE id = ANY(%s))
    ), moved AS (
        UPDATE transactions_transaction AS t SET batch_id = %s, undone_import_id = NULL,
            deleted_at = CASE WHEN t.undone_import_id IS NULL THEN t.deleted_at END
        FROM theirs WHERE t.id = theirs.id
    ) SELECT count(DISTINCT theirs.id) FILTER (WHERE gone), string_agg(int8send(line.id), '')
    FROM theirs LEFT JOIN transactions_sourceline AS line ON line.transaction_id = theirs.id
"""  # noqa: S608 (our own text)
UNDO = """
    UPDATE transactions_transaction AS t SET deleted_at = %(now)s, undone_import_id = t.batch_id
    WHERE t.ledger_id = %(ledger)s AND t.batch_id = %(batch)s AND t.deleted_at IS NULL
        AND t.id BETWEEN %(first)s AND %(last)s
"""
UNDO_BUT_WORK = f"""
    {UNDO} AND {OF_LINE} NOT IN (
        SELECT {OF_LINE} FROM transactions_transaction AS t
        WHERE t.ledger_id = %(ledger)s AND t.batch_id = %(batch)s
            AND t.id BETWEEN %(first)s AND %(last)s AND {WORKED_ON})
"""  # noqa: S608 (our own text)
REDO = """
    UPDATE transactions_transaction SET deleted_at = NULL, undone_import_id = NULL
    WHERE ledger_id = %(ledger)s AND undone_import_id = %(batch)s
        AND id BETWEEN %(first)s AND %(last)s
"""
# The first of some thousand rows each; those of one line are in one slice.
SLICES = """
    SELECT min(id) FROM (
        SELECT id, row_number() OVER (ORDER BY id) / %s AS slice FROM transactions_transaction
        WHERE ledger_id = %s AND {of} = %s AND parent_id IS NULL
    ) AS row GROUP BY slice ORDER BY slice
"""
SLICE = 10_000
LAST = (1 << 63) - 1
# What else came of known lines whose rows had stayed: a person had deleted them.
CHILDREN_BACK = """
    WITH theirs AS MATERIALIZED (
        SELECT t.id, t.undone_import_id, line.id AS line FROM transactions_transaction AS t
        JOIN transactions_sourceline AS line ON line.transaction_id = t.parent_id
        WHERE t.ledger_id = %s AND t.undone_import_id IS NOT NULL AND line.id = ANY(%s)
    ), back AS (
        UPDATE transactions_transaction AS t
        SET deleted_at = NULL, undone_import_id = NULL, batch_id = %s
        FROM theirs WHERE t.id = theirs.id
    ) SELECT undone_import_id, string_agg(int8send(line), '') FROM theirs GROUP BY 1
"""
ROOM = """
    CREATE TEMPORARY TABLE lines_back (
        id bigint, wallet_id bigint, family text, key bytea, old bigint
    ) ON COMMIT DROP
"""
TAKE = """
    WITH taken AS (
        DELETE FROM transactions_sourceline AS line
        USING unnest(%s::bigint[], %s::text[], %s::bytea[]) AS n (wallet, family, key)
        WHERE line.wallet_id = n.wallet AND line.family = n.family AND line.key = n.key
        RETURNING line.id, line.wallet_id, line.family, line.key, line.transaction_id
    ) INSERT INTO lines_back SELECT * FROM taken
"""
# The imports that had brought them have them still, by the keys that they had.
SAME_KEYS = """
    UPDATE transactions_sourceline AS line SET id = back.id FROM lines_back AS back
    WHERE line.wallet_id = back.wallet_id AND line.family = back.family AND line.key = back.key
"""
BROUGHT_BY = """
    SELECT t.undone_import_id, string_agg(int8send(back.id), '')
    FROM lines_back AS back JOIN transactions_transaction AS t ON t.id = back.old
    WHERE t.undone_import_id IS NOT NULL GROUP BY t.undone_import_id
"""
# Of several new rows of one old one, the first takes what people wrote.
PAIRS = """
    CREATE TEMPORARY TABLE rows_back ON COMMIT DROP AS
    SELECT DISTINCT ON (back.old) back.old, line.transaction_id AS new, true AS same
    FROM lines_back AS back JOIN transactions_sourceline AS line USING (wallet_id, family, key)
    ORDER BY back.old, line.line
"""
# What else came of their lines, one by one: in our own export by its number there, else by its
# place. Of more than there are now, the row itself takes what people wrote.
CHILDREN = f"""
    INSERT INTO rows_back
    WITH old AS (
        SELECT pair.new, t.id, t.wallet_id,
            uuid_send(ledger.uid) || decode(lpad(to_hex(t.id), 32, '0'), 'hex') AS key,
            row_number() OVER (PARTITION BY pair.old ORDER BY t.id) AS place
        FROM rows_back AS pair JOIN transactions_transaction AS t ON t.parent_id = pair.old
        JOIN ledgers_ledger AS ledger ON ledger.id = t.ledger_id
    ), new AS (
        SELECT parent_id, id, row_number() OVER (PARTITION BY parent_id ORDER BY id) AS place
        FROM transactions_transaction WHERE parent_id IN (SELECT new FROM rows_back)
    ), found AS (
        SELECT old.id, old.new, coalesce(line.transaction_id, new.id) AS child
        FROM old LEFT JOIN new ON new.parent_id = old.new AND new.place = old.place
        LEFT JOIN transactions_sourceline AS line ON line.wallet_id = old.wallet_id
            AND line.family = '{OWN_FAMILY}' AND line.key = old.key
    ) SELECT id, coalesce(child, new), child IS NOT NULL FROM found
"""  # noqa: S608 (our own text)
LABELS_BACK = """
    INSERT INTO transactions_transactionlabel (ledger_id, transaction_id, label_id, added_at)
    SELECT DISTINCT ON (pair.new, l.label_id)
        l.ledger_id, pair.new, l.label_id, clock_timestamp() + interval '1 microsecond'
    FROM rows_back AS pair JOIN transactions_transaction AS t ON t.id = pair.old
    JOIN transactions_transactionlabel AS l ON l.transaction_id = t.id AND l.added_at > t.created_at
    ON CONFLICT DO NOTHING
"""
# Of several old rows of one new one, that which was edited last counts, with the notes of all.
EDITS_BACK = """
    UPDATE transactions_transaction AS t SET note = o.notes, edited_at = o.edited_at,
        edited_by_id = o.edited_by_id,
        type = CASE WHEN o.same THEN o.type ELSE t.type END,
        hidden = CASE WHEN o.same THEN o.hidden ELSE t.hidden END,
        contact_id = CASE WHEN o.same THEN o.contact_id ELSE t.contact_id END,
        deleted_at = CASE WHEN o.same AND o.undone_import_id IS NULL THEN o.deleted_at END
    FROM (
        SELECT DISTINCT ON (pair.new) pair.new, pair.same, o.*, (
            SELECT coalesce(string_agg(note, E'\\n' ORDER BY first), '') FROM (
                SELECT each.note, min(each.id) AS first FROM rows_back AS other
                JOIN transactions_transaction AS each ON each.id = other.old
                WHERE other.new = pair.new AND each.edited_at IS NOT NULL AND each.note <> ''
                GROUP BY each.note) AS said) AS notes
        FROM rows_back AS pair JOIN transactions_transaction AS o ON o.id = pair.old
        WHERE o.edited_at IS NOT NULL ORDER BY pair.new, pair.same DESC, o.edited_at DESC
    ) AS o WHERE t.id = o.new
"""
# Of several old rows of one new one, one has its transfer come back.
TRANSFERS_BACK = tuple(
    f"""
    UPDATE transactions_transferpair AS p SET {end}_id = pair.new
    FROM (SELECT DISTINCT ON (new) new, old FROM rows_back ORDER BY new, old) AS pair
    WHERE p.{end}_id = pair.old
    """  # noqa: S608 (our own text)
    for end in ("sent", "received")
)
HISTORY_BACK = """
    UPDATE history_entry AS e SET object_id = pair.new FROM rows_back AS pair
    WHERE e.object_id = pair.old AND e.kind IN ('transaction', 'review')
"""
LABELS_OFF = f"""
    DELETE FROM transactions_transactionlabel AS l USING rows_back AS pair
    WHERE l.transaction_id = pair.new AND (
        SELECT {IS_OFF.format("e")} AND {BY_PERSON}
        {OF_LABEL.format("e", "pair.new", "l.label_id")} DESC LIMIT 1)
"""  # noqa: S608 (our own text)
# The new rows are new to everybody: not to those who had reviewed the old ones.
REVIEWS_BACK = """
    DELETE FROM transactions_newrow AS w USING rows_back AS pair
    WHERE w.transaction_id = pair.new AND NOT EXISTS (SELECT FROM transactions_newrow AS old
        WHERE old.transaction_id = pair.old AND old.reader = w.reader)
"""
FORGET = (
    "DELETE FROM transactions_transferpair AS p USING rows_back AS pair"
    " WHERE pair.old IN (p.sent_id, p.received_id)",
    "DELETE FROM transactions_transactionlabel WHERE transaction_id IN (SELECT old FROM rows_back)",
    "DELETE FROM transactions_sourceline WHERE transaction_id IN (SELECT old FROM rows_back)",
    "DELETE FROM transactions_transaction WHERE id IN (SELECT old FROM rows_back)",
    "DROP TABLE lines_back, rows_back",
)
LONG_GONE = f"""
    CREATE TEMPORARY TABLE rows_back ON COMMIT DROP AS
    WITH gone AS (
        SELECT t.id FROM transactions_transaction AS t
        WHERE t.undone_import_id = ANY(%(imports)s) AND t.parent_id IS NULL AND t.id NOT IN (
            SELECT {OF_LINE} FROM transactions_transaction AS t
            WHERE t.batch_id = ANY(%(imports)s) AND {WORKED_ON})
        LIMIT 100000
    ) SELECT id AS old FROM gone
    UNION ALL SELECT t.id FROM gone JOIN transactions_transaction AS t ON t.parent_id = gone.id
"""  # noqa: S608 (our own text)


@dataclass(slots=True)
class Work:
    """How many rows of an import people have worked on, and who."""

    rows: int
    labelled: int
    noted: int
    named: int
    hidden: int
    paired: int
    by: list[str]


def work_on(batch: ImportBatch) -> Work:
    with connection.cursor() as cursor:
        cursor.execute(WORK, [batch.ledger_id, batch.pk])
        rows, labelled, noted, named, hidden, paired, by = cursor.fetchone()
    return Work(rows, labelled, noted, named, hidden, paired, sorted(by or []))


@contextmanager
def alone(batch: ImportBatch, by: User | None) -> Iterator[ImportBatch]:
    """The import as it is now, while no other import into its ledger is written."""
    told = writing(Way.UNDO, by)
    with transaction.atomic(), told, connection.cursor() as cursor:
        Ledger.objects.select_for_update(no_key=True).get(pk=batch.ledger_id)
        cursor.execute("SELECT set_config(%s, 'on', true)", [NOT_EDITED])
        yield ImportBatch.objects.get(pk=batch.pk)
        cursor.execute("SELECT set_config(%s, '', true)", [NOT_EDITED])


def undo(batch: ImportBatch, by: User | None, keep: bool, progress: Progress = no_progress) -> int:
    """How many rows went; 0 if it was undone before. With `keep`, those stay that people have
    worked on. Rows that a later file contained too become that import's."""
    with alone(batch, by) as batch:
        if batch.undone_at:
            settled(batch)
            return 0
        for other in others(batch).filter(undone_at=None).exclude(known_lines=None):
            move(unpacked(other.known_lines), batch, other)
        statement = UNDO_BUT_WORK if keep else UNDO
        now = timezone.now()
        gone = in_slices("batch_id", batch, statement, progress, now=now)
        settled(batch, undone_at=now, undone_by=by)
    return gone


def in_slices(
    of: str, batch: ImportBatch, statement: str, progress: Progress, **values: Any
) -> int:
    """How many rows of the import have been changed, some thousands at a time."""
    values |= {"ledger": batch.ledger_id, "batch": batch.pk}
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(SLICES.format(of=of), [SLICE, batch.ledger_id, batch.pk])
        # What is of a row that is in no slice, as a person has deleted it, may be anywhere.
        ends = [0, *(first for (first,) in cursor.fetchall()[1:]), LAST]
        for n, (first, last) in enumerate(pairwise(ends)):
            progress(n / (len(ends) - 1))
            cursor.execute(statement, {**values, "first": first, "last": last - 1})
            count += cursor.rowcount
    return count


def settled(batch: ImportBatch, **values: Any) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(**values, job=None, problem="", fraction=0)


def others(batch: ImportBatch) -> "QuerySet[ImportBatch]":
    """Those whose files may have lines of this one's."""
    found = ImportBatch.objects.filter(ledger=batch.ledger_id).exclude(pk=batch.pk)
    if batch.wallet_id:
        found = found.filter(Q(wallet=batch.wallet_id) | Q(wallet=None))
    return found.only("pk", "known_lines").order_by("pk")


def move(lines: "array[int]", of: ImportBatch, to: ImportBatch) -> int:
    """How many rows are back, of those that became the other import's."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [of.ledger_id, of.pk, list(lines), to.pk])
        back, moved = cursor.fetchone()
    knows(of.pk, numbers(moved))
    return int(back)


def knows(batch: int, lines: "array[int]") -> None:
    """These are of its file too, though their rows are another import's."""
    if lines:
        of_batch = ImportBatch.objects.filter(pk=batch)
        known = unpacked(of_batch.values_list("known_lines", flat=True).get())
        of_batch.update(known_lines=packed(array("Q", sorted({*known, *lines}))))


def redo(batch: ImportBatch, by: User | None, progress: Progress = no_progress) -> int:
    """How many rows are back: those that were not imported again meanwhile."""
    with alone(batch, by) as batch:
        if not batch.undone_at:
            settled(batch)
            return 0
        back = in_slices("undone_import_id", batch, REDO, progress)
        if known := unpacked(batch.known_lines):
            gone = others(batch).exclude(undone_at=None)
            back += sum(move(known, other, batch) for other in gone)
        settled(batch, undone_at=None, undone_by=None)
    return back


def can_redo(batch: ImportBatch) -> bool:
    return batch.undone_at is not None and batch.undone_at > timezone.now() - KEPT_FOR


def forget() -> None:
    """Rows of imports that were undone long ago, but for those that people have worked on: what
    they wrote comes back whenever the lines do."""
    long_ago = ImportBatch.objects.filter(undone_at__lt=timezone.now() - KEPT_FOR)
    told = writing(Way.IMPORT)
    with transaction.atomic(), told, connection.cursor() as cursor:
        cursor.execute(LONG_GONE, {"imports": list(long_ago.values_list("pk", flat=True))})
        for statement in FORGET[:-1]:
            cursor.execute(statement)
        cursor.execute("DROP TABLE rows_back")


class ComingBack:
    """Lines of undone imports that are written again: what people wrote on their rows moves to the
    new ones, and the old ones go."""

    def __init__(self) -> None:
        self._some = False

    def make_room(self, lines: list[Line]) -> None:
        """Before they are written."""
        if not lines:
            return
        with connection.cursor() as cursor:
            if not self._some:
                cursor.execute(ROOM)
            cursor.execute(TAKE, [list(column) for column in zip(*lines, strict=True)])
        self._some = True

    def hand_over(self, batch: ImportBatch, known: "array[int]") -> None:
        """When all of them are written; `known` are the keys of lines that are not."""
        undone = batch.ledger.transactions.exclude(undone_import=None)
        with connection.cursor() as cursor:
            if known and undone.exclude(parent=None).exists():
                cursor.execute(CHILDREN_BACK, [batch.ledger_id, list(known), batch.pk])
                self._had_by_others(cursor)
            if not self._some:
                return
            cursor.execute(SAME_KEYS)
            cursor.execute(BROUGHT_BY)
            self._had_by_others(cursor)
            work = (PAIRS, CHILDREN, LABELS_BACK, EDITS_BACK, *TRANSFERS_BACK)
            told = (HISTORY_BACK, LABELS_OFF, REVIEWS_BACK)
            for statement in (*work, *told, *FORGET):
                cursor.execute(statement)

    def _had_by_others(self, cursor: Any) -> None:
        """Imports and lines of theirs, as were just selected."""
        for batch, lines in cursor.fetchall():
            knows(batch, numbers(lines))
