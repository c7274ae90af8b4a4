from django.urls import URLPattern, URLResolver, include, path

from contacts.views import contacts, files, unidentified, wallets

of_contact = [
    path("", contacts.contact, name="contact"),
    path("name/", contacts.contact_name, name="contact_name"),
    path("note/", contacts.contact_note, name="contact_note"),
    path("addresses/", contacts.contact_address, name="contact_address"),
    path("merge/", contacts.contact_merge, name="contact_merge"),
    path("delete/", contacts.contact_delete, name="contact_delete"),
    path("totals/", contacts.contact_totals, name="contact_totals"),
]

of_wallet = [
    path("", wallets.wallet, name="wallet"),
    path("addresses/", wallets.wallet_addresses, name="wallet_addresses"),
    path("addresses/<int:address>/removed/", wallets.wallet_address, name="wallet_address"),
    path("archived/", wallets.wallet_archived, name="wallet_archived"),
]

of_unidentified = [
    path("", unidentified.unidentified_address, name="unidentified_address"),
    path("hidden/", unidentified.unidentified_hidden, name="unidentified_hidden"),
]

contact_urls: list[URLPattern | URLResolver] = [
    path("contacts/", contacts.contact_list, name="contact_list"),
    path("contacts/new/", contacts.contact_new, name="contact_new"),
    path("contacts/import/", files.contact_import, name="contact_import"),
    path("contacts/export/", files.contact_export, name="contact_export"),
    path("contacts/<int:contact>/", include(of_contact)),
    path("addresses/<int:address>/note/", contacts.address_note, name="address_note"),
    path("addresses/<int:address>/release/", contacts.address_release, name="address_release"),
    path("unidentified/", unidentified.unidentified, name="unidentified"),
    path("unidentified/<int:address>/", include(of_unidentified)),
    path("wallets/", wallets.wallet_list, name="wallet_list"),
    path("wallets/balances/", wallets.wallet_balances, name="wallet_balances"),
    path("wallets/new/", wallets.wallet_new, name="wallet_new"),
    path("wallets/<int:wallet>/", include(of_wallet)),
]
