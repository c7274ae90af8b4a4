"""Bytes to records: a private copy of the file, its encoding, its lines."""

import codecs
import csv
import hashlib
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO

from django.utils.translation import gettext as _

from formats.parsing.code_pages import PAGES, guessed
from formats.parsing.records import ImportFailed
from txproject.localized import grouped

BLOCK = 1 << 20
IN_MEMORY = 32 * BLOCK
LONGEST_LINE = 4 * BLOCK
EMPTY_LINES = 1_000_000  # one after the other
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
NEWLINES = {"utf-16-le": b"\n\0", "utf-16-be": b"\0\n"}  # others have one byte
RETURNS = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
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
    newline = newline_of(encoding)
    full = number
    for line, raw in enumerate(raw_lines(source, newline), number):
        if raw != newline:
            full = line
        elif line - full > EMPTY_LINES:
            message = _("More than %(most)s empty lines follow line %(line)d: export it again.")
            raise ImportFailed(message % {"line": full, "most": grouped(EMPTY_LINES)})
        if len(raw) >= LONGEST_LINE and not raw.endswith(newline):
            message = _("Line %(line)d is longer than %(limit)d MB: no table has such lines.")
            raise ImportFailed(message % {"line": line, "limit": LONGEST_LINE >> 20})
        text = raw.decode(encoding).removeprefix(BOM)
        if "\r" not in text or text.find("\r") == len(text) - 2:
            yield text, len(raw)
        else:
            first, *others = RETURNS.findall(text)
            sizes = [len(piece.encode(encoding)) for piece in others]
            yield first, len(raw) - sum(sizes)
            yield from zip(others, sizes, strict=True)


def newline_of(encoding: str) -> bytes:
    return NEWLINES.get(encoding, b"\n")


def raw_lines(source: IO[bytes], newline: bytes) -> Iterator[bytes]:
    """Up to LONGEST_LINE bytes each."""
    if len(newline) == 1:
        return iter(partial(source.readline, LONGEST_LINE), b"")
    return _wide_lines(source, newline)


def _wide_lines(source: IO[bytes], newline: bytes) -> Iterator[bytes]:
    """Of characters of two bytes, of which one alone can look like the end of a line."""
    line = b""
    while piece := source.readline(LONGEST_LINE):
        line += piece
        if len(line) % 2:
            line += source.read(1)
        if line.endswith(newline) or len(line) >= LONGEST_LINE:
            yield line
            line = b""
    if line:
        yield line


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
    block = source.read(BLOCK)
    look = _Look(UTF_16.get(block[:2], "utf-8"))
    while block:
        look.at(block)
        copy.write(block)
        block = source.read(BLOCK)
    size, encoding = copy.tell(), look.end() or _code_page(copy)
    whole = look.last.endswith(newline_of(encoding))
    return TextFile(name, copy, size, look.hash.hexdigest(), encoding, whole)


def _code_page(copy: IO[bytes]) -> str:
    copy.seek(0)
    page = guessed(iter(partial(copy.read, BLOCK), b""))
    if page:
        return page
    message = _(
        "The file is neither UTF-8 nor text of Windows (%s): save it as UTF-8, and import that."
    )
    raise ImportFailed(message % ", ".join(PAGES.values()))


class _Look:
    """What the blocks of a file say about the whole."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.hash = hashlib.sha256()
        self.last = b""  # two bytes
        self._decodes = self._is_blank = True
        self._is_wide = encoding in NEWLINES
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def at(self, block: bytes) -> None:
        text = self._decoded(block)
        if "\0" in text if self._is_wide else b"\0" in block:
            raise ImportFailed(
                _("This is a binary file, not a CSV file: save it as CSV, and import that.")
            )
        self.hash.update(block)
        self.last = (self.last + block[-2:])[-2:]
        self._is_blank = self._is_blank and self._decodes and not text.strip(BOM).strip()

    def _decoded(self, block: bytes, final: bool = False) -> str:
        try:
            return self._decoder.decode(block, final) if self._decodes else ""
        except UnicodeDecodeError:
            self._decodes = False
            return ""

    def end(self) -> str:
        """The encoding; empty if it is another one than the beginning said."""
        self._decoded(b"", final=True)
        if self._is_blank and self._decodes:
            raise ImportFailed(_("The file is empty. Export it again."))
        if self._is_wide and not self._decodes:
            raise ImportFailed(
                _("The file is damaged: it begins as UTF-16, and is not. Export it again.")
            )
        return self.encoding if self._decodes else ""
