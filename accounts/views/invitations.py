"""Invitations into a ledger: its owners make them, whoever has the link accepts."""

from typing import cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import limits
from accounts.adapters import INVITATION
from accounts.audit import note
from accounts.forms import InvitationForm, NewAccountForm
from accounts.models import Invitation
from accounts.views.account import providers
from ledgers.access import LedgerRequest, ledger_view
from ledgers.models import Role, User
from live.writers import Way, writing
from txproject.http import partial, see_other


@ledger_view(read=Role.OWNER, write=Role.OWNER)
def invitation_list(request: LedgerRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return page(request, InvitationForm(), made(request, form))
    return page(request, form, status=422 if form.is_bound else 200)


def made(request: LedgerRequest, form: InvitationForm) -> str:
    """Its link, which is shown this once."""
    of = form.cleaned_data
    request.ledger.invitations.filter(expires_at__lt=timezone.now()).delete()
    token = Invitation.make(request.ledger, of["role"], request.user, of["days"])
    note(request, "invitation made", ledger=request.ledger.pk, role=int(of["role"]))
    return request.build_absolute_uri(reverse("invitation", args=[token]))


def page(
    request: LedgerRequest, form: InvitationForm, link: str = "", status: int = 200
) -> HttpResponse:
    found = request.ledger.invitations.open().select_related("by")
    context = {"form": form, "link": link, "invitations": found}
    template = "ledgers/invitations.html"
    if request.method == "GET" and partial(request):
        template += "#open"
    return render(request, template, context, status=status)


@ledger_view(read=None, write=Role.OWNER)
def invitation_revoked(request: LedgerRequest, invitation: int) -> HttpResponse:
    get_object_or_404(request.ledger.invitations, pk=invitation).delete()
    note(request, "invitation revoked", ledger=request.ledger.pk)
    messages.success(request, _("The link opens nothing any more."))
    return see_other(reverse("invitation_list", args=[request.ledger.slug]))


@login_not_required
@require_safe
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What one is invited to; nothing is done before a button is pressed."""
    found = known(request, token)
    if found and not request.user.is_authenticated:
        request.session[INVITATION] = token
    return shown(request, found, token)


def known(request: HttpRequest, token: str) -> Invitation | None:
    try:
        limits.refuse_if_locked(request, limits.INVITATIONS)
    except ValidationError:
        return None
    if (found := Invitation.objects.of_token(token)) is None:
        limits.count(request, limits.INVITATIONS)
    return found


def shown(
    request: HttpRequest,
    found: Invitation | None,
    token: str,
    form: NewAccountForm | None = None,
) -> HttpResponse:
    if found is None:
        return render(request, "account/invitation_gone.html", status=404)
    context = {
        "invitation": found,
        "token": token,
        "form": form or NewAccountForm(),
        "providers": providers(request),
        "here": reverse("invitation", args=[token]),
    }
    return render(request, "account/invitation.html", context, status=422 if form else 200)


@require_POST
def invitation_accepted(request: HttpRequest, token: str) -> HttpResponse:
    found, user = known(request, token), cast(User, request.user)
    if found is None:
        return shown(request, None, token)
    with writing(Way.PAGE, user):
        welcome(request, found, user)
    return see_other(found.ledger.get_absolute_url())


def welcome(request: HttpRequest, found: Invitation, user: User) -> bool:
    membership = found.accept(user)
    request.session.pop(INVITATION, None)
    if membership is None:
        messages.info(request, _("Nothing has changed: you are a member already."))
        return False
    note(request, "invitation accepted", user, ledger=found.ledger_id, role=membership.role)
    role = membership.get_role_display()
    text = _("You are a member of %(ledger)s now: %(role)s.")
    messages.success(request, text % {"ledger": found.ledger, "role": role})
    return True


@login_not_required
@sensitive_post_parameters()
@require_POST
def invitation_account(request: HttpRequest, token: str) -> HttpResponse:
    """A new account, and with it the membership: both or none."""
    found = None if request.user.is_authenticated else known(request, token)
    if found is None:
        return shown(request, None, token)
    form = NewAccountForm(request.POST)
    if not form.is_valid():
        return shown(request, found, token, form)
    user = account_of(request, found, form)
    if user is None:
        return shown(request, None, token)
    record_authentication(request, user, method="password")
    answer = perform_login(request, user, redirect_url=found.ledger.get_absolute_url())
    return cast(HttpResponse, answer)


def account_of(request: HttpRequest, found: Invitation, form: NewAccountForm) -> User | None:
    """None if somebody else has used the invitation meanwhile."""
    with transaction.atomic():
        user: User = form.save()
        with writing(Way.PAGE, user):
            if welcome(request, found, user):
                return user
        transaction.set_rollback(True)
    return None
