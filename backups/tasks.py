"""The backup that a worker makes at BACKUP_AT. One that was missed because none ran is made when
one does."""

from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from backups.schedule import make_and_tidy

AGAIN = RetryStrategy(max_attempts=3, wait=600)


@app.task(name="backups.back_up", queue="backups", lock="backups", retry=AGAIN)
def back_up(timestamp: int) -> None:
    make_and_tidy()


if settings.BACKUP_DIR:
    cron = f"{settings.BACKUP_AT.minute} {settings.BACKUP_AT.hour} * * *"
    app.periodic(cron=cron)(back_up)
