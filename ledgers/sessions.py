"""Who is logged in, and what he may in the ledger that the URL names: the first query of every
request. Sessions are rows that name their user, so that he sees and ends each of them
(SESSION_ENGINE names this module)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.timezone import now
from psycopg import sql

from ledgers.models import Ledger, Membership, Session, User
from txproject.prepared import joined, read

COARSE = timedelta(hours=1)
SLUG = re.compile(r"/([-\w]+)/", re.ASCII)
FOUND = (Session, User, Membership, Ledger)
# With its user, and his membership of the ledger of that slug, if he has one: Django has no words
# for an outer join of two tables that are joined. Every later query of the request sees what this
# one sees, at least.
SESSION_OF_KEY = sql.SQL("""
    SELECT pg_current_snapshot()::text, {columns}
    FROM {session} LEFT JOIN {user} ON {user}.id = {session}.user_id
    LEFT JOIN ({membership} JOIN {ledger} ON {ledger}.id = {membership}.ledger_id)
    ON {membership}.user_id = {user}.id AND {ledger}.slug = %s
    WHERE session_key = %s AND expire_date > %s
""")


@cache
def session_of_key() -> str:
    tables = {str(model._meta.model_name): sql.Identifier(model._meta.db_table) for model in FOUND}
    names = (
        sql.Identifier(model._meta.db_table, str(field.column))
        for model in FOUND
        for field in model._meta.concrete_fields
    )
    return SESSION_OF_KEY.format(columns=sql.SQL(", ").join(names), **tables).as_string()


class SessionStore(DatabaseStore):
    # Of the ledger that the URL names, if it does.
    slug = ""
    # As read with the session, until somebody asks for them.
    user: User | None = None
    membership: Membership | None = None
    snapshot = ""
    # Of one that is in the database: what is written into it later prolongs nothing.
    ends: datetime | None = None
    # Of the request, if there is one.
    agent = ""
    address: str | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        session: Session | None = None
        for snapshot, *values in read(session_of_key(), [self.slug, self.session_key, now()]):
            session, self.user, self.membership, ledger = joined(FOUND, values)
            self.snapshot = snapshot
            if self.membership:
                self.membership.ledger = ledger
        self.ends = session.expire_date if session else None
        if session is None:
            self._session_key = None
        elif session.seen_at < now() - COARSE:
            seen = {"seen_at": now(), "agent": self.agent, "address": self.address}
            Session.objects.filter(pk=session.pk).update(**seen)
        return session

    def get_expiry_date(self, **when: Any) -> datetime:
        of_new_one = super().get_expiry_date(**when)  # reads it, if nobody has yet
        return self.ends or of_new_one

    def get_expiry_age(self, **when: Any) -> int:
        of_new_one = super().get_expiry_age(**when)
        return max(0, int((self.ends - now()).total_seconds())) if self.ends else of_new_one

    def create(self) -> None:
        """Another one begins, with its whole time: somebody has logged in."""
        self.ends = None
        super().create()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        return deepcopy(decoded(session_data))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session: Session = super().create_model_instance(data)  # type: ignore[assignment]
        session.user_id = data.get(SESSION_KEY)
        session.agent, session.address = self.agent, self.address
        return session


@lru_cache(maxsize=1_000)
def decoded(session_data: bytes | str) -> dict[str, Any]:
    """What a session holds, by what its row holds: its signature is not computed each time."""
    return DatabaseStore().decode(session_data)


class Sessions(SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        session = cast(SessionStore, request.session)
        session.agent = request.headers.get("User-Agent", "")[:200]
        session.address = address_of(request)
        named = SLUG.match(request.path_info)
        session.slug = named[1] if named else ""


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


def membership_read_with_session(request: HttpRequest, slug: str) -> Membership | None:
    """Once, as the user. A file may have taken long to come: who sends one is judged by what he may
    when it is there."""
    session = cast(SessionStore, request.session)
    membership, session.membership = session.membership, None
    if membership is None:
        return None
    if request.content_type == "multipart/form-data":
        refuse_who_has_gone(request)
        return None
    his = membership.user_id == request.user.pk
    return membership if his and membership.ledger.slug == slug else None


def refuse_who_has_gone(request: HttpRequest) -> None:
    """PermissionDenied if he was logged out, or got another password, while his file was coming."""
    user = cast(User, request.user)
    same = User.objects.filter(pk=user.pk, is_active=True, password=user.password)
    if not (same.exists() and request.session.exists(request.session.session_key or "")):
        raise PermissionDenied


class Authentication(AuthenticationMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        """At once, and not when he is first asked for: every page asks (LanguageOfUser)."""
        super().process_request(request)
        request.user = user_of(request)


def user_of(request: HttpRequest) -> Any:
    """Django checks that his password is still the one that he logged in with."""
    with asked_by(cast(SessionStore, request.session)):
        return get_user(request)
