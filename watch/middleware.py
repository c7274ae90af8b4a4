from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from watch.seen import Seen, current


class Seeing:
    """Notes which view has answered, and whom."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if seen := current.get():
            note(seen, request)
        return response


def note(seen: Seen, request: HttpRequest) -> None:
    """Asks the database nothing: of the user only what somebody else has asked."""
    if request.resolver_match:
        seen.route = request.resolver_match.view_name
    elif request.path.startswith(settings.STATIC_URL):
        seen.route = "static"
    user = getattr(request, "_cached_user", None)
    seen.user = user.pk if user else None
