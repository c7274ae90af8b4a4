from django.urls import URLPattern, URLResolver, include, path

from transactions.views import detail, editors, listing, suggest

row_urls = [
    path("", detail.transaction_detail, name="transaction_detail"),
    path("labels/", editors.labels, name="transaction_labels"),
    path("note/", editors.note, name="transaction_note"),
    path("contact/", editors.contact, name="transaction_contact"),
    path("type/", editors.type_, name="transaction_type"),
    path("hidden/", editors.hidden, name="transaction_hidden"),
]

transaction_urls: list[URLPattern | URLResolver] = [
    path("transactions/", listing.transaction_list, name="transaction_list"),
    path("transactions/totals/", listing.transaction_totals, name="transaction_totals"),
    path("transactions/<int:pk>/", include(row_urls)),
    path("suggest/labels/", suggest.labels, name="suggest_labels"),
    path("suggest/contacts/", suggest.contacts, name="suggest_contacts"),
]
