"""django-allauth's models are not in the admin: they hold secrets, and rows would be written whole."""

from django.apps import apps
from django.contrib import admin

for label in ("account", "mfa", "socialaccount"):
    for model in apps.get_app_config(label).get_models():
        if admin.site.is_registered(model):
            admin.site.unregister(model)
