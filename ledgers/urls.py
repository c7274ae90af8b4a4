from django.urls import URLPattern, path

from ledgers import undo
from ledgers.views import settings as views

ledger_urls: list[URLPattern] = [
    path("settings/", views.ledger_settings, name="ledger_settings"),
    path("members/", views.member_list, name="member_list"),
    path("members/<int:member>/role/", views.member_role, name="member_role"),
    path("members/<int:member>/removed/", views.member_removed, name="member_removed"),
    path("files/kept/", views.ledger_files, name="ledger_files"),
    path("undo/", undo.undo, name="undo"),
]
