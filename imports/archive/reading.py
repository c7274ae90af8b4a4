"""The parts of an archive, line by line. Nothing is unpacked to the disk, and no more is read than
was allowed."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.utils.translation import gettext as _

from formats.parsing.records import ImportFailed
from formats.parsing.values import shown
from imports.archive.fields import Fields
from imports.archive.parts import (
    FORMAT,
    LEDGER,
    LEDGER_FIELDS,
    SETTINGS,
    SETTINGS_SINCE,
    VERSION,
    VERSIONS,
    file_of,
)
from imports.pipeline.checking import STEP, Progress, no_progress
from imports.uploads.archives import ENCRYPTED

LONGEST = 64 << 20  # bytes of a line: before version 3 the report of an import was one


# What Python raises where an archive is not as it should be.
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(NotImplementedError, UnicodeDecodeError),
)


class Archive:
    """An archive that has all of its parts and nothing else."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file, self._read = file, 0
        self.about = self._about()

    def _about(self) -> Fields:
        (line,) = self._lines(LEDGER, ("format", "version"), 1, more=True)
        if line.text("format") != FORMAT:
            line.refuse("format", _("this is no archive of a ledger"))
        version = line.count("version")
        if version not in VERSIONS:
            message = _("this version is not known here, but %(version)d: upgrade, or export anew")
            line.refuse("version", message % {"version": VERSION})
        line.expect(LEDGER_FIELDS + (SETTINGS if version >= SETTINGS_SINCE else ()))
        self._parts = VERSIONS[version]
        check_names(self._file, [LEDGER, *map(file_of, self._parts)])
        counts = line.json("rows", dict)
        if counts.keys() != self._parts.keys() or not all(
            isinstance(n, int) and n >= 0 for n in counts.values()
        ):
            line.refuse("rows", _("this is no count of each part"))
        return line

    @property
    def rows(self) -> int:
        """All that it says it has."""
        return sum(self.about.values["rows"].values())

    def lines(self, part: str, progress: Progress = no_progress) -> Iterator[Fields]:
        """None of a part that the archive's version does not have."""
        if part not in self._parts:
            return
        count = self.about.values["rows"][part]
        for line in self._lines(file_of(part), self._parts[part], count):
            if self._read % STEP == 0:
                progress(self._read / self.rows)
            self._read += 1
            yield line

    def _lines(
        self, name: str, fields: tuple[str, ...], count: int, more: bool = False
    ) -> Iterator[Fields]:
        number = 0
        with self._file.open(name) as member:
            while number <= count and (raw := whole_line(member)):
                number += 1
                yield Fields(name, number, decoded(name, number, raw), fields, more)
        if number != count:
            message = _("%(file)s has %(n)d lines, and %(about)s says %(count)d.")
            names = {"file": name, "n": number, "about": LEDGER, "count": count}
            raise ImportFailed(message % names)


def whole_line(member: IO[bytes]) -> bytes:
    """Up to some more than LONGEST bytes: a member gives a long line in pieces, and is not exact
    about a limit."""
    line = bytearray()
    while len(line) < LONGEST and not line.endswith(b"\n"):
        piece = member.readline(LONGEST)
        if not piece:
            break
        line += piece
    return bytes(line)


def decoded(name: str, number: int, raw: bytes) -> str:
    if len(raw) >= LONGEST:
        message = _("%(file)s, line %(line)d is longer than %(limit)d MB.")
        raise ImportFailed(message % {"file": name, "line": number, "limit": LONGEST >> 20})
    try:
        return raw.decode()
    except UnicodeDecodeError:
        message = _("%(file)s, line %(line)d is not UTF-8.")
        raise ImportFailed(message % {"file": name, "line": number}) from None


@contextmanager
def opened(source: IO[bytes], limit: int | None) -> Iterator[Archive]:
    """ImportFailed where it is no archive of a ledger, is damaged, or has more than `limit` bytes
    unpacked."""
    try:
        with zipfile.ZipFile(source) as file:
            check(file, limit)
            yield Archive(file)
    except DAMAGED as error:
        raise damaged(error) from None


def check(file: zipfile.ZipFile, limit: int | None) -> None:
    infos = file.infolist()
    refuse_missing(file, [LEDGER])
    if any(info.flag_bits & ENCRYPTED for info in infos):
        raise ImportFailed(_("The archive is encrypted."))
    if limit is not None and sum(info.file_size for info in infos) > limit:
        message = _("Unpacked, the archive is larger than %(limit)d MB: take import_ledger for it.")
        raise ImportFailed(message % {"limit": limit >> 20})


def check_names(file: zipfile.ZipFile, wanted: list[str]) -> None:
    refuse_missing(file, wanted)
    names = sorted(file.namelist())
    if names != sorted(wanted):
        other = next((name for name in names if name not in wanted), LEDGER)
        message = _("There is something in it that is not known here: “%s”.")
        raise ImportFailed(message % shown(other))


def refuse_missing(file: zipfile.ZipFile, wanted: list[str]) -> None:
    names = set(file.namelist())
    if missing := next((name for name in sorted(wanted) if name not in names), ""):
        raise ImportFailed(_("There is no %s in it: it is no archive of a ledger.") % missing)


def damaged(error: Any) -> ImportFailed:
    return ImportFailed(_("The archive cannot be read: %s.") % shown(str(error), 200))
