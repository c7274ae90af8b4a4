import time
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.test import Client

from ledgers.models import User

SECRET = "JBSWY3DPEHPK3PXP"
PERIOD = 30


def add_app(user: User) -> None:
    TOTP.activate(user, SECRET)


def add_codes(user: User) -> list[str]:
    return RecoveryCodes.activate(user).generate_codes()


def code(steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // PERIOD + steps))


def log_in(name: str = "ana", password: str = "secret", **more: Any) -> Client:
    client = Client(**more)
    client.post("/login/", {"username": name, "password": password})
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session
