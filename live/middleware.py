from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class NoStore:
    """No answer from above the database: nothing that we say may be kept and shown again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
