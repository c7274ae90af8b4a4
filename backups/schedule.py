"""Backups by the clock: what they are called, and which are kept."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from backups.making import make
from backups.server import our_name

TIME = "%Y-%m-%dT%H%M%SZ"
type Times = dict[datetime, Path]
# Which of them are of one day, one week, one month.
PERIODS: tuple[Callable[[datetime], object], ...] = (
    lambda time: time.date(),
    lambda time: time.isocalendar()[:2],
    lambda time: (time.year, time.month),
)


def file_name() -> str:
    return f"{our_name()}-{datetime.now(UTC):{TIME}}.backup"


def make_and_tidy() -> Path:
    folder = Path(settings.BACKUP_DIR)
    path = folder / file_name()
    make(path)
    tidy(folder)
    return path


def tidy(folder: Path) -> None:
    """What is called otherwise is somebody's own."""
    found = dated(folder.iterdir())
    for time in found.keys() - kept(found):
        found[time].unlink()


def dated(paths: Iterable[Path]) -> Times:
    pattern = re.compile(rf"{re.escape(our_name())}-([\d-]+T\d+Z)\.backup")
    names = ((path, pattern.fullmatch(path.name)) for path in paths)
    return {
        datetime.strptime(match[1], TIME).replace(tzinfo=UTC): path
        for path, match in names
        if match
    }


def kept(times: Iterable[datetime]) -> set[datetime]:
    """The last of each of the last days, weeks and months that have any; the last of all anyway."""
    newest_first = sorted(times, reverse=True)
    keep = set(newest_first[:1])
    for count, period in zip(settings.BACKUP_KEEP, PERIODS, strict=True):
        last = {period(time): time for time in reversed(newest_first)}
        keep.update(sorted(last.values(), reverse=True)[:count])
    return keep
