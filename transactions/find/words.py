"""The language of the search field: words and their values, and text.

`label:tax -type:fee contact:"Blue Harbor" rent` are four of them. A value in quotes may hold
anything; within quotes a backslash stands before a quote or another backslash.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

QUOTED = r'"(?:[^"\\]|\\.)*'
PIECE = re.compile(rf'({QUOTED}"?|[^"]+)', re.DOTALL)
TOKEN = re.compile(rf'(?:{QUOTED}(?:"|\\?$)|[^\s"])+', re.DOTALL)
WORD = re.compile(r"(-?)([^\W\d_]+):(?!//)(.*)", re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# What needs no quotes: in a value, and as text, where a word or a minus would mean something.
PLAIN_VALUE = re.compile(r"[\w.+/#@&$€%-]+")
PLAIN_TEXT = re.compile(r'[^\s"-][^\s":]*')
# A value that means something else when it is in quotes.
NONE = "none"


class Value(NamedTuple):
    text: str
    quoted: bool = False

    @property
    def is_none(self) -> bool:
        return self.text.lower() == NONE and not self.quoted


class Word(NamedTuple):
    """One of a search; without a name it is text."""

    said: str
    name: str
    values: tuple[Value, ...]
    negated: bool = False

    @property
    def text(self) -> str:
        """The values where a comma is a part of it."""
        return ",".join(value.text for value in self.values)

    @property
    def is_closed(self) -> bool:
        return all(closed(piece) for piece in PIECE.findall(self.said))

    @property
    def is_plain(self) -> bool:
        """Whether it is text that is looked for, and nothing else."""
        return not self.name and not self.negated and self.is_closed and bool(self.text.strip())


def tokens(text: str) -> Iterator[re.Match[str]]:
    return TOKEN.finditer(text)


def parsed(text: str) -> list[Word]:
    return [word(token.group()) for token in tokens(text)]


def parted(token: str) -> tuple[str, list[str]] | None:
    """A word with its colon, and its values as they are written; None of text."""
    if found := WORD.fullmatch(token):
        return token.removesuffix(found[3]), split(found[3])
    return None


def word(said: str) -> Word:
    if found := WORD.fullmatch(said):
        minus, name, rest = found.groups()
        return Word(said, name.lower(), tuple(map(value, split(rest))), bool(minus))
    negated = said.startswith("-") and len(said) > 1
    return Word(said, "", (value(said[negated:]),), negated)


def split(rest: str) -> list[str]:
    """At the commas that are not within quotes."""
    parts = [""]
    for piece in PIECE.findall(rest):
        first, *others = [piece] if piece.startswith('"') else piece.split(",")
        parts[-1] += first
        parts += others
    return parts


def value(said: str) -> Value:
    pieces = PIECE.findall(said)
    return Value("".join(map(unquoted, pieces)), any(piece.startswith('"') for piece in pieces))


def unquoted(piece: str) -> str:
    if not piece.startswith('"'):
        return piece
    return ESCAPED.sub(r"\1", piece[1:-1] if closed(piece) else piece[1:])


def closed(piece: str) -> bool:
    return not piece.startswith('"') or bool(re.fullmatch(f'{QUOTED}"', piece, re.DOTALL))


def quote(text: str) -> str:
    return '"{}"'.format(re.sub(r'(["\\])', r"\\\1", text))


def spelled(text: str) -> str:
    """As a value."""
    plain = PLAIN_VALUE.fullmatch(text) and text.lower() != NONE
    return text if plain else quote(text)


def said(name: str, values: Iterable[str], negated: bool = False) -> str:
    return f"{'-' * negated}{name}:{','.join(values)}"


def as_text(text: str, minus: bool = False) -> str:
    """As text, whatever it holds. A minus stands before one piece, or before quotes."""
    pieces = text.split(" ")
    plain = all(map(PLAIN_TEXT.fullmatch, pieces)) and not (minus and pieces[1:])
    return "-" * minus + (text if plain else quote(text))


def text_of(search: str) -> str:
    """What is searched as text, of a search that has no words."""
    return " ".join(word.text for word in parsed(search) if not word.negated)
