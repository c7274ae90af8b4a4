"""What happens to logins and factors, in the log: who and from where, never what he typed."""

import logging
from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals as factors
from allauth.socialaccount import signals as providers
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal
from django.http import HttpRequest

from ledgers.sessions import address_of

log = logging.getLogger(__name__)


def note(request: HttpRequest | None, event: str, user: Any = None, **more: Any) -> None:
    user = user or getattr(request, "user", None)
    address = address_of(request) if request else None
    fields = {"user": getattr(user, "pk", None), "address": address, **more}
    log.info(event, extra={"fields": fields})


EVENTS: dict[Signal, str] = {
    user_logged_in: "logged in",
    user_logged_out: "logged out",
    user_login_failed: "login failed",
    account.authentication_step_completed: "authenticated",
    account.password_changed: "password changed",
    account.password_set: "password set",
    account.password_reset: "password reset",
    factors.authenticator_added: "factor added",
    factors.authenticator_removed: "factor removed",
    factors.authenticator_reset: "recovery codes made",
    providers.social_account_added: "provider linked",
    providers.social_account_removed: "provider unlinked",
}


def listen() -> None:
    for signal, event in EVENTS.items():
        signal.connect(receiver(event), weak=False, dispatch_uid=f"audit {event}")
    for signal in (account.password_changed, account.password_set, account.password_reset):
        signal.connect(end_other_sessions, weak=False, dispatch_uid="ends sessions")
    factors.authenticator_added.connect(pass_with, dispatch_uid="passes")


def receiver(event: str) -> Any:
    def told(request: Any = None, user: Any = None, **values: Any) -> None:
        authenticator = values.get("authenticator")
        kind = authenticator.type if authenticator else values.get("type")
        note(request, event, user, method=values.get("method"), type=kind)

    return told


def end_other_sessions(request: HttpRequest, user: Any, **_values: Any) -> None:
    """They hold the earlier password, so they open nothing; now they are not listed either."""
    user.sessions.exclude(pk=request.session.session_key).delete()


def pass_with(request: HttpRequest, user: Any, authenticator: Any, **_values: Any) -> None:
    """Whoever has just proved a factor need not do so again in this session."""
    if authenticator.type != authenticator.Type.RECOVERY_CODES:
        record_authentication(
            request, user, method="mfa", id=authenticator.pk, type=authenticator.type
        )
