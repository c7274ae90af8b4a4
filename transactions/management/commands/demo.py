import secrets
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from ledgers.models import Ledger, Role, User
from transactions.demo import analyse, fill
from transactions.imports.console import Bar

CONSONANTS, VOWELS = "bdfghjklmnprstvwz", "aeiou"


def readable_password() -> str:
    """Nine syllables, of 6.4 bits each, that can be read aloud."""
    syllables = [secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _ in range(9)]
    return "-".join("".join(syllables[i : i + 3]) for i in range(0, 9, 3))


class Command(BaseCommand):
    help = (
        "Make a ledger of made-up transactions and a superuser to look around in it. A ledger"
        " that exists already is left as it is, however many transactions are asked for."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--transactions", type=int, default=2000, metavar="N")
        parser.add_argument("--ledger", default="demo", metavar="SLUG")
        parser.add_argument("--user", default="demo", metavar="NAME")

    def handle(self, *, transactions: int, ledger: str, user: str, **options: Any) -> None:
        if transactions < 1:
            raise CommandError("A ledger needs at least one transaction.")
        password = readable_password()
        with transaction.atomic():
            owner, new = self.owner(user, password)
            made = self.ledger(ledger, owner, transactions)
        if made:
            analyse()
        self.stdout.write(f"user: {owner.username}")
        self.stdout.write(f"password: {password}" if new else "The password is the one it had.")

    def owner(self, name: str, password: str) -> tuple[User, bool]:
        user = User.objects.filter(username=name).first()
        if user:
            return user, False
        return User.objects.create_superuser(name, password=password), True

    def ledger(self, slug: str, owner: User, count: int) -> bool:
        """Whether it was made; one that exists stays as it is."""
        ledger, new = Ledger.objects.get_or_create(
            slug=slug,
            defaults={"name": slug.replace("-", " ").capitalize(), "time_zone": "Europe/Berlin"},
        )
        if not new:
            n = ledger.transactions.count()
            self.stdout.write(f"The ledger “{slug}” exists, with {n:,} transactions: unchanged.")
            return False
        try:
            ledger.full_clean()
        except ValidationError as error:
            raise CommandError(f"“{slug}”: {' '.join(error.messages)}") from None
        ledger.memberships.create(user=owner, role=Role.OWNER)
        bar = Bar(sys.stderr, f"of {count:,} transactions")
        fill(ledger, owner, count, timezone.now(), lambda done: bar(done / count))
        bar.clear()
        self.stdout.write(f"The ledger “{slug}” has {count:,} transactions.")
        return True
