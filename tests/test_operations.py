"""Operations together do to a database, and to the models of later migrations, what they do one
after the other."""

from pathlib import Path

import pytest
from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState, StateApps

from ledgers.constraints import SameLedger
from txproject.environ import BASE_DIR
from txproject.operations import Together, together

pytestmark = pytest.mark.django_db

KEY = ("id", models.BigAutoField(primary_key=True))
LABEL = models.Index(fields=["label"], name="part_label")


def named(text: str) -> models.CharField:
    return models.CharField(max_length=9, verbose_name=text)


PART = [KEY, ("label", named("label")), ("whole", models.ForeignKey("Thing", models.PROTECT))]
OPERATIONS = [
    migrations.CreateModel("Thing", [KEY, ("ledger_id", models.BigIntegerField())]),
    migrations.CreateModel("Part", PART, {"indexes": [LABEL]}),
    SameLedger("shop_part", "whole_id", "shop_thing"),
    migrations.AddField("part", "size", models.IntegerField(default=0)),
    migrations.AddConstraint("part", models.UniqueConstraint(fields=["size"], name="once")),
    migrations.RemoveIndex("part", "part_label"),
    migrations.AddIndex("part", models.Index(fields=["label", "size"], name="part_label")),
    migrations.AlterField("part", "label", named("called")),
    migrations.AlterField("part", "size", models.BigIntegerField(default=0)),
    migrations.RunSQL("SELECT 1", "SELECT 2"),
    migrations.AddField("thing", "spare", models.ForeignKey("Part", models.SET_NULL, null=True)),
    migrations.RemoveField("part", "label"),
    migrations.RemoveConstraint("part", "once"),
]


def done(operations: list[Operation]) -> tuple[list[str], ProjectState]:
    """The statements, there and back again."""
    migration = migrations.Migration("0001_initial", "shop")
    migration.operations = operations
    state = ProjectState()
    assert state.apps  # as the executor, which has all models at the beginning
    with connection.schema_editor(collect_sql=True) as forwards:
        state = migration.apply(state, forwards)
    with connection.schema_editor(collect_sql=True) as backwards:
        migration.unapply(ProjectState(), backwards)
    return [*forwards.collected_sql, *backwards.collected_sql], state


def fields(apps: Apps) -> dict[str, list[str]]:
    return {
        model.__name__: [
            repr((each.deconstruct(), each.related_model)) for each in model._meta.fields
        ]
        for model in apps.get_models()
    }


def options(apps: Apps) -> dict[str, list[str]]:
    return {
        model.__name__: [each.name for each in (*model._meta.indexes, *model._meta.constraints)]
        for model in apps.get_models()
    }


def test_operations_together_do_what_they_do_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    render = StateApps.render_multiple
    monkeypatch.setattr(
        StateApps,
        "render_multiple",
        lambda apps, states: (made.extend(state.name for state in states), render(apps, states)),
    )

    statements, state = done(OPERATIONS)
    alone = len(made)
    at_once, together_state = done(together(OPERATIONS))

    assert at_once == statements
    assert together_state == state
    assert fields(together_state.apps) == fields(state.apps)
    assert options(together_state.apps) == options(state.apps)
    assert len(made) - alone < alone * 0.7


def test_operations_stand_together_as_far_as_each_sees_its_models_as_it_would_alone() -> None:
    runs = [getattr(each, "operations", (each,)) for each in together(OPERATIONS)]

    assert [each for run in runs for each in run] == OPERATIONS
    assert [len(run) for run in runs] == [3, 1, 3, 2, 1, 1, 1, 1]
    assert isinstance(together(OPERATIONS)[0], Together)


def test_migrations_say_together_what_goes_together() -> None:
    loader = MigrationLoader(connection)
    ours = {config.label for config in apps.get_app_configs() if is_ours(config)}

    forgotten = [
        f"{app}.{name}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in ours and len(together(migration.operations)) < len(migration.operations)
    ]

    assert ours
    assert forgotten == []


def is_ours(config: AppConfig) -> bool:
    return Path(config.path).parent == BASE_DIR
