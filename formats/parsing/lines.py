"""Bytes to physical lines, some thousands at a time."""

import codecs
import re
from collections.abc import Iterator
from typing import IO, NamedTuple

from django.utils.translation import gettext as _

from formats.parsing.records import ImportFailed
from txproject.localized import grouped

FIRST, MOST = 1 << 13, 1 << 18  # bytes that are read at once: whoever wants one line reads few
LONGEST_LINE = 4 << 20
EMPTY_LINES = 1_000_000  # one after the other, more than are read at once
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
NEWLINES = {"utf-16-le": b"\n\0", "utf-16-be": b"\0\n"}  # others have one byte
RETURNS = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


class Lines(NamedTuple):
    """Physical lines with what ends them, and how many bytes of the file each has."""

    texts: list[str]
    sizes: list[int]


def decoded(source: IO[bytes], encoding: str, number: int = 1) -> Iterator[Lines]:
    """From where the source stands, which is where the line of that number begins. A carriage
    return alone ends a line too. ImportFailed where one is so long that it can be none of a
    table."""
    full = number
    for raw in whole_lines(source, encoding):
        if is_too_long(raw, encoding):
            message = _("Line %(line)d is longer than %(limit)d MB: no table has such lines.")
            raise ImportFailed(message % {"line": number, "limit": LONGEST_LINE >> 20})
        lines = lines_in(raw, encoding)
        filled = [n for n, text in enumerate(lines.texts, number) if text != "\n"]
        number += len(lines.texts)
        if (filled[0] if filled else number) - full > EMPTY_LINES:
            message = _("More than %(most)s empty lines follow line %(line)d: export it again.")
            raise ImportFailed(message % {"line": full, "most": grouped(EMPTY_LINES)})
        full = filled[-1] if filled else full
        yield lines


def whole_lines(source: IO[bytes], encoding: str) -> Iterator[bytes]:
    """But for the last of the file, and for one that is too long."""
    size, rest = FIRST, b""
    while block := source.read(size):
        block = rest + block
        end = end_of_lines(block, encoding)
        if end or len(block) < LONGEST_LINE:
            rest = block[end:]
        else:
            end, rest = len(block), b""
        if end:
            yield block[:end]
        size = min(2 * size, MOST)
    if rest:
        yield rest


def newline_of(encoding: str) -> bytes:
    return NEWLINES.get(encoding, b"\n")


def end_of_lines(block: bytes, encoding: str) -> int:
    """Behind the last newline; 0 where there is none."""
    newline = newline_of(encoding)
    at = block.rfind(newline)
    while at % len(newline) and at >= 0:  # of characters of two bytes, one alone can look like it
        at = block.rfind(newline, 0, at + 1)
    return at + len(newline) if at >= 0 else 0


def is_too_long(raw: bytes, encoding: str) -> bool:
    """Whether its first line is."""
    return len(raw) >= LONGEST_LINE and not end_of_lines(raw[:LONGEST_LINE], encoding)


def lines_in(raw: bytes, encoding: str, errors: str = "strict") -> Lines:
    if encoding in NEWLINES:
        texts = RETURNS.findall(raw.decode(encoding, errors))
        sizes = [len(text.encode(encoding)) for text in texts]
    else:
        pieces = raw.splitlines(keepends=True)
        texts = [str(piece, encoding, errors) for piece in pieces]
        sizes = list(map(len, pieces))
    return Lines(texts if raw.isascii() else [text.removeprefix(BOM) for text in texts], sizes)
