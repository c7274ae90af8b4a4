import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from imports.console import refusal, write_all
from imports.management.commands.import_transactions import UNUSABLE, find_ledger
from imports.parsing.records import ImportFailed
from transactions.queries.bip329 import as_bip329


class Command(BaseCommand):
    help = "Write what Bitcoin transactions and addresses are called, as wallets read it (BIP-329)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE")
        parser.add_argument("--ledger", required=True, metavar="SLUG")

    def handle(self, *, file: str, ledger: str, **options: Any) -> None:
        try:
            lines = (line.encode() for line in as_bip329(find_ledger(ledger)))
            write_all(file, sys.stdout.buffer, lines)
        except ImportFailed as error:
            raise CommandError(refusal(error), returncode=UNUSABLE) from None
        except OSError as error:
            message = _("%(path)s cannot be written: %(reason)s. Name another file, or none.")
            names = {"path": file, "reason": error.strerror}
            raise CommandError(message % names, returncode=UNUSABLE) from None
