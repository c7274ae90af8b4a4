"""JSON Lines as the table that they are: an object per line, whose keys are the columns."""

import json
from collections.abc import Generator, Sequence
from itertools import chain, islice
from typing import Any

from django.utils.translation import gettext as _

from formats.parsing.files import Record, TextFile
from formats.parsing.lines import decoded, lines_in, whole_lines

JSON = "json"  # in place of a delimiter
BEGINNING = 100  # lines, of which one can leave out what others have


def header_of(file: TextFile) -> tuple[list[str], bool]:
    """The keys of the first objects, none where the file does not begin with one in a line; and
    whether there are more lines."""
    file.copy.seek(0)
    blocks = whole_lines(file.copy, file.encoding)
    lines = (text for raw in blocks for text in lines_in(raw, file.encoding, "ignore").texts)
    first, *more = [*islice(filter(str.strip, lines), BEGINNING)] or [""]
    keys = keys_of(first)
    if not keys:
        return [], False
    return list(dict.fromkeys(chain(keys, *map(keys_of, more)))), bool(more)


def keys_of(text: str) -> list[str]:
    """None where it is no object."""
    try:
        return list(object_of(text))
    except ValueError:
        return []


def json_records(
    file: TextFile, names: Sequence[str], at: int = 0, number: int = 1
) -> Generator[Record]:
    """Everything but blank lines, from the byte `at` on: the values under these keys as text, of
    which numbers keep every digit. A line that is no object has its problem."""
    file.copy.seek(at)
    lines = decoded(file.copy, file.encoding, number)
    pairs = (pair for some in lines for pair in zip(*some, strict=True))
    for line, (text, size) in enumerate(pairs, number):
        if text.strip():
            yield record(line, text, names, at)
        at += size


def record(line: int, text: str, names: Sequence[str], at: int) -> Record:
    try:
        row = object_of(text)
    except ValueError as error:
        return Record(line, [], _("this is not JSON: %s") % error, at)
    return row_record(line, row, names, at)


def row_record(line: int, row: dict[str, Any], names: Sequence[str], at: int) -> Record:
    cells = [text_of(row.get(name)) for name in names]
    if not all(map(is_text, cells)):
        return Record(line, [], _("there is a character in it that no text has"), at)
    return Record(line, cells, "", at)


def object_of(text: str, numbers: bool = False) -> dict[str, Any]:
    """ValueError if it is none. Numbers are their text, unless they are wanted as numbers."""
    as_text: dict[str, Any] = {} if numbers else {"parse_float": str, "parse_int": str}
    try:
        row = json.loads(text, **as_text)
    except RecursionError:
        raise ValueError(_("it is nested too deeply")) from None
    if not isinstance(row, dict):
        raise ValueError(_("it is no object"))
    return row


def text_of(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def is_text(cell: str) -> bool:
    """Half of a character, or a NUL, can be escaped in JSON and stored nowhere."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in cell
