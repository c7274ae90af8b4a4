from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from backups.management.ending import ending
from backups.restoring import restore


class Command(BaseCommand):
    help = _("Put the database of a backup in the place of ours, when all of it is right.")
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        help_text = _("though the database holds data, which is kept beside it")
        parser.add_argument("--replace", action="store_true", help=help_text)
        parser.add_argument("--drop-old", action="store_true", help=_("do not keep that data"))

    def handle(self, *, file: Path, replace: bool, drop_old: bool, **options: Any) -> None:
        with ending():
            old = restore(file, replace, drop_old)
        self.stdout.write(_("Restored from %s: every row is the same.") % file)
        if old:
            text = _("What was there before is the database “%(old)s”: %(drop)s drops it.")
            self.stdout.write(text % {"old": old, "drop": f'DROP DATABASE "{old}"'})
