from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from ledgers.models import Ledger, User
from txproject.http import next_url, see_other

YEAR = 365 * 24 * 60 * 60


def home(request: HttpRequest) -> HttpResponse:
    """The first ledger of whoever is logged in: which one is in the URL, never in the session."""
    ledger = Ledger.objects.of(cast(User, request.user)).first()
    return redirect(ledger) if ledger else render(request, "ledgers/none.html")


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device has it; kept in a cookie, so that no script flashes."""
    response = see_other(next_url(request, "home"))
    choice = request.POST.get("theme", "")
    if choice in {"light", "dark"}:
        response.set_cookie("theme", choice, max_age=YEAR, samesite="Lax", httponly=True)
    else:
        response.delete_cookie("theme")
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Of whoever is logged in, on all his machines; none of ours: what each browser asks for."""
    choice = request.POST.get("language", "")
    known = choice if choice in dict(settings.LANGUAGES) else ""
    User.objects.filter(pk=cast(User, request.user).pk).update(language=known)
    return see_other(next_url(request, "home"))
