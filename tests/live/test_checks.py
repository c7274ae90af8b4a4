"""Each setting that would make pages old, turned on, is refused; ours are clean."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.middleware.http import ConditionalGetMiddleware

from live.checks import CHECKS
from txproject.environ import BASE_DIR

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
REDIS = "django.core.cache.backends.redis.RedisCache"
SESSIONS = "django.contrib.sessions.backends."


class Named(ConditionalGetMiddleware):
    """The same under a name of one's own."""


def found() -> list[str]:
    return sorted({str(message.id) for message in run_checks(tags=["freshness"])})


def test_our_settings_are_clean() -> None:
    assert found() == []


def test_no_id_is_given_twice() -> None:
    used = [name for check in CHECKS for name in check.__code__.co_consts if is_id(name)]

    assert len(used) == len(set(used)) >= len(CHECKS)


def is_id(name: object) -> bool:
    return isinstance(name, str) and name.startswith("live.")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ENGINE": "django.db.backends.sqlite3"}, "live.E001"),
        ({"AUTOCOMMIT": False}, "live.E002"),
        ({"ATOMIC_REQUESTS": True}, "live.E003"),
        ({"OPTIONS": {"isolation_level": 3}}, "live.E004"),
        ({"OPTIONS": {"read_only": True}}, "live.E004"),
        ({"OPTIONS": {"options": "-c default_transaction_isolation=serializable"}}, "live.E004"),
        ({"OPTIONS": {"options": "-cdefault_transaction_read_only=on"}}, "live.E004"),
        ({"OPTIONS": {"target_session_attrs": "prefer-standby"}}, "live.E007"),
        ({"OPTIONS": {"target_session_attrs": "standby"}}, "live.E007"),
        ({"OPTIONS": {"target_session_attrs": "read-only"}}, "live.E007"),
        ({"HOST": "one,two"}, "live.E007"),
        ({"HOST": "one,two", "OPTIONS": {"target_session_attrs": "any"}}, "live.E007"),
    ],
)
def test_database_is_refused(settings: Any, change: dict[str, Any], expected: str) -> None:
    settings.DATABASES = {"default": settings.DATABASES["default"] | change}

    assert found() == [expected]


@pytest.mark.parametrize(
    "change",
    [
        {"HOST": "one,two", "OPTIONS": {"target_session_attrs": "read-write"}},
        {"HOST": "one,two", "OPTIONS": {"target_session_attrs": "primary"}},
        {"OPTIONS": {"options": "-c statement_timeout=5s"}},
    ],
)
def test_harmless_database_is_not_refused(settings: Any, change: dict[str, Any]) -> None:
    settings.DATABASES = {"default": settings.DATABASES["default"] | change}

    assert found() == []


def test_second_database_is_refused(settings: Any) -> None:
    settings.DATABASES = settings.DATABASES | {"replica": settings.DATABASES["default"]}

    assert found() == ["live.E005"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DATABASE_ROUTERS", ["builtins.object"], "live.E006"),
        ("CACHES", {"default": {"BACKEND": LOCMEM}}, "live.E013"),
        ("CACHES", {"default": {"BACKEND": REDIS, "LOCATION": "redis://one"}}, "live.E013"),
        ("SESSION_ENGINE", f"{SESSIONS}cache", "live.E014"),
        ("SESSION_ENGINE", f"{SESSIONS}cached_db", "live.E014"),
        ("SESSION_ENGINE", f"{SESSIONS}signed_cookies", "live.E014"),
        ("SESSION_ENGINE", f"{SESSIONS}file", "live.E014"),
    ],
)
def test_setting_is_refused(settings: Any, name: str, value: object, expected: str) -> None:
    setattr(settings, name, value)

    assert found() == [expected]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("django.middleware.cache.UpdateCacheMiddleware", "live.E010"),
        ("django.middleware.cache.FetchFromCacheMiddleware", "live.E010"),
        ("django.middleware.http.ConditionalGetMiddleware", "live.E011"),
        (f"{__name__}.Named", "live.E011"),
    ],
)
def test_middleware_is_refused(settings: Any, path: str, expected: str) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, path]

    assert found() == [expected]


def test_pages_without_no_store_are_refused(settings: Any) -> None:
    settings.MIDDLEWARE = [path for path in settings.MIDDLEWARE if "NoStore" not in path]

    assert found() == ["live.E012"]


def test_cache_tag_in_all_templates_is_refused(settings: Any) -> None:
    engine, *others = settings.TEMPLATES
    options = engine["OPTIONS"] | {"builtins": ["django.templatetags.cache"]}
    settings.TEMPLATES = [engine | {"OPTIONS": options}, *others]

    assert found() == ["live.E015"]


def test_missing_pgtrigger_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the setting: an app that registers tasks cannot be made ready twice."""
    installed = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda name: name != "pgtrigger" and installed(name))

    assert "live.E008" in found()


@pytest.mark.slow
def test_site_is_not_served_with_a_setting_that_is_refused() -> None:
    url = "postgresql://nobody@one,two/none?target_session_attrs=any"
    prepare = "from launcher.prepare import prepare; prepare()"

    ended = subprocess.run(
        [sys.executable, "-c", prepare],
        cwd=BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "txproject.settings"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.stdout == ""
    assert "live.E007" in ended.stderr.splitlines()[-2]
