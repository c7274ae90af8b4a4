import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from imports.archive import written
from imports.console import write_all
from imports.management.ending import (
    add_report,
    ending,
    find_ledger,
    refuse_both,
    report,
    writing,
)


class Command(BaseCommand):
    help = _("Write a whole ledger to a ZIP, for import_ledger: all but its members.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ledger", metavar="SLUG")
        parser.add_argument("file", nargs="?", default="-", metavar="FILE.zip")
        add_report(parser)

    def handle(self, *, ledger: str, file: str, **options: Any) -> None:
        refuse_both(file, options["report"])
        with ending(), writing(file):
            counts: dict[str, int] = {}
            write_all(file, sys.stdout.buffer, written(find_ledger(ledger), counts))
        report(options["report"], self.stdout, {"ledger": ledger, "file": file, "rows": counts})
