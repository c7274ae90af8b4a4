from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.files import BOOKS, BookImport, import_book
from contacts.files.importer import BookResult
from formats.detection import named, names
from imports.management.commands import import_transactions
from imports.management.ending import find_ledger


def summary(result: BookResult, dry_run: bool) -> str:
    lines = ngettext("%(n)d line", "%(n)d lines", result.lines) % {"n": result.lines}
    contacts = ngettext("%(n)d new contact", "%(n)d new contacts", result.contacts)
    wallets = ngettext("%(n)d new wallet", "%(n)d new wallets", result.wallets)
    text = _(
        "%(file)s (%(format)s): %(lines)s, %(imported)d imported, %(duplicates)d known already,"
        " %(skipped)d skipped, %(errors)d with an error; %(contacts)s, %(wallets)s."
    ) % {
        "file": result.file,
        "format": result.format,
        "lines": lines,
        "imported": result.imported,
        "duplicates": result.duplicates,
        "skipped": len(result.skipped),
        "errors": len(result.errors),
        "contacts": contacts % {"n": result.contacts},
        "wallets": wallets % {"n": result.wallets},
    }
    return f"{text} {_('Dry run: nothing was written.')}" if dry_run else text


class Command(import_transactions.Command):
    help = _(
        "Import address books: contacts of others, wallets of one's own accounts. What a person"
        " has written stays; a line that says otherwise is left out and told."
    )
    run = staticmethod(import_book)
    summary = staticmethod(summary)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--ledger", required=True, metavar="SLUG")
        help_text = f"auto, {names(BOOKS)}"
        parser.add_argument("--format", default="auto", metavar="NAME", help=help_text)
        parser.add_argument("--skip-bad", action="store_true", help=_("leave bad rows out"))
        parser.add_argument("--dry-run", action="store_true", help=_("write nothing"))
        help_text = _("JSON to a file, or to standard output (-)")
        parser.add_argument("--report", default="", metavar="PATH", help=help_text)

    def _job(self, **options: Any) -> Any:
        if options["format"] != "auto":
            named(options["format"], BOOKS)
        return BookImport(
            find_ledger(options["ledger"]),
            format=options["format"],
            skip_bad=options["skip_bad"],
            dry_run=options["dry_run"],
        )
