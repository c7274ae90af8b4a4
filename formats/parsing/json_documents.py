"""A JSON document as the lists that are in it: `[{…}, {…}]`, or `{"meta": …, "activities": [{…}]}`.
Each list of objects is a table, whose columns are their keys."""

import re
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Any

from django.utils.translation import gettext as _

from formats.parsing.files import BLOCK, Record, TextFile
from formats.parsing.json_lines import JSON, header_of, row_record
from formats.parsing.lines import BOM, LONGEST_LINE
from formats.parsing.records import ImportFailed

DOCUMENT = f"{JSON}:"  # in place of a delimiter, before the name of the list
LARGEST = 64 << 20  # bytes; it is in memory as a whole
LONGEST_ITEM = 1 << 20  # characters
BEGINNING = re.compile(r"\s*(?:\[\s*[\[{]|\{\s*\")")
SPACE = re.compile(r"[\s\N{ZERO WIDTH NO-BREAK SPACE}]*")
NUMBERS_AS_TEXT = JSONDecoder(parse_float=str, parse_int=str)


@dataclass(frozen=True, slots=True)
class JsonTable:
    """Where rows are in a file of JSON, and their keys."""

    delimiter: str
    keys: list[str]
    items: int = 1

    @property
    def name(self) -> str:
        """Of the list; empty where it is all of the file."""
        return self.delimiter.removeprefix(JSON).removeprefix(":")


def json_tables(file: TextFile) -> list[JsonTable]:
    """None where the file does not begin as JSON; ValueError where it goes on otherwise."""
    if not begins_as_json(file):
        return []
    keys, more = header_of(file)
    if more:
        return [JsonTable(JSON, keys)]
    tables = lists_in(whole(file))
    if not (keys or tables):
        raise ValueError(_("there is no list of rows in it"))
    return [JsonTable(JSON, keys), *tables] if keys else tables


def begins_as_json(file: TextFile) -> bool:
    return bool(BEGINNING.match(text_at(file, 0, BLOCK).lstrip(BOM)))


def text_at(file: TextFile, at: int, size: int) -> str:
    file.copy.seek(at)
    return file.copy.read(size).decode(file.encoding, "ignore")


def whole(file: TextFile) -> str:
    if file.size > LARGEST:
        message = _(
            "A JSON document of more than %(limit)d MB cannot be read: export a shorter time, or"
            " as CSV or JSON Lines."
        )
        raise ImportFailed(message % {"limit": LARGEST >> 20})
    return text_at(file, 0, LARGEST)


def lists_in(text: str) -> list[JsonTable]:
    """Those that have objects, each with all keys that any of its objects has."""
    keys: dict[str, dict[str, None]] = {}
    counts: Counter[str] = Counter()
    for name, _at, item in items_in(text):
        if isinstance(item, dict):
            keys.setdefault(name, {}).update(dict.fromkeys(item))
            counts[name] += 1
    return [JsonTable(f"{DOCUMENT}{name}", [*keys[name]], counts[name]) for name in keys]


def items_in(text: str) -> Iterator[tuple[str, int, Any]]:
    """Of each list: its name, and where the item begins."""
    reader = Reader(text)
    if reader.next() == "[":
        for at, item in reader.items():
            yield "", at, item
    else:
        for name in reader.names():
            if reader.next() == "[":
                for at, item in reader.items():
                    yield name, at, item
            else:
                reader.value()
    if reader.next():
        raise reader.expected("the end")


class Reader:
    """Goes through a text of JSON a value at a time."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def next(self) -> str:
        """The character that comes next, behind spaces; empty at the end."""
        self.at = SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        return self.text[self.at : self.at + 1]

    def value(self) -> Any:
        self.next()
        try:
            value, self.at = NUMBERS_AS_TEXT.raw_decode(self.text, self.at)
        except RecursionError:
            raise ValueError(_("it is nested too deeply")) from None
        return value

    def items(self) -> Iterator[tuple[int, Any]]:
        for _first in self._between("[", "]"):
            self.next()
            begin = self.at
            yield begin, self.value()
            if self.at - begin > LONGEST_ITEM:
                raise ValueError(_("an item of a list is longer than a million characters"))

    def names(self) -> Iterator[str]:
        """Of what an object has; whoever asks reads the value behind each."""
        for _first in self._between("{", "}"):
            name = self.value()
            if not isinstance(name, str):
                raise self.expected("a name")
            self._take(":")
            yield name

    def _between(self, begin: str, end: str) -> Iterator[None]:
        self._take(begin)
        while self.next() != end:
            yield
            if self.next() != end:
                self._take(",")
        self._take(end)

    def _take(self, char: str) -> None:
        if self.next() != char:
            raise self.expected(f"“{char}”")
        self.at += 1

    def expected(self, what: str) -> JSONDecodeError:
        return JSONDecodeError(f"Expecting {what}", self.text, self.at)


def document_records(
    file: TextFile, name: str, keys: Sequence[str], at: int = 0, number: int = 1
) -> Generator[Record]:
    """The items of a list as lines that are counted from one; from the byte `at` on, which is where
    one begins, that one alone."""
    if at:
        item = Reader(text_at(file, at, LONGEST_LINE)).value()
        yield item_record(number, item, keys, at)
        return
    text, place = whole(file), 0
    for of, begin, item in items_in(text):
        if of == name:
            at += len(text[place:begin].encode(file.encoding))
            place = begin
            yield item_record(number, item, keys, at)
            number += 1


def item_record(number: int, item: Any, keys: Sequence[str], at: int) -> Record:
    if isinstance(item, dict):
        return row_record(number, item, keys, at)
    return Record(number, [], _("this is no object, as the others of the list are"), at)
