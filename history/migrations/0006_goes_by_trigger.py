from django.db import migrations

from ledgers.constraints import GoesWithLedger

KEY = GoesWithLedger("history_entry")


class Migration(migrations.Migration):
    """By a trigger of the ledger instead: a foreign key is looked up for each entry."""

    dependencies = [
        ("history", "0005_spam"),
        ("ledgers", "0012_history_goes_with_ledger"),
    ]

    operations = [migrations.RunSQL(KEY.reverse_sql, KEY.sql)]
