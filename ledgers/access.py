"""The one way to a ledger's rows: through the membership of whoever asks."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ledgers.models import Ledger, Membership, Role, User
from live.snapshot import snapshot


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
