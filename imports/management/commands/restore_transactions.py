from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports.management.ending import UNUSABLE, add_report, ending, find_ledger, report
from live.writers import Way, writing
from transactions.actions.deleting import restore


class Command(BaseCommand):
    help = _("Bring deleted transactions back: those of these numbers, or all.")

    def add_arguments(self, parser: CommandParser) -> None:
        help_text = _("as in the address of a transaction’s page")
        parser.add_argument("numbers", nargs="*", type=int, metavar="NUMBER", help=help_text)
        parser.add_argument("--ledger", required=True, metavar="SLUG")
        parser.add_argument("--all", action="store_true", help=_("all that are deleted"))
        add_report(parser)

    def handle(self, *, numbers: list[int], ledger: str, all: bool, **options: Any) -> None:
        if bool(numbers) == all:
            message = _("Name the transactions by their numbers, or take --all.")
            raise CommandError(message, returncode=UNUSABLE)
        with ending():
            rows = find_ledger(ledger).transactions.deleted()
        chosen = rows if all else rows.filter(pk__in=numbers)
        deleted = set(chosen.values_list("pk", flat=True)) if numbers else set()
        if missing := sorted(set(numbers) - deleted):
            message = _("Not among the deleted ones: %(numbers)s. Nothing was changed.")
            names = {"numbers": ", ".join(map(str, missing))}
            raise CommandError(message % names, returncode=UNUSABLE)
        with writing(Way.COMMAND):
            n = restore(chosen, None)
        text = ngettext("%(n)d transaction is back.", "%(n)d transactions are back.", n)
        place = options["report"]
        (self.stderr if place == "-" else self.stdout).write(text % {"n": n})
        report(place, self.stdout, {"ledger": ledger, "restored": n})
