from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from contacts.files import as_csv
from imports.console import write_report
from imports.management.ending import ending, find_ledger, writing
from live.snapshot import snapshot


class Command(BaseCommand):
    help = _("Write a ledger’s contacts as CSV, to a file or to the output.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE")
        parser.add_argument("--ledger", required=True, metavar="SLUG")

    def handle(self, *, file: str, ledger: str, **options: Any) -> None:
        with ending(), writing(file):
            with snapshot():
                text = as_csv(find_ledger(ledger)).removesuffix("\n")
            if file == "-":
                self.stdout.write(text)
            else:
                write_report(Path(file), text)
