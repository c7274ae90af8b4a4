"""What takes entries of the history back: one statement for all that are alike.

An entry counts as changed since if its field has a later entry, or is no longer what it became (an
import writes without entries).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.utils import timezone

from history.models import Entry
from history.presentation import LABEL, model_of
from history.triggers import ACT
from live.versions import Versioned

# By another act than the one that is taken back as a whole, and than the taking back itself.
SINCE = f"""
    SELECT FROM history_entry AS later
    WHERE later.object_id = e.object_id AND later.kind = e.kind AND later.id > e.id
        AND NOT (%(whole)s AND later.act = e.act)
        AND later.act IS DISTINCT FROM nullif(current_setting('{ACT}', true), '')::bigint
"""
THIS = """
    e.id = ANY(%(ids)s) AND t.id = e.object_id AND t.ledger_id = e.ledger_id
    AND NOT EXISTS ({since})
"""
LOCK = 'SELECT FROM "{table}" WHERE id = ANY(%(rows)s) ORDER BY id FOR UPDATE'
UPDATE = f"""
    UPDATE "{{table}}" AS t SET {{values}} FROM history_entry AS e
    WHERE {THIS} AND {{same}} RETURNING e.id
"""
DELETE = f'DELETE FROM "{{table}}" AS t USING history_entry AS e WHERE {THIS} RETURNING e.id'
INSERT = """
    WITH back AS (
        INSERT INTO "{table}" (id, ledger_id, {columns})
        SELECT e.object_id, e.ledger_id, {values} FROM history_entry AS e
        WHERE e.id = ANY(%(ids)s) AND NOT EXISTS ({since})
        ON CONFLICT (id) DO NOTHING RETURNING id
    ) SELECT e.id FROM history_entry AS e JOIN back ON back.id = e.object_id
    WHERE e.id = ANY(%(ids)s)
"""
LABEL_OF = "coalesce({0}.changes->'label'->0->>'id', {0}.changes->'label'->1->>'id')::bigint"
OFF = f"""
    DELETE FROM transactions_transactionlabel AS l USING history_entry AS e
    WHERE e.id = ANY(%(ids)s) AND l.ledger_id = e.ledger_id AND l.transaction_id = e.object_id
        AND l.label_id = {LABEL_OF.format("e")} AND e.changes->'label'->>0 IS NULL
        AND NOT EXISTS ({{since}}) RETURNING e.id
"""
# What a rule took off was no person's label, and is none when it is back: it has its row's moment.
ON = f"""
    WITH back AS (
        INSERT INTO transactions_transactionlabel (ledger_id, transaction_id, label_id, added_at)
        SELECT t.ledger_id, t.id, label.id,
            CASE e.way WHEN 'rule' THEN t.created_at ELSE statement_timestamp() END
        FROM history_entry AS e
        JOIN transactions_transaction AS t ON t.id = e.object_id
        JOIN transactions_label AS label ON label.id = {LABEL_OF.format("e")}
        WHERE {THIS} AND t.deleted_at IS NULL AND e.changes->'label'->>1 IS NULL
        ON CONFLICT DO NOTHING RETURNING transaction_id, label_id
    ) SELECT e.id FROM history_entry AS e JOIN back
        ON back.transaction_id = e.object_id AND back.label_id = {LABEL_OF.format("e")}
    WHERE e.id = ANY(%(ids)s)
