from django.db import migrations

from ledgers.constraints import SameLedger
from txproject.operations import together


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_initial")]

    operations = together([
        SameLedger("contacts_address", "contact_id", "contacts_contact"),
        SameLedger("contacts_address", "wallet_id", "contacts_wallet"),
    ])
