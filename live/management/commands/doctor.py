import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from live.doctor import IDLE, diagnose
from live.upkeep import ROOM


class Command(BaseCommand):
    help = _(
        "Look at the running deployment and say what could make a page old, keep open pages from"
        " following, or stop the site. Exit status 1 if anything is wrong."
    )
    # What they refuse is what is being looked for.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("a list of findings"))
        parser.add_argument("--url", default="", help=_("also look at the answers of this site"))
        help_text = _("seconds that a session may be idle in a transaction (default: %d)") % IDLE
        parser.add_argument("--idle", type=float, default=IDLE, help=help_text)
        help_text = _("MB that have to be free on a disk (default: %d)") % ROOM
        parser.add_argument("--room", type=float, default=ROOM, help=help_text)

    def handle(self, *, url: str, idle: float, room: float, **options: Any) -> None:
        findings = diagnose(url=url, idle=idle, room=room)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(each) for each in findings], indent=2))
        else:
            for each in findings:
                verdict = _("ok") if each.right else _("WRONG")
                self.stdout.write(f"{verdict:<5}  {each.what}: {each.seen}")
                if not each.right and each.remedy:
                    self.stdout.write(f"       {each.remedy}")
        if not all(each.right for each in findings):
            sys.exit(1)
