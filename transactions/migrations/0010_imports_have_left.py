import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Nothing is done to the database: the tables are those of the app `imports` now."""

    dependencies = [
        ('imports', '0001_initial'),
        ('transactions', '0009_imports_leave'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='transaction',
                    name='batch',
                    field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='rows', to='imports.importbatch', verbose_name='import'),
                ),
                migrations.DeleteModel(name='SourceLine'),
                migrations.DeleteModel(name='ImportBatch'),
            ],
        ),
    ]
