import os

os.environ["LANGUAGE"] = "en"  # whatever the terminal speaks

from txproject.settings import *  # noqa: F403
from txproject.settings import DATA_DIR

# 100,000 rounds of hashing prove nothing here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Of their own: collected by those who have a browser, see tests/server.py.
STATIC_ROOT = DATA_DIR / "test-static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
