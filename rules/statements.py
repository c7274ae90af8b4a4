"""What a rule does to the rows that fit it, as one statement; and what it would do.

It leaves alone what a person has written: a field with an entry of a person's in the history, a
label that a person has put on or taken off. Of rules, the later one in the list stands: an earlier
one leaves what that has written. A row that was edited before there was a history of it (it came
with an archive) is left alone as a whole.
"""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from history.statements import LABEL_OF
from rules.models import Rule
from transactions.models import Transaction

T = "transactions_transaction"
NOTE_LENGTH = 10_000
NO_ROWS = f"SELECT * FROM {T} WHERE false"
# Whoever takes back what a rule did has not written it; the rule may do it again.
PEOPLES = """
    e.way NOT IN ('import', 'rule') AND NOT (e.way = 'revert'
        AND e.act IN (
            SELECT back_act FROM rules_effect
            WHERE ledger_id = {ledger} AND back_act IS NOT NULL))
"""
LATERS = """
    e.way = 'rule' AND e.act IN (
        SELECT done.act FROM rules_effect AS done JOIN rules_rule AS r ON r.id = done.rule_id
        WHERE done.ledger_id = {ledger} AND done.back_act IS NULL AND r.enabled
            AND r.deleted_at IS NULL AND (r.place, r.id) > ({place}, {rule}))
"""
OF_ROW = f"SELECT FROM history_entry AS e WHERE e.object_id = {T}.id AND e.kind = 'transaction'"
# Of a row by hand, what was left empty was not written.
EMPTY = "e.deed = 'created' AND e.changes->'{field}'->>1 IN ('', 'false')"
FREE = f"""
    NOT EXISTS ({OF_ROW} AND e.changes ? '{{field}}' AND NOT ({EMPTY}) AND ({{theirs}}))
"""
FREE_LABEL = f"""
    NOT EXISTS ({OF_ROW} AND e.changes ? 'label' AND {LABEL_OF.format("e")} = {{label}}
        AND ({{theirs}}))
"""
TOLD = f"({T}.edited_at IS NULL OR EXISTS ({OF_ROW} AND e.way NOT IN ('import', 'rule')))"
HAS = f"SELECT FROM transactions_transactionlabel AS l WHERE l.transaction_id = {T}.id"
LACKS_ONE = f"""
    EXISTS (SELECT FROM unnest({{adds}}) AS label
        WHERE NOT EXISTS ({HAS} AND l.label_id = label))
"""
HAS_ONE = f"EXISTS ({HAS} AND l.label_id = ANY({{takes}}))"
ADDED = f"""
    ARRAY(SELECT label FROM unnest({{adds}}) AS label
        WHERE NOT EXISTS ({HAS} AND l.label_id = label) AND {{free}})
"""
# Labels that people gave a row came after it; those of files and rules have its moment.
TAKEN = f"""
    ARRAY(SELECT l.label_id FROM transactions_transactionlabel AS l
        WHERE l.transaction_id = {T}.id AND l.label_id = ANY({{takes}})
            AND l.added_at <= {T}.created_at AND {{free}})
"""
APPENDED = f"concat_ws(E'\\n', nullif({T}.note, ''), {{text}})"
CHANGING = "SELECT * FROM ({planned}) AS planned WHERE {changes}"
# A row that somebody else has changed meanwhile has another version: it is left to him.
WRITE = """
    WITH planned AS MATERIALIZED ({planned}),
    changing AS MATERIALIZED (SELECT * FROM planned WHERE {changes}){parts}
    SELECT count(DISTINCT id) FROM ({done}) AS done (id)
"""
UPDATED = f"""
    , updated AS (
        UPDATE {T} AS t SET {{values}} FROM changing AS c
        WHERE t.id = c.id AND t.version = c.version AND {{changes}} RETURNING t.id
    )
"""
LABELLED = """
    , labelled AS (
        INSERT INTO transactions_transactionlabel (ledger_id, transaction_id, label_id, added_at)
        SELECT c.ledger_id, c.id, label, c.created_at FROM changing AS c, unnest(c.added) AS label
        ORDER BY c.id, label ON CONFLICT DO NOTHING RETURNING transaction_id
    )
"""
UNLABELLED = """
    , unlabelled AS (
        DELETE FROM transactions_transactionlabel AS l USING changing AS c
        WHERE l.transaction_id = c.id AND l.label_id = ANY(c.taken) RETURNING l.transaction_id
    )
"""
COUNT = "SELECT count(*) FROM (SELECT FROM ({changing}) AS c LIMIT {most}) AS counted"

type Rows = QuerySet[Transaction]


def quoted(value: Any) -> str:
    """As it stands in SQL."""
    return composed("%s", [value])


def composed(sql: str, params: Any) -> str:
    text: str = connection.ops.compose_sql(sql, params)  # type: ignore[attr-defined]
    return text


