"""Of oneself: how one logs in, and where one is logged in."""

from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.views import LoginView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from allauth.socialaccount.adapter import get_adapter as get_providers
from allauth.socialaccount.internal.flows.connect import disconnect, validate_disconnect
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.openid_connect import views as openid
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.adapters import Factors
from accounts.audit import note
from ledgers.models import Session, User
from live.feed import session_hash
from live.snapshot import snapshot
from txproject.http import next_url, see_other


class Login(LoginView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        more = {"providers": providers(self.request), "mail": bool(settings.MAILERS)}
        return super().get_context_data(**kwargs) | more


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    with snapshot():
        factors = list(Authenticator.objects.filter(user=user).order_by("pk"))
        by_type = {each.type: each for each in factors}
        context = {
            "totp": by_type.get(Authenticator.Type.TOTP),
            "codes": by_type.get(Authenticator.Type.RECOVERY_CODES),
            "passkeys": [each for each in factors if each.type == Authenticator.Type.WEBAUTHN],
            "linked": list(SocialAccount.objects.filter(user=user).order_by("pk")),
            "providers": providers(request),
            "sessions": sessions(request, user),
            "mail": settings.MAILERS,
        }
        return render(request, "account/overview.html", context)


def providers(request: HttpRequest) -> list[Any]:
    return list(get_providers().list_providers(request))


def sessions(request: HttpRequest, user: User) -> list[Session]:
    """This one first; the others as they were last seen. A page names them by their hash."""
    current = request.session.session_key
    found = list(user.sessions.filter(expire_date__gt=timezone.now()).order_by("-seen_at", "pk"))
    for each in found:
        each.name = session_hash(each.pk)  # type: ignore[attr-defined]
        each.current = each.pk == current  # type: ignore[attr-defined]
    return sorted(found, key=lambda each: not each.current)  # type: ignore[attr-defined]


@require_POST
@reauthentication_required
def session_ended(request: HttpRequest, session: str) -> HttpResponse:
    user = cast(User, request.user)
    found = [each for each in sessions(request, user) if each.name == session]  # type: ignore[attr-defined]
    if not found:
        raise Http404
    return end(request, user.sessions.filter(pk=found[0].pk))


@require_POST
@reauthentication_required
def other_sessions_ended(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    return end(request, user.sessions.exclude(pk=request.session.session_key))


def end(request: HttpRequest, rows: Any) -> HttpResponse:
    ended, _rows = rows.delete()
    note(request, "sessions ended", count=ended)
    messages.success(request, _("Logged out there."))
    return see_other("/account/")


class PasskeyRemoved(RemoveWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponse:
        adapter = Factors()
        if adapter.can_delete_authenticator(self.object):
            return super().form_valid(form)
        messages.error(self.request, str(adapter.error_messages["cannot_delete_authenticator"]))
        return see_other(str(self.success_url))


@require_POST
def unlinked(request: HttpRequest, connection: int) -> HttpResponse:
    account = get_object_or_404(SocialAccount, pk=connection, user=request.user.pk)
    try:
        validate_disconnect(request, account)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        disconnect(request, account)
    return see_other("/account/")


@login_not_required
@require_POST
def with_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The way to the provider. A redirect would be held by `form-action` of our policy; a page
    that goes on by itself is not."""
    answer = openid.login(request, provider_id)
    if answer.status_code != 302:
        return answer
    context = {"url": answer.headers["Location"]}
    page = render(request, "socialaccount/onward.html", context)
    page.headers["Refresh"] = f"0; url={answer.headers['Location']}"
    return page


@require_GET
def provider_again(request: HttpRequest) -> HttpResponse:
    """For whoever has neither password nor factor here."""
    linked = SocialAccount.objects.filter(user=request.user.pk).values_list("provider", flat=True)
    known = {str(name) for name in linked}
    mine = [each for each in providers(request) if each.app.provider_id in known]
    context = {"providers": mine, "next": next_url(request, "mfa_index")}
    return render(request, "account/provider_again.html", context)


@require_GET
def second_factor(request: HttpRequest) -> HttpResponse:
    return render(request, "mfa/required.html")


def where_mail_is_set_up(view: Any) -> Any:
    """Elsewhere nobody is promised one: `manage.py changepassword` does it."""

    def entered(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not settings.MAILERS:
            raise Http404
        return cast(HttpResponse, view(request, **kwargs))

    return entered


def with_mail(view: Any) -> Any:
    return login_not_required(where_mail_is_set_up(view))
