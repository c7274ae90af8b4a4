"""Bytes to records: a private copy of the file, its encoding, its lines."""

import codecs
import csv
import hashlib
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO

from django.utils.translation import gettext as _

from formats.parsing.records import ImportFailed

BLOCK = 1 << 20
IN_MEMORY = 32 * BLOCK
LONGEST_LINE = 4 * BLOCK
EMPTY_LINES = 1_000_000  # one after the other
GUESSED = "cp1252"  # what a file is taken for that is not UTF-8
RETURNS = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
NOT_CP1252 = b"\x81\x8d\x8f\x90\x9d"
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


@dataclass(slots=True)
class Record:
    """A line of the file as CSV sees it; `line` is the physical line on which it begins, `at` the
    byte."""

    line: int
    cells: list[str]
    problem: str = ""
    at: int = 0


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

    def records(self, delimiter: str, at: int = 0, line: int = 1) -> Generator[Record]:
        """Everything but blank lines, from the byte `at` on, which is where the line begins.
        One iteration at a time."""
        self.copy.seek(at)
        yield from parse(decoded(self.copy, self.encoding, line), delimiter, at, line)


def decoded(source: IO[bytes], encoding: str, number: int = 1) -> Generator[tuple[str, int]]:
    """Physical lines, each with its length in bytes. A carriage return alone ends one too.
    ImportFailed where one is so long that it can be none of a table."""
    lines = iter(partial(source.readline, LONGEST_LINE), b"")
    full = number
    for line, raw in enumerate(lines, number):
        if raw != b"\n":
            full = line
        elif line - full > EMPTY_LINES:
            message = _("More than %(most)s empty lines follow line %(line)d: export it again.")
            raise ImportFailed(message % {"line": full, "most": f"{EMPTY_LINES:,}"})
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            message = _("Line %(line)d is longer than %(limit)d MB: no table has such lines.")
            raise ImportFailed(message % {"line": line, "limit": LONGEST_LINE >> 20})
        text = raw.decode(encoding)
        if raw.startswith(codecs.BOM_UTF8):
            text = text.removeprefix(BOM)
        if "\r" not in text or text.find("\r") == len(text) - 2:
            yield text, len(raw)
        else:
            first, *others = RETURNS.findall(text)
            sizes = [len(piece.encode(encoding)) for piece in others]
            yield first, len(raw) - sum(sizes)
            yield from zip(others, sizes, strict=True)


class _Lines:
    """Physical lines, which can be given back from the second one of a record on."""

    def __init__(self, lines: Iterable[tuple[str, int]], at: int, number: int) -> None:
        self._lines = iter(lines)
        self._again: list[tuple[str, int]] = []
        self._taken: list[tuple[str, int]] = []
        self.number, self.at = number - 1, at

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._taken.append(line)
        self.number += 1
        self.at += line[1]
        return line[0]

    def begin(self) -> tuple[int, int]:
        """The number of the line that comes next, and its first byte."""
        self._taken.clear()
        return self.number + 1, self.at

    def give_back(self) -> None:
        again = self._taken[1:]
        self._again += reversed(again)
        self.number -= len(again)
        self.at -= sum(size for _text, size in again)


def parse(
    text: Iterable[tuple[str, int]], delimiter: str, at: int = 0, number: int = 1
) -> Iterator[Record]:
    """A quotation mark that is not closed spoils its own line, not those which follow."""
    lines = _Lines(text, at, number)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line, begin = lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back()
            yield Record(line, [], _quoting_problem(error), begin)
        else:
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield Record(line, cells, "", begin)


def parse_line(text: str, delimiter: str) -> Record | None:
    return next(parse([(text, 0)], delimiter), None)


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
            return "utf-8"
        if self.is_cp1252:
            return GUESSED
        raise ImportFailed(
            _("The file is neither UTF-8 nor Windows-1252 text: save it as UTF-8, and import that.")
        )
