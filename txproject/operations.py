"""Migrations that make the models of their history once for many operations.

Django makes a model, and all that are related to it, anew after each index, constraint, trigger
and field: three quarters of the time that an empty database takes to migrate. After indexes,
constraints and triggers the model that is there is told of them instead.
"""

from collections.abc import Iterable
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddField, AlterField, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation
from django.db.migrations.state import ProjectState

from ledgers.constraints import GoesWithLedger, SameLedger

# Indexes, constraints and triggers are IndexOperations.
WITHOUT_STATE = (SameLedger, GoesWithLedger)
KINDS = (CreateModel, AddField, AlterField, IndexOperation, *WITHOUT_STATE)
# What they change of a model that is made already.
OPTIONS = ("indexes", "constraints", "triggers")


def together(operations: Iterable[Operation]) -> list[Operation]:
    runs: list[list[Operation]] = []
    for operation in operations:
        if not (runs and fits(operation, runs[-1])):
            runs.append([])
        runs[-1].append(operation)
    return [Together(*run) if is_quicker(run) else run[0] for run in runs]


def is_quicker(run: list[Operation]) -> bool:
    return len(run) > 1 or isinstance(run[0], IndexOperation)


def fits(operation: Operation, run: list[Operation]) -> bool:
    """All of a run see what the models were before it, and what they are after it."""
    if not all(isinstance(each, KINDS) for each in (operation, *run)):
        return False
    if isinstance(operation, (*WITHOUT_STATE, CreateModel)):
        return True
    before = [each for each in run if not isinstance(each, WITHOUT_STATE)]
    return all(
        go_together(each, operation) for each in before if model_of(each) == model_of(operation)
    )


def go_together(one: Operation, other: Operation) -> bool:
    """On one model: its indexes and constraints, or several of its fields."""
    if isinstance(other, FieldOperation):
        return isinstance(one, FieldOperation) and one.name_lower != other.name_lower
    return isinstance(one, IndexOperation)


def model_of(operation: Any) -> str:
    name: str = getattr(operation, "model_name", None) or operation.name
    return name.lower()


class Together(Operation):
    def __init__(self, *operations: Operation) -> None:
        self.operations = operations

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, list(self.operations), {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        made = state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)
        if made is None:
            return
        state.__dict__["apps"] = made
        changed = [each for each in self.operations if not isinstance(each, WITHOUT_STATE)]
        models = {(app_label, model_of(each)) for each in changed}
        if not all(isinstance(each, IndexOperation) for each in changed):
            state.reload_models(list(models), delay=False)
            return
        for key in models:
            meta, options = made.get_model(*key)._meta, state.models[key].options
            for name in OPTIONS:
                setattr(meta, name, list(options.get(name, ())))

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(each.describe() for each in self.operations)
