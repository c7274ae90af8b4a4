"""The one way to a ledger's rows: through the membership of whoever asks."""

import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Concatenate, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, SlugField
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from ledgers.models import Ledger, Membership, Role, User
from ledgers.sessions import membership_read_with_session
from live.coalescing import COALESCED, NOT_COALESCED, Coalesced, Coalescer
from live.snapshot import snapshot
from live.writers import Way, writing
from txproject.http import partial
from txproject.prepared import Parameter, Prepared, columns, instances, joined


class LedgerRequest(HttpRequest):
    """A request of a member, with the ledger that the URL names."""

    user: User
    ledger: Ledger
    membership: Membership
    htmx: Any


type LedgerView[**P] = Callable[Concatenate[LedgerRequest, P], HttpResponse]


@Prepared
def memberships_of_slug() -> "QuerySet[Membership, Any]":
    slug = Parameter("slug", SlugField())
    found = Membership.objects.filter(user=Parameter("user"), ledger__slug=slug)
    of_ledger = (f"ledger__{name}" for name in columns(Ledger))
    return found.values_list(*columns(Membership), *of_ledger)


def membership_of(user: User, slug: str) -> Membership | None:
    """With its ledger."""
    membership: Membership
    for row in memberships_of_slug(user=user.pk, slug=slug):
        membership, membership.ledger = joined((Membership, Ledger), row)
        return membership
    return None


@Prepared
def ledgers_of_user() -> QuerySet[Ledger]:
    return Ledger.objects.filter(memberships__user=Parameter("user"))


def ledgers_of(user: int) -> Iterator[Ledger]:
    """Of which a user is a member, by name."""
    return instances(Ledger, ledgers_of_user(user=user))


def enter(request: HttpRequest, slug: str, role: Role) -> LedgerRequest:
    """The request with its ledger; Http404 for a stranger, PermissionDenied for too low a role."""
    membership = membership_read_with_session(request, slug)
    membership = membership or membership_of(cast(User, request.user), slug)
    if membership is None:
        raise Http404
    member = cast(LedgerRequest, request)
    member.ledger, member.membership = membership.ledger, membership
    member.ledger.entered_by(member.user)
    if not membership.may(role):
        raise PermissionDenied
    return member


def ledger_view[**P](
    read: Role | None = Role.VIEWER, write: Role | None = None, personal: bool = False
) -> Callable[[LedgerView[P]], Callable[..., HttpResponse]]:
    """A view of one ledger: GET for members from the role `read` on, POST from `write` on.

    What GET shows is read from one snapshot and rendered inside it. What is `personal` differs
    between members of one role.
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
                with writing(Way.PAGE, request.user):
                    return answer(view, request, ledger, role, *args, **kwargs)
            if may_coalesce(request) and not personal:
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


CSRF_TOKEN = re.compile(r'(?<="csrfmiddlewaretoken" value=")\w+')


def may_coalesce(request: HttpRequest) -> bool:
    scope = request.META.get("asgi.scope", {NOT_COALESCED: True})
    live = request.method == "GET" and "Live" in request.headers and partial(request)
    return live and NOT_COALESCED not in scope


class Fragment:
    """What open pages of a ledger are answered, and who may see it: who has its reader's role."""

    def __init__(self, text: str, reader: int, roles: dict[int, int]) -> None:
        self.pieces = [piece.encode() for piece in CSRF_TOKEN.split(text)]
        his = roles.get(reader)
        self.members = {user for user, role in roles.items() if role == his}


coalescer: Coalescer[Fragment | None] = Coalescer()


def refresh[**P](
    view: LedgerView[P],
    request: HttpRequest,
    slug: str,
    role: Role,
    *args: P.args,
    **kwargs: P.kwargs,
) -> HttpResponse:
    """What an open page asks for again is the same for all members of a role with the same usual
    columns, unless each reviews for himself, so it is read once for all who ask at once. The
    snapshot also says who of them still has that role."""

    def read(callers: set[int]) -> Fragment | None:
        with snapshot():
            try:
                response = answer(view, request, slug, role, *args, **kwargs)
            except (Http404, PermissionDenied):
                return None  # a member no more; the others are answered by themselves
            members = Membership.objects.filter(
                ledger__slug=slug, user__in=callers, user__is_active=True
            )
            roles = dict(members.values_list("user_id", "role"))
        return Fragment(response.text, me, roles) if response.status_code == 200 else None

    def body(fragment: Fragment | None) -> bytes | None:
        return token.encode().join(fragment.pieces) if fragment and me in fragment.members else None

    member = enter(request, slug, role)
    me, token = member.user.pk, get_token(request)
    reader = (member.membership.role, member.user.columns, get_language(), member.ledger.reader)
    key = (request.get_full_path(), request.headers["Live"], *reader)
    request.META["asgi.scope"][COALESCED] = Coalesced(coalescer(key, me, read), body)
    return HttpResponse()
