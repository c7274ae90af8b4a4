from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter

from transactions.views import (
    bulk,
    by_hand,
    columns,
    deleted,
    detail,
    editors,
    export,
    labels,
    listing,
    months,
    palette,
    review,
    saved_views,
    spam,
    suggest,
    transfers,
    words,
)


class NameConverter(StringConverter):
    """A slug of any script."""

    regex = r"[-\w]+"


register_converter(NameConverter, "name")

of_transaction = [
    path("", detail.transaction_detail, name="transaction_detail"),
    path("labels/", editors.labels, name="transaction_labels"),
    path("note/", editors.note, name="transaction_note"),
    path("contact/", editors.contact, name="transaction_contact"),
    path("type/", editors.type_, name="transaction_type"),
    path("edit/", by_hand.edit_transaction, name="transaction_edit"),
    path("delete/", by_hand.delete_transaction, name="transaction_delete"),
    path("hidden/", editors.hidden, name="transaction_hidden"),
    path("reviewed/", review.reviewed, name="transaction_reviewed"),
]

of_view = [
    path("", saved_views.view, name="view"),
    path("edit/", saved_views.view_edit, name="view_edit"),
    path("removed/", saved_views.view_removed, name="view_removed"),
    path("place/", saved_views.view_place, name="view_place"),
    path("start/", saved_views.view_start, name="view_start"),
]

transaction_urls: list[URLPattern | URLResolver] = [
    path("", saved_views.start, name="ledger_start"),
    path("transactions/", listing.transaction_list, name="transaction_list"),
    path("transactions/totals/", listing.transaction_totals, name="transaction_totals"),
    path("transactions/months/", months.transaction_months, name="transaction_months"),
    path("transactions/filters/<slug:menu>/", listing.filter_menu, name="transaction_filter"),
    path("transactions/words/", words.search_words, name="search_words"),
    path("transactions/columns/", columns.column_menu, name="transaction_columns"),
    path("transactions/export/", export.transaction_export, name="transaction_export"),
    path("transactions/bulk/", bulk.bulk, name="transaction_bulk"),
    path("transactions/deleted/", deleted.deleted_list, name="transactions_deleted"),
    path("transactions/new/", by_hand.new_transaction, name="transaction_new"),
    path("transactions/<int:pk>/", include(of_transaction)),
    path("palette/", palette.palette, name="palette"),
    path("review/count/", review.review_count, name="review_count"),
    path("review/by/", review.reviews_by, name="reviews_by"),
    path("views/", saved_views.view_list, name="view_list"),
    path("views/new/", saved_views.view_new, name="view_new"),
    path("views/menu/", saved_views.view_menu, name="view_menu"),
    path("views/bar/", saved_views.view_bar, name="view_bar"),
    path("views/<name:saved>/", include(of_view)),
    path("transfers/", transfers.transfer_list, name="transfer_list"),
    path("transfers/decided/", transfers.transfer_decided, name="transfer_decided"),
    path("transfers/certain/", transfers.transfers_certain, name="transfers_certain"),
    path("transfers/<int:pair>/undone/", transfers.transfer_undone, name="transfer_undone"),
    path("spam/", spam.spam_list, name="spam_list"),
    path("spam/new/", spam.spam_new, name="spam_new"),
    path("spam/<int:mark>/removed/", spam.spam_removed, name="spam_removed"),
    path("labels/", labels.label_list, name="label_list"),
    path("labels/new/", labels.label_new, name="label_new"),
    path("labels/<int:label>/", labels.label, name="label"),
    path("labels/<int:label>/merge/", labels.label_merge, name="label_merge"),
    path("labels/<int:label>/removed/", labels.label_removed, name="label_removed"),
    path("suggest/assets/", suggest.assets, name="suggest_assets"),
    path("suggest/words/", words.suggest_words, name="suggest_words"),
    path("suggest/labels/", suggest.labels, name="suggest_labels"),
    path("suggest/contacts/", suggest.contacts, name="suggest_contacts"),
]
