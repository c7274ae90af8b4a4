"""Backups by the clock: made by one worker, kept for a while, looked after by the doctor."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from backups.schedule import kept, tidy
from backups.server import our_name
from ledgers.models import Ledger
from live.doctor import Finding, diagnose
from tests.backups.helpers import databases, started
from tests.backups.test_backup import wait_for
from txproject.environ import env_counts, env_time

NOW = datetime(2026, 11, 28, 3, 30, tzinfo=UTC)
DAYS = [NOW - timedelta(days=n) for n in range(400)]


def days(times: set[datetime]) -> list[str]:
    return [f"{time:%Y-%m-%d}" for time in sorted(times, reverse=True)]


def test_last_of_days_weeks_and_months_are_kept(settings: Any) -> None:
    settings.BACKUP_KEEP = [3, 2, 4]

    assert days(kept(DAYS)) == [
        "2026-11-28",  # the days, and this week
        "2026-11-27",
        "2026-11-26",
        "2026-11-22",  # the week before ended on a Sunday
        "2026-10-31",  # the months
        "2026-09-30",
        "2026-08-31",
    ]


def test_last_of_a_day_is_kept(settings: Any) -> None:
    settings.BACKUP_KEEP = [1, 0, 0]
    hours = [NOW - timedelta(hours=n) for n in range(3)]

    assert kept(hours) == {NOW}


def test_last_of_all_is_kept(settings: Any) -> None:
    settings.BACKUP_KEEP = [0, 0, 0]

    assert kept(DAYS) == {NOW}
    assert kept([]) == set()


def test_days_without_a_backup_do_not_count(settings: Any) -> None:
    settings.BACKUP_KEEP = [2, 0, 0]

    assert days(kept([NOW, NOW - timedelta(days=90)])) == ["2026-11-28", "2026-08-30"]


def test_only_files_of_the_schedule_are_deleted(db: None, settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_KEEP = [1, 0, 0]
    name = our_name()
    old, new = f"{name}-2026-11-27T033000Z.backup", f"{name}-2026-11-28T033000Z.backup"
    others = ["before the move.backup", "other-2026-11-01T033000Z.backup", f"{old}.part"]
    for each in (old, new, *others):
        (tmp_path / each).touch()

    tidy(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {new, *others}


@pytest.mark.parametrize("value", ["7", "7,4", "7,4,-1", "a,b,c"])
def test_kept_that_is_not_understood_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BACKUP_KEEP", value)

    with pytest.raises(ImproperlyConfigured, match=r"BACKUP_KEEP is not like 7,4,12"):
        env_counts("BACKUP_KEEP", "7,4,12")


def test_time_that_is_not_understood_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_AT", "half past three")

    with pytest.raises(ImproperlyConfigured, match=r"BACKUP_AT is not like 03:30"):
        env_time("BACKUP_AT", "03:30")


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path) -> Iterator[list[Any]]:
    """Two, which have missed the backup of today."""
    hours_ago = datetime.now(UTC) - timedelta(hours=20)
    env = {"BACKUP_DIR": str(tmp_path), "BACKUP_AT": f"{hours_ago:%H:%M}"}
    workers = [started("run_worker", **env) for _ in range(2)]
    yield workers
    for worker in workers:
        worker.terminate()
        worker.communicate()


def deferred() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_periodic_defers")
        return int(cursor.fetchone()[0])


def waiting() -> int:
    return ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).count()


@pytest.mark.slow
def test_workers_make_one_together(books: Ledger, workers: list[Any], tmp_path: Path) -> None:
    wait_for(lambda: deferred() and not waiting())

    (path,) = tmp_path.iterdir()
    assert path.name.startswith(our_name())
    assert path.suffix == ".backup"
    assert databases(f"{our_name()}_") == []


def of_backups() -> list[Finding]:
    return [each for each in diagnose() if each.what == "last backup"]


@pytest.mark.django_db(transaction=True)
def test_doctor_looks_for_the_last_backup(settings: Any, tmp_path: Path) -> None:
    assert of_backups() == []

    settings.BACKUP_DIR = str(tmp_path)
    (none,) = of_backups()
    (tmp_path / "a.backup").touch()
    (new,) = of_backups()
    day_ago = datetime.now(UTC).timestamp() - 26 * 3600
    os.utime(tmp_path / "a.backup", (day_ago, day_ago))
    (old,) = of_backups()

    assert (none.right, none.seen) == (False, "none")
    assert (new.right, new.seen) == (True, "0.0 hours old")
    assert (old.right, old.seen) == (False, "26.0 hours old")
    assert "run_worker" in old.remedy
