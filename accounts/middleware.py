from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse

# What somebody needs to prove one, and the way out.
WITHOUT = {
    *("account_logout", "theme", "language", "account_reauthenticate", "provider_again"),
    *("mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("openid_connect_login", "openid_connect_callback"),
}
# What somebody needs who has none yet. Who has one does not prove it by adding another.
FIRST = {"second_factor", "mfa_activate_totp", "mfa_add_webauthn"}


class SecondFactor:
    """Where the site asks for one (REQUIRE_SECOND_FACTOR), nobody sees a page without."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        if not settings.REQUIRE_SECOND_FACTOR or not request.user.is_authenticated:
            return None
        match = request.resolver_match
        name = match.view_name if match else ""
        if name in WITHOUT or has_passed(request):
            return None
        step = next_step(request)
        if name in FIRST and step == "second_factor":
            return None
        return sent_to(request, reverse(step))


def has_passed(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


def next_step(request: HttpRequest) -> str:
    """The page where he proves a factor that he has, or chooses one."""
    types = set(Authenticator.objects.filter(user=request.user.pk).values_list("type", flat=True))
    if Authenticator.Type.TOTP in types:
        return "mfa_reauthenticate"
    if Authenticator.Type.WEBAUTHN in types:
        return "mfa_reauthenticate_webauthn"
    return "second_factor"


def sent_to(request: HttpRequest, url: str) -> HttpResponseRedirect:
    """As the login is: a fragment sends its page there as a whole."""
    htmx = getattr(request, "htmx", None)
    if not htmx:
        return redirect_to_login(request.get_full_path(), url)
    answer = redirect_to_login(htmx.current_url_abs_path or resolve_url("home"), url)
    answer.status_code = 401
    answer.headers["HX-Redirect"] = answer.url
    del answer.headers["Location"]
    return answer
