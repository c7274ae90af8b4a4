"""Bytes to records: a private copy of the file, its encoding, its lines."""

import codecs
import csv
import hashlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, islice
from tempfile import SpooledTemporaryFile
from typing import IO

from django.utils.translation import gettext as _

from formats.parsing.code_pages import PAGES, guessed
from formats.parsing.lines import BOM, NEWLINES, UTF_16, Lines, decoded, newline_of
from formats.parsing.records import ImportFailed

BLOCK = 1 << 20
IN_MEMORY = 32 * BLOCK
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")


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


class Window:
    """Some physical lines, of which records are read; more of them when these are used up."""

    def __init__(self, lines: Iterable[Lines], at: int, number: int) -> None:
        self._lines = iter(lines)
        self.texts: list[str] = []
        self.begins = [at]  # bytes, of what comes behind the last line too
        self.number = number  # of the first line

    def move(self, used: int) -> bool:
        """Lets these lines go; False if there are no others than those that are left. So many more
        come that a record which goes on and on is not read from its beginning too often."""
        del self.texts[:used], self.begins[:used]
        self.number += used
        left = len(self.texts)
        for texts, sizes in self._lines:
            self.texts += texts
            self.begins += islice(accumulate(sizes, initial=self.begins[-1]), 1, None)
            if len(self.texts) >= 2 * left:
                break
        return len(self.texts) > left


def parse(lines: Iterable[Lines], delimiter: str, at: int = 0, number: int = 1) -> Iterator[Record]:
    """A quotation mark that is not closed spoils its own line, not those which follow."""
    window, used, more = Window(lines, at, number), 0, True
    while True:
        if used == len(window.texts):
            if not window.move(used):
                return
            used = 0
        reader = csv.reader(islice(window.texts, used, None), delimiter=delimiter, strict=True)
        first = begin = used
        try:
            for cells in reader:
                if len(cells) > 1 or (cells and cells[0].strip()):
                    yield Record(window.number + begin, cells, "", window.begins[begin])
                begin = first + reader.line_num
        except csv.Error as error:
            used = begin
            if more and is_open(error):
                more, used = window.move(begin), 0
            else:
                problem = _quoting_problem(error)
                yield Record(window.number + begin, [], problem, window.begins[begin])
                used += 1
        else:
            used = begin


def parse_line(text: str, delimiter: str) -> Record | None:
    return next(parse([Lines([text], [0])], delimiter), None)


def is_open(error: csv.Error) -> bool:
    return "unexpected end" in str(error)


def _quoting_problem(error: csv.Error) -> str:
    if is_open(error):
        return _("a quotation mark is opened and not closed")
    if "field limit" in str(error):
        return _("a cell is longer than %(limit)d characters") % {"limit": csv.field_size_limit()}
    return _("the quotation marks in this row do not match")


def copy_of(name: str, source: IO[bytes]) -> TextFile:
    """Copy the file and learn what it is; ImportFailed if it is not text."""
    copy: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115, it lives as long as the file
    block = source.read(BLOCK)
    if block.startswith(ARCHIVES):
        raise ImportFailed(
            _("This is a ZIP or gzip archive: unpack it, and import the files that are in it.")
        )
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
