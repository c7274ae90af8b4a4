"""Settings of what stands between the database and a browser."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.cached_db import SessionStore as CachedStore
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core.checks import CheckMessage, Error
from django.middleware.cache import FetchFromCacheMiddleware, UpdateCacheMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from live.middleware import NoStore

DUMMY = "django.core.cache.backends.dummy.DummyCache"
SESSIONS = "ledgers.sessions"
CACHE_TAG = "django.templatetags.cache"


def middleware(*kinds: type) -> list[str]:
    """Those of MIDDLEWARE that are of one of these kinds, under whatever name."""
    loaded = {path: import_string(path) for path in settings.MIDDLEWARE}
    return [
        path for path, each in loaded.items() if isinstance(each, type) and issubclass(each, kinds)
    ]


def cache_middleware(**_kwargs: Any) -> Sequence[CheckMessage]:
    found = middleware(UpdateCacheMiddleware, FetchFromCacheMiddleware)
    if not found:
        return []
    text = _("Pages would be answered from a cache: %s.") % ", ".join(found)
    return [Error(text, _("Take it out of MIDDLEWARE."), id="live.E010")]


def conditional_middleware(**_kwargs: Any) -> Sequence[CheckMessage]:
    found = middleware(ConditionalGetMiddleware)
    if not found:
        return []
    text = _("Browsers would be told to show what they have kept (304): %s.") % ", ".join(found)
    return [Error(text, _("Take it out of MIDDLEWARE."), id="live.E011")]


def no_store(**_kwargs: Any) -> Sequence[CheckMessage]:
    if middleware(NoStore):
        return []
    text = _("Nothing forbids browsers and proxies to keep pages and show them again.")
    hint = _("Add “live.middleware.NoStore” to MIDDLEWARE, before the sessions.")
    return [Error(text, hint, id="live.E012")]


def caches(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Django's own default is a memory of each process, for whoever calls `cache.set`."""
    found = sorted(name for name, each in settings.CACHES.items() if each["BACKEND"] != DUMMY)
    if not found:
        return []
    text = _("CACHES remembers what it is given (%s), and that grows old.") % ", ".join(found)
    return [Error(text, _("Use “%s”, which remembers nothing.") % DUMMY, id="live.E013")]


def sessions(**_kwargs: Any) -> Sequence[CheckMessage]:
    """A logout ends the session's row; a cache or a cookie would go on with a copy."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if issubclass(store, DatabaseStore) and not issubclass(store, CachedStore):
        return []
    text = _("Sessions are kept in “%s”: who was logged out could still be let in.")
    hint = _("Set SESSION_ENGINE to “%s”.") % SESSIONS
    return [Error(text % settings.SESSION_ENGINE, hint, id="live.E014")]


def cache_tag(**_kwargs: Any) -> Sequence[CheckMessage]:
    engines: Any = settings.TEMPLATES
    options = [each.get("OPTIONS", {}) for each in engines]
    if not any(CACHE_TAG in each.get("builtins", []) for each in options):
        return []
    text = _("Templates have the tag {% cache %}, which shows what was rendered before.")
    return [Error(text, _("Take “%s” out of TEMPLATES.") % CACHE_TAG, id="live.E015")]
