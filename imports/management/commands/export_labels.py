import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from imports.console import write_all
from imports.management.ending import (
    add_report,
    ending,
    find_ledger,
    refuse_both,
    report,
    writing,
)
from transactions.queries.bip329 import as_bip329


class Command(BaseCommand):
    help = _(
        "Write what Bitcoin transactions and addresses are called, as wallets read it (BIP-329)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE")
        parser.add_argument("--ledger", required=True, metavar="SLUG")
        add_report(parser)

    def handle(self, *, file: str, ledger: str, **options: Any) -> None:
        refuse_both(file, options["report"])
        count = 0

        def lines() -> Iterator[bytes]:
            nonlocal count
            for line in as_bip329(find_ledger(ledger)):
                count += 1
                yield line.encode()

        with ending(), writing(file):
            write_all(file, sys.stdout.buffer, lines())
        report(options["report"], self.stdout, {"ledger": ledger, "file": file, "labels": count})
