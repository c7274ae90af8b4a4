"""What a worker does once in an hour."""

from procrastinate.contrib.django import app

from transactions.models import MonthCount, NoteWord


@app.periodic(cron="7 * * * *")
@app.task(name="transactions.add_up_month_counts", queue="upkeep", lock="upkeep")
def add_up_month_counts(timestamp: int) -> None:
    MonthCount.objects.add_up()


@app.periodic(cron="17 * * * *")
@app.task(name="transactions.tidy_note_words", queue="upkeep", lock="upkeep")
def tidy_note_words(timestamp: int) -> None:
    NoteWord.objects.tidy()
