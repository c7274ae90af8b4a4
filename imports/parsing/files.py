"""Bytes to records: a private copy of the file, its encoding, its lines."""

import codecs
import csv
import hashlib
import io
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO

from django.utils.translation import gettext as _

from imports.parsing.records import ImportFailed

BLOCK = 1 << 20
IN_MEMORY = 32 * BLOCK
GUESSED = "cp1252"  # what a file is taken for that is not UTF-8
NOT_CP1252 = b"\x81\x8d\x8f\x90\x9d"
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


@dataclass(slots=True)
class Record:
    """A line of the file as CSV sees it; `line` is the physical line on which it begins."""

    line: int
    cells: list[str]
    problem: str = ""


@dataclass(slots=True)
class TextFile:
    """A private copy, so that it can be read several times whatever it came from."""

    name: str
    copy: IO[bytes]
    size: int  # bytes
    sha256: str
    encoding: str
    ends_with_newline: bool

    def close(self) -> None:
        self.copy.close()

    def records(self, delimiter: str) -> Generator[Record]:
        """Everything but blank lines. One iteration at a time."""
        self.copy.seek(0)
        text = io.TextIOWrapper(self.copy, encoding=self.encoding, newline="")
        try:
            yield from parse(text, delimiter)
        finally:
            if not self.copy.closed:
                text.detach()


class _Lines:
    """Physical lines, which can be given back from the second one of a record on."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: list[str] = []
        self._taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._taken.append(line)
        self.number += 1
        return line

    def begin(self) -> int:
        """The number of the line that comes next."""
        self._taken.clear()
        return self.number + 1

    def give_back(self) -> None:
        again = self._taken[1:]
        self._again += reversed(again)
        self.number -= len(again)


def parse(text: Iterable[str], delimiter: str) -> Iterator[Record]:
    """A quotation mark that is not closed spoils its own line, not those which follow."""
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back()
            yield Record(line, [], _quoting_problem(error))
        else:
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield Record(line, cells)


def _quoting_problem(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return _("a quotation mark is opened and not closed")
    if "field limit" in str(error):
        return _("a cell is longer than %(limit)d characters") % {"limit": csv.field_size_limit()}
    return _("the quotation marks in this row do not match")


def copy_of(name: str, source: IO[bytes]) -> TextFile:
    """Copy the file and learn what it is; ImportFailed if it is not text."""
    copy: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115, it lives as long as the file
    look = _Look()
    while block := source.read(BLOCK):
        look.at(block)
        copy.write(block)
    encoding, sha256 = look.encoding(), look.hash.hexdigest()
    return TextFile(name, copy, copy.tell(), sha256, encoding, look.last == b"\n")


@dataclass(slots=True)
class _Look:
    """What the blocks of a file say about the whole."""

    hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    utf8: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8-sig")()
    )
    is_utf8: bool = True
    is_cp1252: bool = True
    is_blank: bool = True
    last: bytes = b""

    def at(self, block: bytes) -> None:
        if b"\0" in block:
            raise ImportFailed(
                _("This is a binary file, not a CSV file: save it as CSV, and import that.")
            )
        self.hash.update(block)
        self.last = block[-1:]
        self.is_blank = self.is_blank and not block.removeprefix(codecs.BOM_UTF8).strip()
        self.is_cp1252 = self.is_cp1252 and not any(byte in block for byte in NOT_CP1252)
        self._decode(block)

    def _decode(self, block: bytes, final: bool = False) -> None:
        try:
            if self.is_utf8:
                self.utf8.decode(block, final)
        except UnicodeDecodeError:
            self.is_utf8 = False

    def encoding(self) -> str:
        self._decode(b"", final=True)
        if self.is_blank:
            raise ImportFailed(_("The file is empty. Export it again."))
        if self.is_utf8:
            return "utf-8-sig"
        if self.is_cp1252:
            return GUESSED
        raise ImportFailed(
            _("The file is neither UTF-8 nor Windows-1252 text: save it as UTF-8, and import that.")
        )
