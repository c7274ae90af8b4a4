import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from live.feed import listener_conninfo
from txproject.database import from_url, past_pooler
from txproject.environ import env_choice, env_int

URL = "postgres://me@db.example.org/books"


def test_connection_to_a_server_that_vanishes_is_given_up() -> None:
    assert from_url(URL)["OPTIONS"]["tcp_user_timeout"] == 30_000
    assert from_url(f"{URL}?tcp_user_timeout=5000")["OPTIONS"]["tcp_user_timeout"] == "5000"


def test_listeners_connection_too(settings) -> None:
    settings.LISTEN_DATABASE_URL = f"{URL}?keepalives_idle=7"

    found = conninfo_to_dict(listener_conninfo())

    assert (found["tcp_user_timeout"], found["keepalives_idle"]) == ("30000", "7")


def test_of_several_hosts_the_primary_is_meant() -> None:
    several = from_url("postgres://me@db1:5432,db2:5432/books")

    assert several["HOST"] == "db1,db2"
    assert several["OPTIONS"]["target_session_attrs"] == "read-write"
    assert "target_session_attrs" not in from_url(URL)["OPTIONS"]


@pytest.mark.parametrize("url", ["foo", "mysql://me@db/books", "postgres://me@db/books?colour=red"])
def test_url_past_a_pooler_that_is_none_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("LISTEN_DATABASE_URL", url)

    with pytest.raises(ImproperlyConfigured, match=r"^LISTEN_DATABASE_URL is not a PostgreSQL URL"):
        past_pooler()


def test_choice_that_is_none_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")

    with pytest.raises(ImproperlyConfigured, match=r"LOG_FORMAT is none of text, json\."):
        env_choice("LOG_FORMAT", "text", "json")


@pytest.mark.parametrize("value", ["0", "-1", "1001", "x", "1.5"])
def test_number_out_of_range_is_refused_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("WEB_THREADS", value)

    with pytest.raises(ImproperlyConfigured, match=r"WEB_THREADS is not .* from 1 to 1000\."):
        env_int("WEB_THREADS", 8, 1, 1000)


OUT_OF_RANGE = {
    "STATEMENT_TIMEOUT": ("-1", "99999999999"),
    "LOGIN_FAILURE_LIMIT": ("0", "-1"),
    "SESSION_HOURS": ("0", "99999999999"),
    "WEB_THREADS": ("0", "-1"),
    "STREAMS_PER_USER": ("-1",),
    "UPLOADS_PER_USER": ("0",),
    "MAX_UPLOAD_MB": ("0",),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in OUT_OF_RANGE.items() for value in values]
)
def test_settings_refuse_a_number_that_no_site_works_with(name: str, value: str) -> None:
    command = [sys.executable, "-c", "import txproject.settings"]
    env = os.environ | {name: value, "LANGUAGE": "en"}

    ended = subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True)

    assert f"ImproperlyConfigured: {name} is not a whole number from " in ended.stderr