"""
SAME_LABEL = f"{LABEL_OF.format('later')} = {LABEL_OF.format('e')}"
NOT_TOLD = {"id", "ledger", "version", "edited_at", "edited_by"}
EDITED = {"edited_at": "%(now)s", "edited_by_id": "%(by)s"}


@dataclass
class Run:
    """Entries of one kind, deed and fields, each of another row."""

    of: tuple[str, str, tuple[str, ...]]
    ids: list[int]
    rows: set[int]

    def __post_init__(self) -> None:
        self.kind, self.deed, self.fields = self.of
        self.model: Any = model_of(self.kind)
        self.edited = EDITED if issubclass(self.model, Versioned) else {}

    def taken_back(self, by: int, whole: bool) -> set[int]:
        """Those that could be."""
        values: dict[str, Any] = {"ids": self.ids, "rows": list(self.rows), "whole": whole}
        values |= {"now": timezone.now(), "by": by}
        with connection.cursor() as cursor:
            cursor.execute(LOCK.format(table=self.model._meta.db_table), values)
            found: set[int] = set()
            for statement in self.statements():
                cursor.execute(statement, values)
                found |= {pk for (pk,) in cursor.fetchall()}
        return found

    def statements(self) -> list[str]:
        if LABEL in self.fields:
            since = f"{SINCE} AND {SAME_LABEL}"
            return [OFF.format(since=since), ON.format(since=since)]
        return [STATEMENTS[Entry.Deed(self.deed)](self)]

    def changed(self) -> str:
        """Back to what it was, if it is still what it became."""
        names = ", ".join(f"'{name}'" for name in self.fields)
        return UPDATE.format(
            table=self.model._meta.db_table,
            values=assigned({self.column(f): self.value(f, 0) for f in self.fields} | self.edited),
            same=" AND ".join([*map(self.same, self.fields), *self.alive()]),
            since=f"{SINCE} AND later.changes ?| ARRAY[{names}]",
        )

    def created(self) -> str:
        """A transaction goes where it can be brought back from, anything else if nothing points at
        it; neither if somebody has worked on it."""
        table = self.model._meta.db_table
        if self.kind != Entry.Kind.TRANSACTION:
            return DELETE.format(table=table, since=SINCE)
        values = assigned({"deleted_at": "%(now)s", **self.edited})
        return UPDATE.format(table=table, values=values, same="t.deleted_at IS NULL", since=SINCE)

    def removed(self) -> str:
        told = [f.name for f in self.model._meta.concrete_fields if f.name not in NOT_TOLD]
        # More than any version that it had: each has an entry.
        values = {self.column(name): self.value(name, 0) for name in told} | self.edited
        if issubclass(self.model, Versioned):
            values["version"] = "e.id"
        return INSERT.format(
            table=self.model._meta.db_table,
            columns=", ".join(values),
            values=", ".join(values.values()),
            since=SINCE,
        )

    def alive(self) -> list[str]:
        """A deleted transaction is brought back first."""
        deletable = self.kind == Entry.Kind.TRANSACTION and "deleted_at" not in self.fields
        return ["t.deleted_at IS NULL"] if deletable else []

    def same(self, name: str) -> str:
        now, became = f"t.{self.column(name)}", self.value(name, 1)
        if isinstance(self.model._meta.get_field(name), ArrayField):  # in whatever order
            return f"{now} @> {became} AND {now} <@ {became}"
        return f"{now} IS NOT DISTINCT FROM {became}"

    def column(self, name: str) -> str:
        return str(self.model._meta.get_field(name).column)

    def value(self, name: str, which: int) -> str:
        """What it was (0) or became (1), as the type that the column has."""
        field = self.model._meta.get_field(name)
        if isinstance(field, ArrayField):
            keys = f"jsonb_path_query(e.changes->'{name}'->{which}, '$[*].id')"
            return f"ARRAY(SELECT key::bigint FROM {keys} AS key)"
        place = f"e.changes->'{name}'->{which}->>'id'" if field.is_relation else ""
        return f"({place or f"e.changes->'{name}'->>{which}"})::{field.db_type(connection)}"


STATEMENTS: dict[Entry.Deed, Callable[[Run], str]] = {
    Entry.Deed.CHANGED: Run.changed,
    Entry.Deed.CREATED: Run.created,
    Entry.Deed.REMOVED: Run.removed,
}


def assigned(values: dict[str, str]) -> str:
    return ", ".join(f"{column} = {value}" for column, value in values.items())
