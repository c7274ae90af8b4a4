"""Fixtures for an application's own tests. Override `fresh_app` and `fresh_dsn` in a conftest."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from session_policy import SessionPolicy, outside
from session_policy.changes import Refused, connected
from session_policy.fresh import Visitor
from session_policy.lives import KEY
from session_policy.serving import served
from session_policy.site import Site

LAYOUTS = {
    "test client": None,
    "one worker": (1, 1),
    "several workers": (3, 1),
    "threads": (1, 4),
}


@pytest.fixture
def fresh_app() -> Callable[[], Flask]:
    raise Refused("Define a fixture fresh_app that returns a function which makes the application.")


@pytest.fixture
def fresh_dsn() -> str:
    raise Refused("Define a fixture fresh_dsn that returns the address of the test database.")


@pytest.fixture
def fresh(fresh_dsn: str) -> Callable[[FlaskClient | Site], Visitor]:
    return partial(Visitor, connected(fresh_dsn))


@pytest.fixture(params=LAYOUTS)
def fresh_client(
    request: pytest.FixtureRequest, fresh_app: Callable[[], Flask], fresh_dsn: str
) -> Iterator[FlaskClient | Site]:
    """The application in one process, and served in each way."""
    layout = LAYOUTS[request.param]
    if layout is None:
        app = fresh_app()
        policy = watching(app, fresh_dsn)
        yield app.test_client()
        end(policy)
        return
    with served(fresh_app, *layout) as url:
        yield Site(url)


def watching(app: Flask, dsn: str) -> SessionPolicy:
    policy = app.extensions.get(KEY) or SessionPolicy(app, connected(dsn))
    policy.raises = True
    return policy


def end(policy: SessionPolicy) -> None:
    """What a test leaves is reported of it, and holds no row in the next one."""
    try:
        policy.check()
    finally:
        for life in list(outside.lives):
            if life.accused:
                life.begin_anew()
