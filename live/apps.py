from django.apps import AppConfig
from django.contrib.admin import apps as admin


class LiveConfig(AppConfig):
    name = "live"

    def ready(self) -> None:
        from live.checks import register_all

        register_all()


class AdminConfig(admin.AdminConfig):
    """Django's admin, with a site whose pages come from one snapshot each."""

    default = False
    default_site = "live.admin.Site"
