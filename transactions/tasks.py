"""What a worker does once in an hour."""

from procrastinate.contrib.django import app

from transactions.models import MonthCount


@app.periodic(cron="7 * * * *")
@app.task(name="transactions.add_up_month_counts", queue="upkeep", lock="upkeep")
def add_up_month_counts(timestamp: int) -> None:
    MonthCount.objects.add_up()
