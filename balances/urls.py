from django.urls import URLPattern, path

from balances import views

balance_urls: list[URLPattern] = [
    path("wallets/<int:wallet>/balance/", views.wallet_balance, name="wallet_balance"),
    path("wallets/<int:wallet>/balance/figures/", views.wallet_figures, name="wallet_figures"),
    path("wallets/<int:wallet>/balance/new/", views.stated_balance_new, name="stated_balance_new"),
    path("balances/<int:balance>/", views.stated_balance, name="stated_balance"),
    path(
        "balances/<int:balance>/removed/",
        views.stated_balance_removed,
        name="stated_balance_removed",
    ),
]
