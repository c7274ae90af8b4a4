from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from live.snapshot import snapshot
from transactions.books import as_csv
from transactions.imports.console import write_report
from transactions.imports.records import ImportFailed

from .import_transactions import UNUSABLE, find_ledger


class Command(BaseCommand):
    help = "Write a ledger's contacts as CSV (name,chain,address,note), to a file or to the output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE")
        parser.add_argument("--ledger", required=True, metavar="SLUG")

    def handle(self, *, file: str, ledger: str, **options: Any) -> None:
        try:
            with snapshot():
                text = as_csv(find_ledger(ledger)).removesuffix("\n")
            if file == "-":
                self.stdout.write(text)
            else:
                write_report(Path(file), text)
        except ImportFailed as error:
            raise CommandError(str(error), returncode=UNUSABLE) from None
        except OSError as error:
            message = _("%(path)s cannot be written: %(reason)s.")
            names = {"path": file, "reason": error.strerror}
            raise CommandError(message % names, returncode=UNUSABLE) from None
