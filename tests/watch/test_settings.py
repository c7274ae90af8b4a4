import pytest
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from live.feed import listener_conninfo
from txproject.database import from_url
from txproject.environ import env_choice

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


def test_choice_that_is_none_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")

    with pytest.raises(ImproperlyConfigured, match=r"LOG_FORMAT is none of text, json\."):
        env_choice("LOG_FORMAT", "text", "json")
