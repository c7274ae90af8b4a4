import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.http import QueryDict
from django.utils.translation import gettext as _

from formats.parsing.records import Hint, ImportFailed
from imports.console import write_all
from imports.management.ending import (
    add_report,
    ending,
    find_ledger,
    refuse_both,
    report,
    writing,
)
from live.snapshot import snapshot
from rules.queries import asked
from transactions.filters import EVERY_FILTER
from transactions.queries.export import WRITERS, TooMuch, refuse_too_much
from transactions.queries.listing import Listing

PARAMETERS = re.compile(r"\w+=")
# What else its address may say.
OF_LIST = {"page", "sort", "size", "columns", "view"}


class Command(BaseCommand):
    help = _("Write transactions to a file, or to the output: those that a page would list.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE")
        parser.add_argument("--ledger", required=True, metavar="SLUG")
        help_text = _("the list’s address, what follows its question mark, or words of its search")
        parser.add_argument("--filter", default="", metavar="QUERY", help=help_text)
        help_text = _("as the file’s name ends, if it is not said")
        parser.add_argument("--as", dest="kind", choices=[*WRITERS], help=help_text)
        help_text = _("with the cells of the files that the rows came from")
        parser.add_argument("--cells", action="store_true", help=help_text)
        add_report(parser)

    def handle(
        self, *, file: str, ledger: str, kind: str | None, cells: bool, filter: str, **options: Any
    ) -> None:
        refuse_both(file, options["report"])
        with ending(), writing(file), a_sheet(), snapshot():
            kind = kind or kind_of(file)
            listing = Listing.of(find_ledger(ledger), query_of(filter))
            if not listing.filter.is_valid():
                raise ImportFailed(" ".join(understood(listing.filter.form.errors)))
            rows: Any = listing.ordered()
            refuse_too_much(rows, kind, cells)
            count = rows.order_by().count()
            write_all(file, sys.stdout.buffer, as_bytes(WRITERS[kind][0](rows, cells)))
        report(options["report"], self.stdout, {"ledger": ledger, "file": file, "rows": count})


def kind_of(file: str) -> str:
    name = Path(file).name
    for kind in ("koinly.csv", *WRITERS):
        if name.endswith(f".{kind}"):
            return kind
    if Path(name).suffix:
        message = _("“%s” does not say what kind of file it is to be.") % name
        raise ImportFailed(message, Hint("as", dict.fromkeys(WRITERS, "")))
    return "csv"


def query_of(given: str) -> QueryDict:
    query = QueryDict(given) if PARAMETERS.match(given) else asked(given)
    if unknown := sorted(query.keys() - EVERY_FILTER.keys() - OF_LIST):
        message = _("The list has no filter “%s”: words of its search are given without “=”.")
        raise ImportFailed(message % unknown[0])
    return query


@contextmanager
def a_sheet() -> Iterator[None]:
    try:
        yield
    except TooMuch as error:
        raise ImportFailed(str(error)) from None


def understood(errors: Any) -> Iterator[str]:
    for name, texts in errors.items():
        yield f"{name}: {' '.join(texts)}"


def as_bytes(content: Iterator[str | bytes]) -> Iterator[bytes]:
    for piece in content:
        yield piece.encode() if isinstance(piece, str) else piece
