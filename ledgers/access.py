"""The one way to a ledger's rows: through the membership of whoever asks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from ledgers.models import Ledger, Membership, Role, User
from live.snapshot import snapshot
from live.together import Together
from txproject.http import partial


class LedgerRequest(HttpRequest):
    """A request of a member, with the ledger that the URL names."""

    user: User
    ledger: Ledger
    membership: Membership
    htmx: Any


type LedgerView[**P] = Callable[Concatenate[LedgerRequest, P], HttpResponse]


def enter(request: HttpRequest, slug: str, role: Role) -> LedgerRequest:
    """The request with its ledger; Http404 for a stranger, PermissionDenied for too low a role."""
    membership = (
        Membership.objects.select_related("ledger")
        .filter(user=cast(User, request.user), ledger__slug=slug)
        .first()
    )
    if membership is None:
        raise Http404
    member = cast(LedgerRequest, request)
    member.ledger, member.membership = membership.ledger, membership
    if not membership.may(role):
        raise PermissionDenied
    return member


def ledger_view[**P](
    read: Role | None = Role.VIEWER, write: Role | None = None
) -> Callable[[LedgerView[P]], Callable[..., HttpResponse]]:
    """A view of one ledger: GET for members from the role `read` on, POST from `write` on.

    What GET shows is read from one snapshot and rendered inside it.
    """
    roles = {"GET": read, "HEAD": read, "POST": write}
    methods = [method for method, role in roles.items() if role is not None]

    def decorate(view: LedgerView[P]) -> Callable[..., HttpResponse]:
        @require_http_methods(methods)
        @wraps(view)
        def entered(
            request: HttpRequest, ledger: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            role = roles[request.method or "GET"]
            assert role is not None
            bool(request.user)  # may end a session, which a read-only snapshot could not
            if request.method == "POST":
                return answer(view, request, ledger, role, *args, **kwargs)
            if request.headers.get("Live") and partial(request):
                return refresh(view, request, ledger, role, *args, **kwargs)
            with snapshot():
                return answer(view, request, ledger, role, *args, **kwargs)

        entered.ledger_roles = (read, write)  # type: ignore[attr-defined]
        return entered

    return decorate


def answer[**P](
    view: LedgerView[P],
    request: HttpRequest,
    slug: str,
    role: Role,
    *args: P.args,
    **kwargs: P.kwargs,
) -> HttpResponse:
    member = enter(request, slug, role)
    with timezone.override(member.ledger.zone):
        response = view(member, *args, **kwargs)
    assert getattr(response, "is_rendered", True), "rendered after its snapshot"
    return response


@dataclass
class Part:
    """What an open page was answered, and who asked for it."""

    by: HttpRequest
    role: int
    response: HttpResponse


CSRF_TOKEN = re.compile(r'(?<="csrfmiddlewaretoken" value=")\w+')
together: Together[Part] = Together()


def refresh[**P](
    view: LedgerView[P],
    request: HttpRequest,
    slug: str,
    role: Role,
    *args: P.args,
    **kwargs: P.kwargs,
) -> HttpResponse:
    """What an open page asks for again is the same for all members of a role, so it is read once
    for all who ask at once. Whoever has not read it himself is looked at again afterwards."""

    def read() -> Part:
        with snapshot():
            response = answer(view, request, slug, role, *args, **kwargs)
        return Part(request, cast(LedgerRequest, request).membership.role, response)

    mine = enter(request, slug, role).membership.role
    key = (request.get_full_path(), request.headers["Live"], mine, get_language())
    try:
        part = together(key, read)
    except (Http404, PermissionDenied):  # theirs, perhaps
        return read().response
    if part.by is request:
        return part.response
    now = enter(request, slug, role).membership.role
    return with_own_token(part.response, request) if part.role == now == mine else read().response


def with_own_token(response: HttpResponse, request: HttpRequest) -> HttpResponse:
    content = CSRF_TOKEN.sub(get_token(request), response.text)
    return HttpResponse(content, status=response.status_code)
