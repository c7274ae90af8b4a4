"""Which format a file has, and where its header is."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import compress, islice

from django.utils.translation import gettext as _

from formats import FORMATS, AnyFormat
from formats.mapping import PREFIX, numbered
from formats.parsing.files import Record, TextFile
from formats.parsing.json_lines import JSON, header_of
from formats.parsing.records import Hint, ImportFailed
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
    if keys := header_of(file):
        if found := _best(formats, keys):
            return found[0], Table(file, JSON, found[1], 0)
        raise _unknown(name, [[Record(1, keys)]], among)
    heads = {delimiter: _head(file, delimiter) for delimiter in DELIMITERS}
    for delimiter, head in heads.items():
        for record in head:
            if found := _best(formats, record.cells):
                return found[0], Table(file, delimiter, found[1], record.line)
    for delimiter, head in heads.items():
        if head and (found := _without_header(formats, head[0].cells)):
            return found[0], Table(file, delimiter, found[1], 0)
    raise _unknown(name, heads.values(), among)


def named(name: str, among: Sequence[AnyFormat] = FORMATS) -> AnyFormat:
    for candidate in among:
        if candidate.name == name:
            return candidate
    raise ImportFailed(_("There is no format “%s”.") % shown(name), known(among))


def title_of(name: str) -> str:
    """Of a format that may be gone since; of a mapping its name."""
    titles = {each.name: each.title for each in FORMATS}
    return titles.get(name, name.removeprefix(PREFIX))


def known(among: Sequence[AnyFormat] = FORMATS) -> Hint:
    return Hint("format", {each.name: each.title for each in sorted(among, key=_by_name)})


def names(among: Sequence[AnyFormat] = FORMATS) -> str:
    return ", ".join(known(among).choices)


def _by_name(each: AnyFormat) -> str:
    return each.name


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
    if keys := header_of(file):
        return Table(file, JSON, _all_of(keys), 0)
    heads = {delimiter: _head(file, delimiter) for delimiter in DELIMITERS}
    cells = _header_like(heads.values())
    for delimiter, head in heads.items():
        for record in head:
            if cells and record.cells == cells:
                return Table(file, delimiter, _all_of(cells), record.line)
    raise _unknown("auto", [], FORMATS)


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


def _unknown(name: str, heads: Iterable[list[Record]], among: Sequence[AnyFormat]) -> ImportFailed:
    seen = _header_like(heads)
    if not seen:  # nothing but spaces, of whatever kind
        return ImportFailed(_("The file is empty. Export it again."))
    header = shown(", ".join(clean_header(seen)), limit=300)
    if name == "auto":
        message = _(
            "The format is not known. Seen as header: “%(header)s”. Export it from its source anew,"
            " in a format that is known, with the header that it has there."
        )
        return UnknownFormat(message % {"header": header}, known(among))
    message = _("This is not the header of “%(title)s”. Seen as header: “%(header)s”.")
    names = {"title": named(name, among).title, "header": header}
    return UnknownFormat(message % names, Hint("format", {"auto": ""}))
