"""Tries that fail are counted in the database, by django-axes, whichever process they reach.

By name and address, so that a stranger's tries are his own. Only codes of a second factor count by
name alone: whoever may try one has given the password already.
"""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ledgers.models import User

# A form strips its fields, so nobody's user name begins with a space.
CODES, INVITATIONS, RESETS, MAILS = " codes of ", " invitations", " resets", " mails"


def parameters(_request: Any, credentials: dict[str, Any] | None) -> list[list[str]]:
    """Which failures count together (AXES_LOCKOUT_PARAMETERS)."""
    name = str((credentials or {}).get("username") or "")
    return [["username"]] if name.startswith(CODES) else [["username", "ip_address"]]


def codes_of(user: User) -> str:
    return f"{CODES}{user.get_username()}"


def refuse_if_locked(request: HttpRequest, name: str) -> None:
    """The answer is the page that says so, whatever the view makes of the error."""
    if not AxesProxyHandler.is_allowed(request, {"username": name}):
        request.axes_locked_out = True  # type: ignore[attr-defined]
        raise ValidationError(_("Too many tries"))


def count(request: HttpRequest, name: str) -> None:
    user_login_failed.send(sender=__name__, credentials={"username": name}, request=request)


def forget(name: str) -> None:
    AxesProxyHandler.reset_attempts(username=name)
