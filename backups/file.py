"""The file of a backup: a ZIP of pg_dump's custom format and of what it has to hold."""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from backups.server import Refused

FORMAT, VERSION = "txproject backup", 1
DUMP, MANIFEST = "database.dump", "manifest.json"
BLOCK = 1 << 20
# No ZIP, half of one, one of something else, or one that is encrypted.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError),
    *(KeyError, TypeError, ValueError, RuntimeError),
)

type Manifest = dict[str, Any]


@contextmanager
def fresh(path: Path) -> Iterator[Path]:
    """Where to write: it gets its name when the block ends well, and is on the disk then."""
    refuse_existing(path)
    refuse_missing(path.parent)
    part = path.with_name(f"{path.name}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        refuse_existing(path)  # it took a while, and a rename asks nobody
        part.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        message = _(
            "%(path)s cannot be written: %(reason)s. See to its folder, or name another one, with"
            " the file or as BACKUP_DIR."
        )
        raise Refused(message % {"path": path, "reason": error.strerror}) from None
    finally:
        part.unlink(missing_ok=True)


def refuse_existing(path: Path) -> None:
    if path.exists():
        raise Refused(_("%s exists already: name another file.") % path)


def refuse_missing(folder: Path) -> None:
    if not folder.is_dir():
        message = _(
            "There is no folder %s: make it, or name another one, with the file or as BACKUP_DIR."
        )
        raise Refused(message % folder)


def sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def private(path: str, flags: int) -> int:
    """It holds everybody's books and the hashes of passwords."""
    return os.open(path, flags, 0o600)


def write(path: Path, dump: IO[bytes], about: Callable[[], Manifest]) -> None:
    """`about` is asked when the dump has begun, which has the same snapshot by then."""
    path.unlink(missing_ok=True)  # one that is there may be for others to read, or a link
    with (
        open(path, "xb", opener=private) as file,
        zipfile.ZipFile(file, "w") as archive,
    ):
        digest = hashlib.sha256()
        with archive.open(DUMP, "w", force_zip64=True) as target:
            first = dump.read(BLOCK)
            manifest = about() if first else {}
            for block in (first, *iter(lambda: dump.read(BLOCK), b"")):
                digest.update(block)
                target.write(block)
        whole = {"format": FORMAT, "version": VERSION, "sha256": digest.hexdigest(), **manifest}
        archive.writestr(MANIFEST, json.dumps(whole, indent=1, ensure_ascii=False))


def opened(path: Path) -> tuple[zipfile.ZipFile, Manifest]:
    """One that is whole: all of it has been read."""
    try:
        archive = zipfile.ZipFile(path)
        return archive, checked(path, archive)
    except UNREADABLE:
        raise Refused(_("%s is no backup, or is damaged: take another one.") % path) from None


def checked(path: Path, archive: zipfile.ZipFile) -> Manifest:
    manifest: Manifest = json.loads(archive.read(MANIFEST))
    if manifest["format"] != FORMAT:
        raise ValueError
    if manifest["version"] > VERSION:
        raise Refused(_("%s is of a newer version of txproject: upgrade first.") % path)
    with archive.open(DUMP) as dump:
        if hashlib.file_digest(dump, "sha256").hexdigest() != manifest["sha256"]:  # type: ignore[arg-type]
            raise ValueError
    return manifest
