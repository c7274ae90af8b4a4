"""For whoever has lost his phone, his passkeys and his recovery codes."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from ledgers.models import User


class Command(BaseCommand):
    help = _("Removes all second factors of a user and ends all sessions.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *_args: Any, username: str, **_options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(
                _("There is no user “%(name)s”. Capitals count.") % {"name": username}
            )
        with transaction.atomic():
            user.sessions.all().delete()
            found = Authenticator.objects.filter(user=user)
            count = found.count()
            found.delete()
        self.stdout.write(_("%(name)s: removed %(count)d.") % {"name": username, "count": count})
