from django.db import migrations

# A fifth of a large table is what PostgreSQL waits for by itself. Until then counts visit each row
# that an index has changed for, and planning steps over those that are gone.
SOONER = "; ".join(
    f"""ALTER TABLE {table} SET (
        autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
        autovacuum_analyze_scale_factor = 0.02
    )"""
    for table in ("transactions_transaction", "transactions_transactionlabel")
)
AS_BEFORE = SOONER.replace(" SET ", " RESET ").replace(" = 0.02", "")


class Migration(migrations.Migration):
    dependencies = [("transactions", "0024_month_counts")]

    operations = [migrations.RunSQL(SOONER, AS_BEFORE)]
