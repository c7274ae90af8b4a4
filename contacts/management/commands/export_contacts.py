from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from contacts.files import as_csv
from contacts.files.export import COLUMNS
from imports.console import refusal, write_report
from imports.management.commands.import_transactions import UNUSABLE, find_ledger
from imports.parsing.records import ImportFailed
from live.snapshot import snapshot


class Command(BaseCommand):
    help = f"Write a ledger's contacts as CSV ({','.join(COLUMNS)}), to a file or to the output."

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
            raise CommandError(refusal(error), returncode=UNUSABLE) from None
        except OSError as error:
            message = _("%(path)s cannot be written: %(reason)s. Name another file, or none.")
            names = {"path": file, "reason": error.strerror}
            raise CommandError(message % names, returncode=UNUSABLE) from None
