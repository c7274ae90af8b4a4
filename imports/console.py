"""What the import command says: a progress bar, what became of each file, the JSON report."""

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from shlex import quote
from typing import IO, Any, TextIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from formats.parsing.records import Hint, ImportFailed, Remark, RowError, Skipped
from imports.pipeline.result import ImportResult

BAR = 30  # characters
LINES_NAMED = 10  # of those that were skipped for one reason

# What would mend a row that is not understood.
MENDING = {
    "decimal_comma": Hint("decimal_comma"),
    "date_order": Hint("date_order", {"dmy": "", "mdy": ""}),
}


class Bar:
    """A progress bar, on a terminal only."""

    def __init__(self, stream: TextIO, title: str) -> None:
        self._stream = stream if stream.isatty() else None
        self._title = title

    def __call__(self, fraction: float) -> None:
        if self._stream:
            done = round(BAR * min(fraction, 1))
            bar = f"{'█' * done}{'░' * (BAR - done)}"
            self._stream.write(f"\r{bar} {fraction:4.0%} {self._title}\x1b[K")
            self._stream.flush()

    def clear(self) -> None:
        if self._stream:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def summary(result: ImportResult, dry_run: bool) -> str:
    lines = ngettext("%(count)d line", "%(count)d lines", result.lines) % {"count": result.lines}
    made = ngettext(
        "%(count)d transaction made", "%(count)d transactions made", result.transactions
    )
    text = _(
        "%(file)s (%(format)s): %(lines)s, %(imported)d imported, %(duplicates)d known already,"
        " %(skipped)d skipped, %(errors)d with an error; %(made)s."
    ) % {
        "file": result.file,
        "format": result.format,
        "lines": lines,
        "imported": result.imported,
        "duplicates": result.duplicates,
        "skipped": len(result.skipped),
        "errors": len(result.errors),
        "made": made % {"count": result.transactions},
    }
    if result.restored:
        restored = ngettext(
            "%(n)d deleted row is back.", "%(n)d deleted rows are back.", result.restored
        )
        text = f"{text} {restored % {'n': result.restored}}"
    return f"{text} {_('Dry run: nothing was written.')}" if dry_run else text


def reasons(skipped: Iterable[Skipped]) -> list[str]:
    """One text per reason, with the first lines it is about."""
    kinds = first_of((skip.reason, skip.line) for skip in skipped)
    return [_named(reason, *found) for reason, found in kinds.items()]


def first_of[K, V](pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[list[V], int]]:
    """Of each kind the first, and how many there are."""
    first: dict[K, list[V]] = defaultdict(list)
    counts: Counter[K] = Counter()
    for kind, value in pairs:
        counts[kind] += 1
        if counts[kind] <= LINES_NAMED:
            first[kind].append(value)
    return {kind: (some, counts[kind]) for kind, some in first.items()}


def _named(reason: str, numbers: list[int], count: int) -> str:
    listed = ", ".join(map(str, numbers))
    more = ", …" if count > len(numbers) else ""
    text = ngettext(
        "Skipped line %(lines)s: %(reason)s", "Skipped lines %(lines)s: %(reason)s", count
    )
    return text % {"lines": listed + more, "reason": reason}


def remarked(remarks: Iterable[Remark]) -> list[str]:
    """One text each, but no more than the first lines of one kind."""
    kinds = first_of(((remark.column, remark.reason), remark) for remark in remarks)
    return [text for found in kinds.values() for text in _first(*found)]


def _first(remarks: list[Remark], count: int) -> list[str]:
    texts = list(map(_remark, remarks))
    if more := count - len(texts):
        message = ngettext(
            "… and %(more)d more line like this; --report names all of them",
            "… and %(more)d more lines like this; --report names all of them",
            more,
        )
        texts.append(message % {"more": more})
    return texts


def _remark(remark: Remark) -> str:
    if not remark.line:
        return _("The whole file: %(remark)s") % {"remark": remark}
    return _("Line %(line)d: %(remark)s") % {"line": remark.line, "remark": remark}


def refusal(error: ImportFailed) -> str:
    """With the options to type."""
    if not error.hints:
        return str(error)
    options = _(", or ").join(map(_option, error.hints))
    return _("%(error)s Type %(options)s.") % {"error": error, "options": options}


def _option(hint: Hint) -> str:
    option = f"--{hint.setting.replace('_', '-')}"
    if len(hint.choices) < 2:
        return " ".join([option, *map(quote, hint.choices)])
    named = ", ".join(
        f"{quote(value)} ({meaning})" if meaning else quote(value)
        for value, meaning in hint.choices.items()
    )
    return _("%(option)s and one of: %(named)s") % {"option": option, "named": named}


def complaint(file: str, error: RowError) -> str:
    parts = [f"{file}:{error.line}", *filter(None, [error.column]), error.message]
    text = ": ".join(parts)
    return f"{text} ({_option(MENDING[error.setting])})" if error.setting else text


def as_report(results: Iterable[ImportResult]) -> Iterator[str]:
    yield from in_pieces([result.as_json() for result in results])
    yield "\n"


def in_pieces(report: Any) -> Iterator[str]:
    """Of its JSON, which may be longer than one wants in memory."""
    return json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(report)


def write_report(path: Path, text: str) -> None:
    write_file(path, [f"{text}\n".encode()])


def write_all(place: str, output: IO[bytes], content: Iterable[bytes]) -> None:
    """To a file, or to the output (-)."""
    if place != "-":
        write_file(Path(place), content)
        return
    for piece in content:
        output.write(piece)
    output.flush()


def write_file(path: Path, content: Iterable[bytes]) -> None:
    """All of it or nothing: whoever reads the file never sees half of it."""
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as fresh:
        part = Path(fresh.name)
        try:
            for piece in content:
                fresh.write(piece)
            fresh.flush()
            part.chmod(0o644)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
