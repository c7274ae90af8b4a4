import struct
from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_factors
from allauth.mfa.base import forms as factors
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    compare_user_code,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import limits
from accounts.models import DAYS
from ledgers.forms import RoleField
from ledgers.models import Role, User


class LoginForm(account.LoginForm):
    def add_prefix(self, field_name: str) -> str:
        """As browsers have remembered it, and scripts send it."""
        return "username" if field_name == "login" else field_name


class ResetPasswordForm(account.ResetPasswordForm):
    def clean_email(self) -> str:
        """Each costs a mail that somebody gets, so each counts."""
        limits.refuse_if_locked(context.request, limits.RESETS)
        limits.count(context.request, limits.RESETS)
        return str(super().clean_email())


class MailAddressForm(forms.Form):
    email = forms.EmailField(max_length=254)

    def clean_email(self) -> str:
        """Each costs a mail that somebody gets, so each counts."""
        limits.refuse_if_locked(context.request, limits.MAILS)
        limits.count(context.request, limits.MAILS)
        limits.refuse_if_locked(context.request, limits.MAILS)
        return str(self.cleaned_data["email"])


class ChangePasswordForm(account.ChangePasswordForm):
    def clean_oldpassword(self) -> str:
        """A wrong one counts as it does at the login."""
        password = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("enter_current_password")
        return str(password)


class Guarded(factors.BaseAuthenticateForm):
    """A code of the second factor: so many tries and no more, and each code once."""

    def clean_code(self) -> str:
        name = limits.codes_of(self.user)
        with transaction.atomic():
            self.lock()
            limits.refuse_if_locked(context.request, name)
            try:
                return self.judged(name)
            except forms.ValidationError as error:
                wrong = error  # raised afterwards, or the count would be taken back
                limits.count(context.request, name)
        raise wrong

    def judged(self, name: str) -> str:
        with transaction.atomic():
            code = super().clean_code()
            self.use_up(code)
        limits.forget(name)
        return str(code)

    def lock(self) -> None:
        """Whoever sends one at the same time waits, and comes second: the same code is used up
        then, and another one is one try more."""
        list(Authenticator.objects.select_for_update().filter(user=self.user).values("pk"))

    def use_up(self, code: str) -> None:
        """django-allauth remembers used codes in a cache, which we have none of; recovery codes
        it strikes out by itself."""
        if self.authenticator.type != Authenticator.Type.TOTP:
            return
        data = self.authenticator.data
        step = step_of(decrypt(data["secret"]), code)
        if step <= data.get("step", 0):
            raise get_factors().validation_error("incorrect_code")
        Authenticator.objects.filter(pk=self.authenticator.pk).update(data=data | {"step": step})


def step_of(secret: str, code: str) -> int:
    """The half minute that a code is of."""
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return 0


class CodeForm(Guarded, factors.AuthenticateForm):
    pass


class CodeAgainForm(Guarded, factors.ReauthenticateForm):
    pass


UNREADABLE = (AttributeError, LookupError, TypeError, ValueError, struct.error)


class PasskeyForm(passkeys.AuthenticateWebAuthnForm):
    """What no device has sent lets fido2 stumble in several ways."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except UNREADABLE:
            raise get_factors().validation_error("incorrect_code") from None


class PasskeyAgainForm(PasskeyForm, passkeys.ReauthenticateWebAuthnForm):
    pass


class PasskeyLoginForm(PasskeyForm, passkeys.LoginWebAuthnForm):
    pass


class NewPasskeyForm(passkeys.AddWebAuthnForm):
    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except UNREADABLE:
            raise get_factors().validation_error("incorrect_code") from None


class InvitationForm(forms.Form):
    role = RoleField()
    days = forms.TypedChoiceField(label=_("Valid for"), choices=list(DAYS.items()), coerce=int)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"role": Role.VIEWER, "days": 7})


class NewAccountForm(UserCreationForm[User]):
    class Meta:
        model = User
        fields = ("username",)
