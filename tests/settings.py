import os

os.environ["LANGUAGE"] = "en"  # whatever the terminal speaks

from txproject.settings import *  # noqa: F403
from txproject.settings import DATA_DIR

# 100,000 rounds of hashing prove nothing here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Empty: tests are served the files themselves, whatever was collected into the data folder.
STATIC_ROOT = DATA_DIR / "no-static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
