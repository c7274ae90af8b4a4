"""Nothing points out of its ledger: foreign keys that carry the ledger with them."""

from typing import Any

from django.db.migrations.operations import RunSQL


class SameLedger(RunSQL):
    """FOREIGN KEY (ledger, column) to (ledger, id): takes the place of Django's own constraint.

    The field has `db_constraint=False`; the table pointed at has a unique (ledger, id).
    """

    def __init__(self, table: str, column: str, to: str) -> None:
        self.column, self.table, self.to = column, table, to
        name = f"{table}_{column}_same_ledger"
        super().__init__(
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}"'
            f' FOREIGN KEY ("ledger_id", "{column}") REFERENCES "{to}" ("ledger_id", "id")'
            " DEFERRABLE INITIALLY IMMEDIATE",
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.column, self.to], {}


class GoesWithLedger(RunSQL):
    """FOREIGN KEY to the ledger, with whose row the others are deleted, whoever deletes it.

    The field has `db_constraint=False` and `DO_NOTHING`.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        name = f"{table}_goes_with_ledger"
        super().__init__(
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}"'
            ' FOREIGN KEY ("ledger_id") REFERENCES "ledgers_ledger" ("id")'
            " ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {}
