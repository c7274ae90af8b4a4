"""Who is logged in: two queries of every request, prepared. Sessions are rows that name their user,
so that he sees and ends each of them (SESSION_ENGINE names this module)."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.db.models import CharField, DateTimeField, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ledgers.models import Session, User
from txproject.prepared import Parameter, Prepared, instances

COARSE = timedelta(hours=1)


@Prepared
def sessions_of_key() -> "QuerySet[Session]":
    return Session.objects.filter(
        session_key=Parameter("key", CharField()),
        expire_date__gt=Parameter("now", DateTimeField()),
    )


class SessionStore(DatabaseStore):
    # Of the request, if there is one.
    agent = ""
    address: str | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        now = timezone.now()
        session = next(instances(Session, sessions_of_key(key=self.session_key, now=now)), None)
        if session is None:
            self._session_key = None
        elif session.seen_at < now - COARSE:
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


@Prepared
def users_of_key() -> "QuerySet[User]":
    return User.objects.filter(pk=Parameter("key"))


class Backend(ModelBackend):
    def get_user(self, user_id: Any) -> User | None:
        user = next(instances(User, users_of_key(key=user_id)), None)
        return user if user and self.user_can_authenticate(user) else None
