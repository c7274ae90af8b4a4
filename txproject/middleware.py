from collections.abc import Callable
from itertools import chain
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


class RefuseUnreadable:
    """What no page of ours sends, and what PostgreSQL could not store: 400, whatever the field.

    Stands after the check of the form's token, which has read the form already.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Before the session is looked for."""
        if any("\0" in value for value in request.COOKIES.values()):
            raise BadRequest("NUL in a cookie")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        for name, values in chain(request.GET.lists(), request.POST.lists()):
            if any("\0" in text for text in (name, *values)):
                raise BadRequest("NUL in a parameter")
