"""The mail address of one's account. It counts once a link that was sent there has come back."""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.audit import note
from accounts.forms import MailAddressForm
from accounts.views.account import where_mail_is_set_up
from ledgers.models import User
from txproject.http import see_other

SALT = "accounts.mail_address"
VALID = 24 * 60 * 60  # seconds


@where_mail_is_set_up
@require_http_methods(["GET", "POST"])
@reauthentication_required
def mail_address(request: HttpRequest) -> HttpResponse:
    form = MailAddressForm(request.POST or None, initial={"email": cast(User, request.user).email})
    if form.is_valid() and sent(request, form):
        text = _("A link was sent to %s. The address counts when you have followed it.")
        messages.success(request, text % form.cleaned_data["email"])
        return see_other(reverse("mfa_index"))
    status = 422 if form.is_bound else 200
    return render(request, "account/mail_address.html", {"form": form}, status=status)


def sent(request: HttpRequest, form: MailAddressForm) -> bool:
    user, address = cast(User, request.user), form.cleaned_data["email"]
    token = signing.dumps([user.pk, user.email, address], salt=SALT)
    url = request.build_absolute_uri(reverse("mail_address_confirmed", args=[token]))
    try:
        get_adapter().send_mail("account/email/mail_address", address, {"user": user, "url": url})
    except OSError:
        form.add_error("email", _("No mail could be sent there. Try again later."))
    return not form.errors


@where_mail_is_set_up
@require_http_methods(["GET", "POST"])
def mail_address_confirmed(request: HttpRequest, token: str) -> HttpResponse:
    user = cast(User, request.user)
    address = meant(user, token)
    if request.method == "POST" and address and changed(user, address):
        note(request, "mail address changed", user)
        messages.success(request, _("The mail address is changed."))
        return see_other(reverse("mfa_index"))
    status = 200 if address else 404
    return render(
        request, "account/mail_address_confirmed.html", {"address": address}, status=status
    )


def meant(user: User, token: str) -> str:
    """The new address, if the link is this user's and nothing has changed since."""
    try:
        of: Any = signing.loads(token, salt=SALT, max_age=VALID)
    except signing.BadSignature:
        return ""
    return str(of[2]) if of[:2] == [user.pk, user.email] else ""


def changed(user: User, address: str) -> bool:
    """The earlier address is told, and sets no password any more."""
    if not User.objects.filter(pk=user.pk, email=user.email).update(email=address):
        return False
    EmailAddress.objects.filter(user=user.pk).delete()
    get_adapter().send_notification_mail("account/email/mail_address_changed", user)
    return True
