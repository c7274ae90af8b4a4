import pgtrigger.migrations
from django.db import migrations

from txproject.operations import together

NAMES = ('announce_insert', 'announce_update', 'announce_delete', 'announce_truncate')


class Migration(migrations.Migration):
    """A trigger's name in the database is of its app: the app `imports` makes them anew."""

    dependencies = [
        ('transactions', '0008_announcements'),
    ]

    operations = together([
        pgtrigger.migrations.RemoveTrigger(model_name=model, name=name)
        for model in ('importbatch', 'sourceline')
        for name in NAMES
    ])
