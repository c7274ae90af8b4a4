"""What django-allauth keeps is not in the admin: secrets, in rows that would be written whole."""

from django.apps import apps
from django.contrib import admin

for label in ("account", "mfa", "socialaccount"):
    for model in apps.get_app_config(label).get_models():
        if admin.site.is_registered(model):
            admin.site.unregister(model)
