from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from formats.catalogue import as_markdown
from imports.management.ending import writing


class Command(BaseCommand):
    help = _("Write what can be imported, as docs/formats.md has it.")

    def handle(self, **options: Any) -> None:
        with writing("-"):
            self.stdout.write(as_markdown(), ending="")
