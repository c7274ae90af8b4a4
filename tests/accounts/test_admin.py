from django.contrib import admin


def test_secrets_are_not_in_the_admin() -> None:
    shown = {model._meta.app_label for model in admin.site._registry}

    assert shown & {"account", "mfa", "socialaccount"} == set()
