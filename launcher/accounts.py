"""As which user PostgreSQL runs: it refuses to be root."""

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from txproject.language import gettext as _


class LauncherError(Exception):
    """The private server cannot be had; the text tells a person why."""


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def own(self, path: Path) -> None:
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)

    def start(self, args: Sequence[object], **options: Any) -> subprocess.Popen[str]:
        """The working folder is `/`: ours may be out of the other user's reach."""
        if not self.is_ours:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        command = [str(arg) for arg in args]
        return subprocess.Popen(command, cwd="/", env=clean_environment(), text=True, **options)

    def run(self, args: Sequence[object], stdin: str = "") -> tuple[bool, str]:
        """Whether it went well, and what it said."""
        pipes: dict[str, IO[str] | int] = {
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
        }
        try:
            with self.start(args, **pipes) as process:
                output, _errors = process.communicate(stdin)
        except OSError as error:
            return False, str(error)
        return process.returncode == 0, output.strip()

    def can_enter(self, folder: Path) -> bool:
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder])[0]


def clean_environment() -> dict[str, str]:
    """Without PGDATA and its like; messages in English, and on macOS a set locale is needed."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def server_account(place: Path) -> Account:
    """The owner of the server's folder; for a new one ourselves or, as root, somebody else."""
    if place.exists():
        found = place.stat()
        return permitted(Account(found.st_uid, found.st_gid), place)
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    owner = place.parent.stat()
    if owner.st_uid != 0 and has_name(owner.st_uid):
        return Account(owner.st_uid, owner.st_gid)
    return unprivileged_account()


def permitted(account: Account, place: Path) -> Account:
    if os.geteuid() in (0, account.uid):
        return account
    raise LauncherError(
        _("%s belongs to another user; set TXPROJECT_DATA or DATABASE_URL.") % place
    )


def has_name(uid: int) -> bool:
    """initdb refuses a user that has no name."""
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False


def unprivileged_account() -> Account:
    for name in ("postgres", "_postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid > 0:  # macOS has nobody at -2
            return Account(entry.pw_uid, entry.pw_gid)
    raise LauncherError(
        _("PostgreSQL does not run as root, and %s has no user postgres or nobody.") % sys.platform
    )
