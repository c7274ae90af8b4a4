import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict
from django.utils.translation import gettext as _

from imports.console import refusal, write_all
from imports.management.commands.import_transactions import UNUSABLE, find_ledger
from imports.parsing.records import ImportFailed
from transactions.queries.export import WRITERS, TooManyRows, refuse_too_many
from transactions.queries.listing import Listing


class Command(BaseCommand):
    help = "Write transactions to a file, or to the output: those that a page would list."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE")
        parser.add_argument("--ledger", required=True, metavar="SLUG")
        help_text = "of the page’s address, after the question mark: 'wallet=3&since=2024-01-01'"
        parser.add_argument("--filter", default="", metavar="QUERY", help=help_text)
        parser.add_argument("--as", dest="kind", choices=[*WRITERS], default="csv")
        help_text = "with the cells of the files that the rows came from"
        parser.add_argument("--cells", action="store_true", help=help_text)

    def handle(
        self, *, file: str, ledger: str, kind: str, cells: bool, filter: str, **options: Any
    ) -> None:
        try:
            listing = Listing.of(find_ledger(ledger), QueryDict(filter))
            if not listing.filter.is_valid():
                raise ImportFailed(" ".join(understood(listing.filter.form.errors)))
            rows: Any = listing.ordered()
            refuse_too_many(rows, kind)
            content = WRITERS[kind][0](rows, cells)
            write_all(file, sys.stdout.buffer, as_bytes(content))
        except (ImportFailed, TooManyRows) as error:
            text = refusal(error) if isinstance(error, ImportFailed) else str(error)
            raise CommandError(text, returncode=UNUSABLE) from None
        except OSError as error:
            message = _("%(path)s cannot be written: %(reason)s. Name another file, or none.")
            names = {"path": Path(file), "reason": error.strerror}
            raise CommandError(message % names, returncode=UNUSABLE) from None


def understood(errors: Any) -> Iterator[str]:
    for name, texts in errors.items():
        yield f"{name}: {' '.join(texts)}"


def as_bytes(content: Iterator[str | bytes]) -> Iterator[bytes]:
    for piece in content:
        yield piece.encode() if isinstance(piece, str) else piece
