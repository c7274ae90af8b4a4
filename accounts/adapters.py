"""Where django-allauth asks us: who may sign up, what is asked again, what is kept secret."""

import base64
import hashlib
import logging
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialAccount
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation

log = logging.getLogger(__name__)
# Of the session: the invitation that a new account of a provider is made for.
INVITATION = "invitation"


class Account(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("User name and password do not match."),
        "incorrect_password": _("That is not your password."),
        "enter_current_password": _("That is not your password."),
        "incorrect_code": _("The code is not right, or it was used already."),
        "too_many_login_attempts": _("Too many tries"),
        "invalid_password_reset": _("This link is not valid any more."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Ours, or none."""
        if message := kwargs.get("message"):
            messages.error(request, message)
        elif text := SAID.get(str(args[1] if len(args) > 1 else "")):
            messages.success(request, str(text))

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        messages.error(request, _("This account is not in use any more."))
        return redirect("account_login")

    def send_notification_mail(
        self, template_prefix: str, user: Any, *_args: Any, **_kwargs: Any
    ) -> None:
        """Of what has changed; that no mail goes out is no reason to change nothing."""
        text = SAID.get(f"{template_prefix.replace('/email/', '/messages/')}.txt")
        if not (settings.MAILERS and user.email and text):
            return
        try:
            self.send_mail("account/email/changed", user.email, {"text": text, "user": user})
        except OSError as error:
            log.error("mail was not sent", exc_info=error)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Of whoever has not proved within minutes who he is, in whichever way."""
        records = get_authentication_records(self.request, self.request.user)
        last = max((record["at"] for record in records), default=0)
        return time.time() - last > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if SocialAccount.objects.filter(user=user.pk).exists():
            found.append({"id": "provider", "description": "", "url": reverse("provider_again")})
        return found


SAID = {
    "account/messages/password_changed.txt": _("The password is changed."),
    "account/messages/password_set.txt": _("The password is set."),
    "account/messages/password_reset.txt": _("The password is changed."),
    "account/messages/mail_address_changed.txt": _("The mail address is changed."),
    "mfa/messages/totp_activated.txt": _("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is removed."),
    "mfa/messages/recovery_codes_generated.txt": _("There are new recovery codes."),
    "mfa/messages/webauthn_added.txt": _("The passkey is added."),
    "mfa/messages/webauthn_removed.txt": _("The passkey is removed."),
    "socialaccount/messages/account_connected.txt": _("The account is linked."),
    "socialaccount/messages/account_disconnected.txt": _("The account is no longer linked."),
}


def cipher() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.sha256(b"factors " + force_bytes(key)).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class Factors(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("The code is not right, or it was used already."),
        "cannot_delete_authenticator": _(
            "This site asks for a second factor, and this is your only one. Add another first."
        ),
    }

    def encrypt(self, text: str) -> str:
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:  # SECRET_KEY is another now
            raise self.validation_error("incorrect_code") from None

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        others = Authenticator.objects.filter(user=authenticator.user_id).exclude(
            type=Authenticator.Type.RECOVERY_CODES
        )
        return not settings.REQUIRE_SECOND_FACTOR or others.exclude(pk=authenticator.pk).exists()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return str(_("Passkey %d") % number)


class Providers(DefaultSocialAccountAdapter):
    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": _("It is your only way to log in. Set a password first."),
    }

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> Any:
        """Those of the environment; the database has none."""
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        token = request.session.get(INVITATION, "")
        return settings.OIDC_SIGNUP or Invitation.objects.of_token(token) is not None

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: Any) -> Any:
        """Without the mail address: a password could be reset by it that its owner never set."""
        data = {**data, "email": ""}
        sociallogin.email_addresses = []
        return super().populate_user(request, sociallogin, data)

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("mfa_index")