class Plan:
    """A rule and rows: those that fit it are its business."""

    def __init__(self, rule: Rule, fitting: Rows) -> None:
        self.rule, self.fitting = rule, fitting
        self.settings = dict(settings_of(rule))
        of = {"ledger": rule.ledger_id, "place": rule.place, "rule": rule.pk or 0}
        self.theirs = f"{PEOPLES} OR {LATERS}".format(**of)
        self.adds, self.takes = keys(rule.adds), keys(rule.takes)

    def write(self) -> int:
        """How many rows it has changed."""
        if not self.does_something or self.fitting.query.is_empty():
            return 0
        changes = " OR ".join(self.changes())
        parts, done = zip(*self.parts(), strict=True)
        statement = WRITE.format(
            planned=self.planned(),
            changes=changes,
            parts="".join(parts),
            done=" UNION ALL ".join(f"SELECT * FROM {name}" for name in done),
        )
        return int(rows_of(statement)[0][0])

    def parts(self) -> Iterator[tuple[str, str]]:
        if self.settings:
            names = [f"{column} = c.new_{column}" for column in self.settings]
            yield UPDATED.format(values=", ".join(names), changes=self.updates("c")), "updated"
        if self.rule.adds:
            yield LABELLED, "labelled"
        if self.rule.takes:
            yield UNLABELLED, "unlabelled"

    def first(self, n: int) -> list[dict[str, Any]]:
        """The latest of the rows that it would change: what each column was and would be."""
        if not self.does_something:
            return []
        changing = self.changing(self.planned("-occurred_at", "-pk"))
        names = self.names
        found = rows_of(f"{changing} ORDER BY occurred_at DESC, id DESC LIMIT {n}")
        return [dict(zip(names, row, strict=True)) for row in found]

    def count(self, most: int) -> int:
        """How many it would change; up to `most`."""
        if not self.does_something:
            return 0
        counted = COUNT.format(changing=self.changing(self.planned()), most=most)
        return int(rows_of(counted)[0][0])

    @property
    def does_something(self) -> bool:
        return bool(self.settings or self.rule.adds or self.rule.takes)

    def changing(self, planned: str) -> str:
        return CHANGING.format(planned=planned, changes=" OR ".join(self.changes()))

    def planned(self, *order: str) -> str:
        """The rows that fit and lack something of what the rule says, with what it would be."""
        columns = {name: RawSQL(sql, []) for name, sql in self.columns().items()}  # noqa: S611
        rows: Any = self.fitting.order_by(*order).extra(where=[self.needs()])  # noqa: S610
        names = ("id", "ledger_id", "occurred_at", "created_at", "version")
        try:
            sql, params = rows.values_list(*names).annotate(**columns).query.sql_with_params()
        except EmptyResultSet:
            return self.nothing(names)
        return composed(sql, params)

    def nothing(self, names: tuple[str, ...]) -> str:
        columns = ", ".join(f"{sql} AS {name}" for name, sql in self.columns().items())
        text = f"SELECT {', '.join(names)}, {columns} FROM {T} WHERE false"  # our own text
        return text.replace("%%", "%")

    @property
    def names(self) -> list[str]:
        return ["id", "ledger_id", "occurred_at", "created_at", "version", *self.columns()]

    def columns(self) -> dict[str, str]:
        found = {}
        for column, (field, needs, wish) in self.settings.items():
            free = FREE.format(field=field, theirs=self.theirs)
            found[f"was_{column}"] = f"{T}.{column}"
            found[f"new_{column}"] = (
                f"CASE WHEN {needs} AND {free} THEN {wish} ELSE {T}.{column} END"
            )
        if self.rule.adds:
            free = FREE_LABEL.format(label="label", theirs=self.theirs)
            found["added"] = ADDED.format(adds=self.adds, free=free)
        if self.rule.takes:
            free = FREE_LABEL.format(label="l.label_id", theirs=self.theirs)
            found["taken"] = TAKEN.format(takes=self.takes, free=free)
        return {name: escaped(sql) for name, sql in found.items()}

    def needs(self) -> str:
        needs = [f"({needs})" for _field, needs, _wish in self.settings.values()]
        if self.rule.adds:
            needs.append(LACKS_ONE.format(adds=self.adds))
        if self.rule.takes:
            needs.append(HAS_ONE.format(takes=self.takes))
        return escaped(f"({' OR '.join(needs)}) AND {TOLD}")

    def changes(self) -> Iterator[str]:
        """Whether a planned row would be another."""
        if self.settings:
            yield self.updates("planned")
        if self.rule.adds:
            yield "added <> '{}'"
        if self.rule.takes:
            yield "taken <> '{}'"

    def updates(self, of: str) -> str:
        was = ", ".join(f"{of}.was_{column}" for column in self.settings)
        new = ", ".join(f"{of}.new_{column}" for column in self.settings)
        return f"ROW({was}) IS DISTINCT FROM ROW({new})"


def settings_of(rule: Rule) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """By column: its field, where it is not yet what the rule says, and what that is."""
    if rule.type:
        yield "type", ("type", f"{T}.type <> {quoted(rule.type)}", quoted(rule.type))
    if rule.contact_id:
        needs = f"{T}.contact_id IS DISTINCT FROM {rule.contact_id}"
        yield "contact_id", ("contact", needs, str(rule.contact_id))
    if rule.hides:
        yield "hidden", ("hidden", f"NOT {T}.hidden", "true")
    if rule.note:
        text = quoted(rule.note)
        room = NOTE_LENGTH - len(rule.note) - 1
        lacks = f"strpos({T}.note, {text}) = 0 AND char_length({T}.note) <= {room}"
        needs, wish = (
            (lacks, APPENDED.format(text=text)) if rule.appends else (f"{T}.note <> {text}", text)
        )
        yield "note", ("note", needs, wish)


def keys(of: list[int]) -> str:
    return f"ARRAY[{', '.join(map(str, of))}]::bigint[]"


def escaped(sql: str) -> str:
    """For where Django puts values in."""
    return sql.replace("%", "%%")


def rows_of(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
