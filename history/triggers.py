"""The history is written by the database itself, whoever writes: a page, the admin, a command,
psql. One entry per row, one statement per statement; what one transaction does is one act.

`live/writers.py` tells who it is and by which way. An import tells of rows that come and go with it
by its batch, and of them no entry is written.
"""

from dataclasses import dataclass, field

import pgtrigger

from live.triggers import after
from live.writers import SETTING

ACT = "txproject.act"
# Read once per statement. Acts and entries are numbered by one sequence.
SAID = f"""
    told := coalesce(current_setting('{SETTING}', true), '');
    person := nullif(split_part(told, ':', 2), '');
    act := nullif(current_setting('{ACT}', true), '');
    IF act IS NULL THEN
        act := set_config('{ACT}', nextval('history_entry_id_seq')::text, true);
    END IF;
"""
QUIET = """
    IF told LIKE 'import:%' THEN
        RETURN NULL;
    END IF;
"""
WRITE = """
    INSERT INTO history_entry (ledger_id, at, act, way, by_id, writer, deed, kind, object_id, name,
        contact_id, changes)
    SELECT {row}.ledger_id, now(), act, coalesce(nullif(split_part(told, ':', 1), ''), 'sql'),
        person, coalesce((SELECT username FROM ledgers_user WHERE id = person), session_user),
        '{deed}', '{kind}', {row}.{object}, {name}, {contact}, changed.fields
    FROM {rows}, LATERAL (SELECT {changes} AS fields) AS changed
    WHERE {only} ORDER BY {row}.id;
"""
ROWS = {
    pgtrigger.Insert: ("created", "new_rows AS n", "true"),
    pgtrigger.Update: ("changed", "old_rows AS o JOIN new_rows AS n USING (id)", "fields <> '{}'"),
    # Rows of a ledger that is gone already go with it.
    pgtrigger.Delete: (
        "removed",
        "old_rows AS o",
        "EXISTS (SELECT FROM ledgers_ledger AS l WHERE l.id = o.ledger_id)",
    ),
}


# Whoever writes an entry holds a row of the ledger, which goes with it or keeps it: so none can
# come later. A foreign key, looked up for each entry, took a third of what entries cost.
GO = "DELETE FROM history_entry AS e USING old_rows AS o WHERE e.ledger_id = o.id;"


def of_ledgers() -> list[pgtrigger.Trigger]:
    """With a ledger its history goes, whoever deletes it."""
    return [after(pgtrigger.Delete, "history_goes", GO)]


@dataclass(frozen=True)
class Recorded:
    """What the history keeps of a table: its columns, and those that point at other rows, or are
    lists of their keys, with the table and the column of their names. `{row}` is the row that is
    told of."""

    kind: str
    columns: tuple[str, ...] = ()
    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    lists: dict[str, tuple[str, str]] = field(default_factory=dict)
    name: str = "''"
    contact: str = "NULL::bigint"
    object: str = "id"
    deeds: dict[pgtrigger.Operation, str] = field(default_factory=dict)
    # Where this is true, another entry tells of what was changed.
    told_elsewhere: str = ""

    def triggers(self) -> list[pgtrigger.Trigger]:
        return [self.trigger(operation) for operation in ROWS]

    def trigger(self, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
        deed, rows, only = ROWS[operation]
        row = "o" if operation == pgtrigger.Delete else "n"
        statement = WRITE.format(
            row=row,
            rows=rows,
            only=only,
            deed=self.deeds.get(operation, deed),
            kind=self.kind,
            object=self.object,
            name=self.name.format(row=row),
            contact=self.contact.format(row=row),
            changes=self.changes(operation),
        )
        quiet = "" if operation == pgtrigger.Update else QUIET
        if operation == pgtrigger.Update and self.told_elsewhere:
            quiet = f"IF {self.told_elsewhere} THEN RETURN NULL; END IF;"
        trigger = after(operation, f"history_{operation}".lower(), SAID, quiet, statement)
        trigger.declare = [("told", "text"), ("person", "bigint"), ("act", "bigint")]
        return trigger

    def changes(self, operation: pgtrigger.Operation) -> str:
        """{column: [what it was, what it became]}, of what is not the same."""
        was = "NULL" if operation == pgtrigger.Insert else "o.{}"
        became = "NULL" if operation == pgtrigger.Delete else "n.{}"
        both = [
            (name, was.format(name), became.format(name), was.format(name), became.format(name))
            for name in self.columns
        ]
        for name, of in self.references.items():
            old, new = was.format(f"{name}_id"), became.format(f"{name}_id")
            both.append((name, old, new, named(old, *of), named(new, *of)))
        for name, of in self.lists.items():
            old, new = was.format(name), became.format(name)
            both.append((name, old, new, all_named(old, *of), all_named(new, *of)))
        return " || ".join(
            f"CASE WHEN {old} IS DISTINCT FROM {new} THEN"
            f" jsonb_build_object('{name}', jsonb_build_array({shown_old}, {shown_new}))"
            " ELSE '{}' END"
            for name, old, new, shown_old, shown_new in both
        )


def named(key: str, table: str, column: str) -> str:
    """A key with the name of its row, which may be gone when it is read."""
    if key == "NULL":
        return key
    name = f"(SELECT r.{column} FROM {table} AS r WHERE r.id = {key})"
    return f"CASE WHEN {key} IS NOT NULL THEN jsonb_build_object('id', {key}, 'name', {name}) END"


def all_named(keys: str, table: str, column: str) -> str:
    if keys == "NULL":
        return keys
    each = f"jsonb_build_object('id', key, 'name', r.{column})"
    return (
        f"(SELECT coalesce(jsonb_agg({each} ORDER BY key), '[]') FROM unnest({keys}) AS key"
        f" LEFT JOIN {table} AS r ON r.id = key)"
    )
