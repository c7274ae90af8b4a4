from txproject.settings import *  # noqa: F403

# 100,000 rounds of hashing prove nothing here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
