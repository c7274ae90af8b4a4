"""Which format a file has, and where its header is."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import compress, islice
from typing import NoReturn

from django.utils.translation import gettext as _

from formats import FORMATS, AnyFormat
from formats.mapping import FAMILY, PREFIX, numbered
from formats.nearest import differences, nearest
from formats.parsing.files import Record, TextFile
from formats.parsing.json_documents import JsonTable, json_tables
from formats.parsing.records import Hint, ImportFailed, Remark
from formats.parsing.tables import Columns, Table, clean_header, unwrapped
from formats.parsing.values import shown

DELIMITERS = ",;\t"
PREAMBLE = 20  # records that may stand before the header


class UnknownFormat(ImportFailed):
    """No format has this header."""


def detect(
    file: TextFile, name: str = "auto", among: Sequence[AnyFormat] = FORMATS
) -> tuple[AnyFormat, Table]:
    """The format and the table; ImportFailed says which header was seen instead."""
    formats = among if name == "auto" else [named(name, among)]
    tables, problem = _json_of(file)
    if tables:
        return _in_json(file, tables, formats) or _refuse(name, among, _longest(tables).keys)
    heads = {delimiter: _head(file, delimiter) for delimiter in DELIMITERS}
    for delimiter, head in heads.items():
        for record in head:
            if found := _best(formats, record.cells):
                return found[0], Table(file, delimiter, found[1], record.line)
    for delimiter, head in heads.items():
        if head and (found := _without_header(formats, head[0].cells)):
            return found[0], Table(file, delimiter, found[1], 0)
    if problem:
        raise ImportFailed(
            _("The file begins as JSON, and is not JSON: %s. Export it again.") % problem
        )
    _refuse(name, among, _header_like(heads.values()))


def named(name: str, among: Sequence[AnyFormat] = FORMATS) -> AnyFormat:
    for candidate in among:
        if candidate.name == name:
            return candidate
    raise ImportFailed(_("There is no format “%s”.") % shown(name), known(among))


def title_of(name: str) -> str:
    """Of a format that may be gone since; of a mapping its name."""
    titles = {FAMILY: _("Mapping"), **{each.name: str(each.title) for each in FORMATS}}
    return titles.get(name, name.removeprefix(PREFIX))


def known(among: Sequence[AnyFormat] = FORMATS) -> Hint:
    return Hint("format", {each.name: str(each.title) for each in sorted(among, key=_by_name)})


def names(among: Sequence[AnyFormat] = FORMATS) -> str:
    return ", ".join(known(among).choices)


def _by_name(each: AnyFormat) -> str:
    return each.name


def _json_of(file: TextFile) -> tuple[list[JsonTable], str]:
    """Its tables, or what is wrong with it; neither where it is no JSON."""
    try:
        return json_tables(file), ""
    except ValueError as error:
        return [], str(error)


def _in_json(
    file: TextFile, tables: Sequence[JsonTable], formats: Sequence[AnyFormat]
) -> tuple[AnyFormat, Table] | None:
    """The list that has a format; the others are left out, and that is said."""
    found = [(table, best) for table in tables if (best := _best(formats, table.keys))]
    if len(found) > 1:
        raise _several([best[0] for _table, best in found])
    for table, (kind, columns) in found:
        reason = _("one list of a document is read, and it is another")
        others = (each.name for each in tables if each.name and each is not table)
        remarks = [Remark(0, "", name, "", reason) for name in others]
        return kind, Table(file, table.delimiter, columns, 0, remarks=remarks)
    return None


def _longest(tables: Sequence[JsonTable]) -> JsonTable:
    return max(tables, key=lambda table: table.items)


def _head(file: TextFile, delimiter: str) -> list[Record]:
    with closing(file.records(delimiter)) as records:
        head = list(islice(records, PREAMBLE))
    for record in head:
        record.cells = unwrapped(record.cells, delimiter)
    return head


def _best(formats: Sequence[AnyFormat], cells: list[str]) -> tuple[AnyFormat, Columns] | None:
    """Of several formats that match, the one that knows the columns of all others and more;
    ImportFailed asks if there is none."""
    matches = [(each, columns) for each in formats if (columns := each.match(cells))]
    seen = [set(columns.index.values()) for _format, columns in matches]
    most = [not any(map(own.__lt__, seen)) for own in seen]
    best = list(compress(matches, most))
    if len(best) > 1:
        raise _several([each for each, _columns in best])
    return best[0] if best else None


def _several(formats: Sequence[AnyFormat]) -> ImportFailed:
    titles = ", ".join(f"“{each.title}”" for each in formats)
    message = _("The file can be of several formats: %s. Say which it is.") % titles
    return ImportFailed(message, known(formats))


def _without_header(
    formats: Sequence[AnyFormat], cells: list[str]
) -> tuple[AnyFormat, Columns] | None:
    for each in formats:
        header = each.assumed_header(cells)
        if header and (columns := each.match(header)):
            return each, columns
    return None


def table_of(file: TextFile) -> Table:
    """A file of whatever format, under what looks like its header; ImportFailed if it is empty."""
    tables, _problem = _json_of(file)
    if tables:
        longest = _longest(tables)
        return Table(file, longest.delimiter, _all_of(longest.keys), 0)
    heads = {delimiter: _head(file, delimiter) for delimiter in DELIMITERS}
    cells = _header_like(heads.values())
    for delimiter, head in heads.items():
        for record in head:
            if cells and record.cells == cells:
                return Table(file, delimiter, _all_of(cells), record.line)
    _refuse("auto", FORMATS, [])


def _all_of(header: Sequence[str]) -> Columns:
    titles = numbered(header)
    return Columns(titles, {}, {title: n for n, title in enumerate(titles)}, 1)


def _header_like(heads: Iterable[list[Record]]) -> list[str]:
    """The first line that has about as many titles as the widest has cells."""
    lines = max(([record.cells for record in head] for head in heads), key=_width, default=[])
    titles = ((cells, sum(map(bool, clean_header(cells)))) for cells in lines)
    return next((cells for cells, n in titles if n and 2 * n >= _width(lines)), [])


def _width(lines: list[list[str]]) -> int:
    return max(map(len, lines), default=0)


def _refuse(name: str, among: Sequence[AnyFormat], seen: Sequence[str]) -> NoReturn:
    if not seen:  # nothing but spaces, of whatever kind
        raise ImportFailed(_("The file is empty. Export it again."))
    if {"type", "ref"} <= set(seen):
        message = _(
            "These are labels of a Bitcoin wallet (BIP-329), and no transactions: import them on"
            " the page of contacts, or with the command import_labels."
        )
        raise ImportFailed(message)
    header = shown(", ".join(clean_header(seen)), limit=300)
    if name == "auto":
        message = _("The format is not known. Seen as header: “%(header)s”.") % {"header": header}
        advice = _(
            "Export it from its source anew, in a format that is known, with the header that it has"
            " there."
        )
        near = nearest(among, seen)
        sentences = [message, *([str(near)] if near else []), advice]
        raise UnknownFormat(" ".join(sentences), known(among))
    kind = named(name, among)
    message = _("This is not the header of “%(title)s”. Seen as header: “%(header)s”.")
    message %= {"title": kind.title, "header": header}
    raise UnknownFormat(f"{message} {differences(kind, seen)}", Hint("format", {"auto": ""}))
