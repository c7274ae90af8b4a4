from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from formats.parsing.records import ImportFailed
from imports.management.ending import add_report, ending, find_ledger, report
from imports.models import ImportBatch
from imports.pipeline.undo import KEPT_FOR, can_redo, redo, undo, work_on
from ledgers.models import Ledger


class Command(BaseCommand):
    help = _("Take the rows of an import out again, or, with --redo, bring them back.")

    def add_arguments(self, parser: CommandParser) -> None:
        help_text = _("its number, as in the address of its page")
        parser.add_argument("number", type=int, metavar="NUMBER", help=help_text)
        parser.add_argument("--ledger", required=True, metavar="SLUG")
        help_text = _("let rows stay that people have worked on")
        parser.add_argument("--keep", action="store_true", help=help_text)
        help_text = _("undo the undoing, within %d days") % KEPT_FOR.days
        parser.add_argument("--redo", action="store_true", help=help_text)
        add_report(parser)

    def handle(self, *, number: int, ledger: str, keep: bool, redo: bool, **options: Any) -> None:
        with ending():
            batch = find_import(find_ledger(ledger), number)
            n, text = brought_back(batch) if redo else taken_out(batch, keep)
        place = options["report"]
        (self.stderr if place == "-" else self.stdout).write(text)
        done = {"ledger": ledger, "import": number, "file": batch.file_name}
        report(place, self.stdout, done | {"brought_back" if redo else "taken_out": n})


def find_import(ledger: Ledger, number: int) -> ImportBatch:
    batch = ledger.batches.filter(pk=number).first()
    if batch is None:
        last = ledger.batches.order_by("-pk").values_list("pk", "file_name")[:10]
        names = "; ".join(f"{pk} ({name})" for pk, name in last) or _("none")
        message = _("There is no import %(number)d in this ledger. The last ones: %(names)s.")
        raise ImportFailed(message % {"number": number, "names": names})
    return batch


def taken_out(batch: ImportBatch, keep: bool) -> tuple[int, str]:
    work = work_on(batch)
    n = undo(batch, None, keep)
    text = ngettext("%(n)d row was taken out.", "%(n)d rows were taken out.", n) % {"n": n}
    if not work.rows:
        return n, text
    kept = (
        ngettext(
            "%(n)d row that people worked on stays.",
            "%(n)d rows that people worked on stay.",
            work.rows,
        )
        if keep
        else ngettext(
            "What people wrote on %(n)d row comes back when it is imported again.",
            "What people wrote on %(n)d rows comes back when they are imported again.",
            work.rows,
        )
    )
    return n, f"{text} {kept % {'n': work.rows}}"


def brought_back(batch: ImportBatch) -> tuple[int, str]:
    if batch.undone_at and not can_redo(batch):
        message = _("It was undone more than %(days)d days ago: import the file again.")
        raise ImportFailed(message % {"days": KEPT_FOR.days})
    n = redo(batch, None)
    return n, ngettext("%(n)d row is back.", "%(n)d rows are back.", n) % {"n": n}
