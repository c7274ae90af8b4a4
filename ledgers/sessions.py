"""Who is logged in: the first query of every request, prepared. Sessions are rows that name their
user, so that he sees and ends each of them (SESSION_ENGINE names this module), and he is read with
his session."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.db.models import CharField, DateTimeField, Func, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from ledgers.models import Session, User
from txproject.prepared import Parameter, Prepared, columns, instances

COARSE = timedelta(hours=1)
SNAPSHOT = Cast(Func(function="pg_current_snapshot"), TextField())


@Prepared
def sessions_of_key() -> "QuerySet[Session, Any]":
    found = Session.objects.filter(
        session_key=Parameter("key", CharField()),
        expire_date__gt=Parameter("now", DateTimeField()),
    )
    of_user = (f"user__{name}" for name in columns(User))
    return found.values_list(*columns(Session), *of_user, SNAPSHOT)


def session_and_user(key: str | None) -> tuple[Session | None, User | None, str]:
    """None for a session that is over, and for the user of one in which nobody has logged in; and
    the snapshot in which they were read."""
    row = next(sessions_of_key(key=key, now=timezone.now()), None)
    if row is None:
        return None, None, ""
    *found, snapshot = row
    width = len(columns(Session))
    session = next(instances(Session, [found[:width]]))
    user = next(instances(User, [found[width:]])) if session.user_id else None
    return session, user, snapshot


class SessionStore(DatabaseStore):
    # As read with the session, until somebody asks for him.
    user: User | None = None
    # Every later query of the request sees what this one sees, at least.
    snapshot = ""
    # Of the request, if there is one.
    agent = ""
    address: str | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        session, self.user, self.snapshot = session_and_user(self.session_key)
        if session is None:
            self._session_key = None
        elif session.seen_at < (now := timezone.now()) - COARSE:
            seen = {"seen_at": now, "agent": self.agent, "address": self.address}
            Session.objects.filter(pk=session.pk).update(**seen)
        return session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session: Session = super().create_model_instance(data)  # type: ignore[assignment]
        session.user_id = data.get(SESSION_KEY)
        session.agent, session.address = self.agent, self.address
        return session


class Sessions(SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        session = cast(SessionStore, request.session)
        session.agent = request.headers.get("User-Agent", "")[:200]
        session.address = address_of(request)


def address_of(request: HttpRequest) -> str | None:
    """A socket has none, and what a proxy says may be anything."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0]))
    except ValueError:
        return None


asking: ContextVar[SessionStore | None] = ContextVar("asking", default=None)


@contextmanager
def asked_by(session: SessionStore) -> Iterator[None]:
    token = asking.set(session)
    try:
        yield
    finally:
        asking.reset(token)


class Backend(ModelBackend):
    def get_user(self, user_id: Any) -> User | None:
        user = read_with_session(user_id) or User.objects.filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


def read_with_session(user_id: Any) -> User | None:
    """Once: whoever asks again wants him as he is now."""
    session = asking.get()
    if session is None or session.user is None or session.user.pk != user_id:
        return None
    user, session.user = session.user, None
    return user


class Authentication(AuthenticationMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_of(request))  # type: ignore[assignment]


def user_of(request: HttpRequest) -> Any:
    """Django checks that his password is still the one that he logged in with."""
    with asked_by(cast(SessionStore, request.session)):
        return get_user(request)
