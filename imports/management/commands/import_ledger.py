from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from formats.parsing.records import ImportFailed
from imports.archive import Restored, restore
from imports.management.ending import add_report, ending, report
from ledgers.models import Ledger, User


class Command(BaseCommand):
    help = _("Make a ledger from what export_ledger has written: all of it or nothing.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.zip")
        help_text = _("of a new ledger, or of one that is empty")
        parser.add_argument("--ledger", required=True, metavar="SLUG", help=help_text)
        help_text = _("of a new ledger; without it, add its members in the admin")
        parser.add_argument("--owner", default="", metavar="USERNAME", help=help_text)
        add_report(parser)

    def handle(self, *, file: str, ledger: str, owner: str, **options: Any) -> None:
        with ending():
            check(ledger)
            made = read(file, ledger, user(owner))
        rows = made.rows
        text = _(
            "%(ledger)s: %(transactions)d transactions, %(wallets)d wallets, %(contacts)d contacts,"
            " %(labels)d labels, %(imports)d imports."
        )
        say = self.stderr if options["report"] == "-" else self.stdout
        say.write(text % {"ledger": ledger, **rows})
        report(options["report"], self.stdout, {"ledger": ledger, "file": file, "rows": rows})


def read(file: str, slug: str, owner: User | None) -> Restored:
    try:
        with Path(file).open("rb") as source:
            return restore(source, slug, owner)
    except OSError as error:
        message = _("%(file)s: %(reason)s: name a file that can be read")
        raise ImportFailed(message % {"file": file, "reason": error.strerror}) from None


def check(slug: str) -> None:
    try:
        Ledger._meta.get_field("slug").clean(slug, None)
    except ValidationError as error:
        raise ImportFailed(f"{slug}: {' '.join(error.messages)}") from None


def user(name: str) -> User | None:
    found = User.objects.filter(username=name).first() if name else None
    if name and not found:
        raise ImportFailed(_("There is no user “%s”. Capitals count.") % name)
    return found
