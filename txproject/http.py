from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


@lru_cache(maxsize=10_000)
def path_of(name: str, *args: Any) -> str:
    """A page has dozens, and most of them are on each page of the ledger."""
    return reverse(name, args=args)


def next_url(request: HttpRequest, default: str) -> str:
    """Where the form says it came from, if that is a page of ours; else `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else resolve_url(default)


def partial(request: HttpRequest) -> bool:
    """Whether a fragment is asked for: the one test that history and boosted requests pass."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and getattr(htmx, "request_type", None) == "partial"


def alone(request: HttpRequest) -> bool:
    """Whether what may be a part of another page is a page of its own, which asks for itself again
    when something has changed."""
    return not partial(request) or "Live" in request.headers


def displayed_ids(request: HttpRequest) -> list[int]:
    """The rows that an open page shows, in its order, where it asks again and they shall stay."""
    keys = request.headers.get("Live", "").split(",")
    return [int(key) for key in keys if key.isdecimal() and len(key) < 19]


def see_other(url: str) -> HttpResponseRedirect:
    """What a POST answers: the page to read next."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def moved_on(request: HttpRequest, url: str) -> HttpResponse:
    """Where there is nothing to show at its own URL any more. A page that follows itself goes there
    as a whole: in its place another page would have the wrong URL, and the wrong frame."""
    if not partial(request):
        return see_other(url)
    return HttpResponse(status=204, headers={"HX-Redirect": url})
