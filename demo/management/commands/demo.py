import secrets
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from demo.fill import analyse, fill
from demo.schedule import TYPICAL
from imports.console import Bar
from ledgers.models import Ledger, Role, User, numbered
from live.writers import Way, writing
from txproject.localized import grouped

CONSONANTS, VOWELS = "bdfghjklmnprstvwz", "aeiou"


def readable_password() -> str:
    """Nine syllables, of 6.4 bits each, that can be read aloud."""
    syllables = [secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _ in range(9)]
    return "-".join("".join(syllables[i : i + 3]) for i in range(0, 9, 3))


def first_free_or_as_large(transactions: int) -> str:
    """The first of demo, demo-2, … that is there to be made, or has as many already."""
    ledgers = ((slug, Ledger.objects.filter(slug=slug).first()) for slug in demo_slugs())
    return next(
        slug for slug, found in ledgers if not found or found.transactions.count() >= transactions
    )


def demo_slugs() -> Iterator[str]:
    return (numbered("demo", n) for n in count())


class Command(BaseCommand):
    help = _(
        "Make a ledger of made-up transactions and a superuser to look around in it. A ledger"
        " that exists is left as it is: where more transactions are asked for than “demo” has,"
        " “demo-2” is made."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        help_text = _("%d unless said otherwise; a million takes some minutes") % TYPICAL
        parser.add_argument("--transactions", type=int, metavar="N", help=help_text)
        parser.add_argument("--ledger", metavar="SLUG", help=_("demo unless said otherwise"))
        parser.add_argument("--user", default="demo", metavar="NAME")

    def handle(
        self, *, transactions: int | None, ledger: str | None, user: str, **options: Any
    ) -> None:
        if transactions is not None and transactions < 1:
            raise CommandError(_("A ledger needs at least one transaction."))
        password = readable_password()
        with transaction.atomic(), writing(Way.IMPORT):
            owner, new = self.owner(user, password)
            slug = ledger or first_free_or_as_large(transactions or 0)
            made = self.ledger(slug, owner, transactions or TYPICAL)
        if made:
            analyse()
        self.stdout.write(_("user: %s") % owner.username)
        self.stdout.write(
            _("password: %s") % password if new else _("The password is the one it had.")
        )

    def owner(self, name: str, password: str) -> tuple[User, bool]:
        user = User.objects.filter(username=name).first()
        if user:
            return user, False
        return User.objects.create_superuser(name, password=password), True

    def ledger(self, slug: str, owner: User, n: int) -> bool:
        """Whether it was made; one that exists stays as it is."""
        ledger, new = Ledger.objects.get_or_create(
            slug=slug,
            defaults={"name": slug.replace("-", " ").capitalize(), "time_zone": "Europe/Berlin"},
        )
        if not new:
            there = ledger.transactions.count()
            text = ngettext(
                "The ledger “%(slug)s” exists, with %(n)s transaction: unchanged.",
                "The ledger “%(slug)s” exists, with %(n)s transactions: unchanged.",
                there,
            )
            self.stdout.write(text % {"slug": slug, "n": grouped(there)})
            return False
        try:
            ledger.full_clean()
        except ValidationError as error:
            raise CommandError(f"“{slug}”: {' '.join(error.messages)}") from None
        ledger.memberships.create(user=owner, role=Role.OWNER)
        bar = Bar(sys.stderr, _("of %s transactions") % grouped(n))
        fill(ledger, owner, n, timezone.now(), lambda done: bar(done / n))
        bar.clear()
        text = ngettext(
            "The ledger “%(slug)s” has %(n)s transaction.",
            "The ledger “%(slug)s” has %(n)s transactions.",
            n,
        )
        self.stdout.write(text % {"slug": slug, "n": grouped(n)})
        return True
