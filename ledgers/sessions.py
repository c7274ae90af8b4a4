"""Who is logged in: two queries of every request, prepared. Rows of the database, as Django's own
(SESSION_ENGINE names this module)."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField, QuerySet
from django.utils import timezone

from ledgers.models import User
from txproject.prepared import Parameter, Prepared, instances


@Prepared
def sessions_of_key() -> "QuerySet[Session]":
    return Session.objects.filter(
        session_key=Parameter("key", CharField()),
        expire_date__gt=Parameter("now", DateTimeField()),
    )


class SessionStore(DatabaseStore):
    def _get_session_from_db(self) -> Session | None:
        found = sessions_of_key(key=self.session_key, now=timezone.now())
        session = next(instances(Session, found), None)
        if session is None:
            self._session_key = None
        return session


@Prepared
def users_of_key() -> "QuerySet[User]":
    return User.objects.filter(pk=Parameter("key"))


class Backend(ModelBackend):
    def get_user(self, user_id: Any) -> User | None:
        user = next(instances(User, users_of_key(key=user_id)), None)
        return user if user and self.user_can_authenticate(user) else None
