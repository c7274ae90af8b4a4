from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from ledgers.views import home, theme
from transactions.urls import transaction_urls

urlpatterns = [
    path("", home, name="home"),
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("theme/", theme, name="theme"),
    path("admin/", admin.site.urls),
    path("<slug:ledger>/", include(transaction_urls)),
]
