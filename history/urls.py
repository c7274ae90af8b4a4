from django.urls import URLPattern, path

from history.views import (
    act_of_row_reverted,
    act_reverted,
    entry_reverted,
    history,
    last_reverted,
)

history_urls: list[URLPattern] = [
    path("history/", history, name="history"),
    path("history/last/reverted/", last_reverted, name="last_reverted"),
    path("history/<int:entry>/reverted/", entry_reverted, name="entry_reverted"),
    path("history/<int:entry>/act/reverted/", act_reverted, name="act_reverted"),
    path("history/<int:entry>/row/reverted/", act_of_row_reverted, name="act_of_row_reverted"),
]
