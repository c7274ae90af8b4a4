import os

from txproject.settings import *  # noqa: F403
from txproject.settings import DATABASES, INSTALLED_APPS

VARIANT = os.environ["FRESHNESS_VARIANT"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.freshness.variants.apps.Variant"]
if VARIANT.endswith("in_a_local_cache"):
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

if VARIANT == "autocommit_off":
    DATABASES["default"]["AUTOCOMMIT"] = False
if VARIANT == "standby":
    standby = {"HOST": os.environ["FRESHNESS_STANDBY"], "PORT": "5432"}
    DATABASES["standby"] = DATABASES["default"] | standby
    DATABASE_ROUTERS = ["tests.freshness.variants.apps.ReadsFromStandby"]
