from django.urls import URLPattern, path

from transactions.views import labels, wallets

wallet_urls: list[URLPattern] = [
    path("wallets/", wallets.wallet_list, name="wallet_list"),
    path("wallets/balances/", wallets.wallet_balances, name="wallet_balances"),
    path("wallets/new/", wallets.wallet_new, name="wallet_new"),
    path("wallets/<int:wallet>/", wallets.wallet, name="wallet"),
    path("wallets/<int:wallet>/addresses/", wallets.wallet_addresses, name="wallet_addresses"),
    path(
        "wallets/<int:wallet>/addresses/<int:address>/removed/",
        wallets.wallet_address,
        name="wallet_address",
    ),
    path("wallets/<int:wallet>/archived/", wallets.wallet_archived, name="wallet_archived"),
]

label_urls: list[URLPattern] = [
    path("labels/", labels.label_list, name="label_list"),
    path("labels/new/", labels.label_new, name="label_new"),
    path("labels/<int:label>/", labels.label, name="label"),
    path("labels/<int:label>/merge/", labels.label_merge, name="label_merge"),
    path("labels/<int:label>/removed/", labels.label_removed, name="label_removed"),
]
