from django.urls import URLPattern, URLResolver, include, path

from transactions.views import (
    book_files,
    bulk,
    by_hand,
    contacts,
    detail,
    editors,
    listing,
    suggest,
    unidentified,
)
from transactions.views import undo as undoing

row_urls = [
    path("", detail.transaction_detail, name="transaction_detail"),
    path("labels/", editors.labels, name="transaction_labels"),
    path("note/", editors.note, name="transaction_note"),
    path("contact/", editors.contact, name="transaction_contact"),
    path("type/", editors.type_, name="transaction_type"),
    path("edit/", by_hand.edit_transaction, name="transaction_edit"),
    path("delete/", by_hand.delete_transaction, name="transaction_delete"),
    path("hidden/", editors.hidden, name="transaction_hidden"),
]

contact_urls = [
    path("", contacts.contact, name="contact"),
    path("name/", contacts.contact_name, name="contact_name"),
    path("note/", contacts.contact_note, name="contact_note"),
    path("addresses/", contacts.contact_address, name="contact_address"),
    path("merge/", contacts.contact_merge, name="contact_merge"),
    path("delete/", contacts.contact_delete, name="contact_delete"),
    path("totals/", contacts.contact_totals, name="contact_totals"),
]

book_urls: list[URLPattern | URLResolver] = [
    path("contacts/", contacts.contact_list, name="contact_list"),
    path("contacts/new/", contacts.contact_new, name="contact_new"),
    path("contacts/import/", book_files.contact_import, name="contact_import"),
    path("contacts/export/", book_files.contact_export, name="contact_export"),
    path("contacts/<int:contact>/", include(contact_urls)),
    path("addresses/<int:address>/note/", contacts.address_note, name="address_note"),
    path("addresses/<int:address>/release/", contacts.address_release, name="address_release"),
    path("unidentified/", unidentified.unidentified, name="unidentified"),
    path(
        "unidentified/<int:address>/",
        unidentified.unidentified_address,
        name="unidentified_address",
    ),
    path(
        "unidentified/<int:address>/hidden/",
        unidentified.unidentified_hidden,
        name="unidentified_hidden",
    ),
    path("undo/", undoing.undo, name="undo"),
]

transaction_urls: list[URLPattern | URLResolver] = [
    path("transactions/", listing.transaction_list, name="transaction_list"),
    path("transactions/totals/", listing.transaction_totals, name="transaction_totals"),
    path("transactions/bulk/", bulk.bulk, name="transaction_bulk"),
    path("transactions/new/", by_hand.new_transaction, name="transaction_new"),
    path("transactions/<int:pk>/", include(row_urls)),
    *book_urls,
    path("suggest/labels/", suggest.labels, name="suggest_labels"),
    path("suggest/contacts/", suggest.contacts, name="suggest_contacts"),
]
