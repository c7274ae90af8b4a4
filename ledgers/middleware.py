from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import translation
from django_htmx.middleware import HtmxDetails


class LanguageOfUser:
    """What a user has chosen counts before what his browser asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and (chosen := request.user.language):
            translation.activate(chosen)
        return self.get_response(request)


class LoginRequired(LoginRequiredMiddleware):
    """Every view needs a login unless it says otherwise.

    A fragment request is sent to the login page as a whole: a redirect would put the login form
    into the middle of the page.
    """

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseRedirect:
        login = super().handle_no_permission(request, view_func)
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        if htmx:
            page = htmx.current_url_abs_path or resolve_url("home")
            login = redirect_to_login(page, self.get_login_url(view_func))
            login.status_code = 401
            login.headers["HX-Redirect"] = login.url
            del login.headers["Location"]
        return login
