from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from contacts.files.readers import Bip329
from contacts.management.commands import import_contacts


class Command(import_contacts.Command):
    help = _(
        "Import what Bitcoin wallets call transactions and addresses (BIP-329). What a person has"
        " written stays; each line that is left out is told."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(format=Bip329.name)
