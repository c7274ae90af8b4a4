from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backups.making import make
from backups.management.ending import ending
from backups.schedule import file_name
from txproject.localized import grouped


class Command(BaseCommand):
    help = _("Write the database to one file, which is restored and compared before it is named.")
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        help_text = _("a new one; unless it is named, in BACKUP_DIR or here, with the time")
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help=help_text)
        help_text = _("do not restore it to compare; where databases cannot be made")
        parser.add_argument("--no-check", action="store_true", help=help_text)

    def handle(self, *, file: Path | None, no_check: bool, **options: Any) -> None:
        with ending():
            path = file or Path(settings.BACKUP_DIR) / file_name()
            ledgers = make(path, check=not no_check)["figures"]["ledgers"]
            size = path.stat().st_size
        rows = sum(ledgers.values())
        text = ngettext(
            "%(path)s: %(size)s, %(n)s transaction. %(checked)s",
            "%(path)s: %(size)s, %(n)s transactions. %(checked)s",
            rows,
        )
        checked = _("Not tried.") if no_check else _("Restored on trial: every row is the same.")
        names = {"path": path, "size": filesizeformat(size), "n": grouped(rows)}
        self.stdout.write(text % {**names, "checked": checked})
