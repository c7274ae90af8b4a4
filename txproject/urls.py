from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from ledgers.live import line
from ledgers.settings_views import new_ledger
from ledgers.urls import ledger_urls
from ledgers.views import home, theme
from transactions.urls import transaction_urls
from transactions.wallet_urls import label_urls, wallet_urls

urlpatterns = [
    path("", home, name="home"),
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("theme/", theme, name="theme"),
    path("new/", new_ledger, name="new_ledger"),
    path("admin/", admin.site.urls),
    path("live/<slug:ledger>/", line, name="line"),
    path("<slug:ledger>/", include([*ledger_urls, *transaction_urls, *wallet_urls, *label_urls])),
]
