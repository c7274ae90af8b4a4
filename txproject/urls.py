from django.contrib import admin
from django.urls import include, path

from accounts.urls import account_urls, invitation_urls
from balances.urls import balance_urls
from contacts.urls import contact_urls
from history.urls import history_urls
from imports.urls import import_urls
from imports.views.archive import archived_ledger
from imports.views.sources import source_list
from ledgers.urls import ledger_urls
from ledgers.views.home import home, language, theme
from ledgers.views.settings import new_ledger
from ledgers.views.stream import stream
from rules.urls import rule_urls
from transactions.urls import transaction_urls

ledger_pages = [
    # Tried in this order: what is asked for most goes first.
    *(*transaction_urls, *contact_urls, *balance_urls, *import_urls),
    *(*ledger_urls, *invitation_urls, *history_urls, *rule_urls),
]

urlpatterns = [
    path("", home, name="home"),
    *account_urls,
    path("theme/", theme, name="theme"),
    path("language/", language, name="language"),
    path("formats/", source_list, name="source_list"),
    path("new/", new_ledger, name="new_ledger"),
    path("new/archive/", archived_ledger, name="archived_ledger"),
    path("admin/", admin.site.urls),
    path("live/<slug:ledger>/", stream, name="stream"),
    path("<slug:ledger>/", include(ledger_pages)),
]
