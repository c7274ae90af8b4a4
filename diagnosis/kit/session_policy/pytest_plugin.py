"""Fixtures for an application's own tests. Override `fresh_app` and `fresh_dsn` in a conftest."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from session_policy import SessionPolicy
from session_policy.changes import Refused, connected
from session_policy.fresh import Fresh
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
def fresh(fresh_dsn: str) -> Fresh:
    return Fresh(connected(fresh_dsn))


@pytest.fixture(params=LAYOUTS)
def fresh_client(
    request: pytest.FixtureRequest, fresh_app: Callable[[], Flask], fresh_dsn: str
) -> Iterator[FlaskClient | Site]:
    """The application in one process, and served in each way."""
    layout = LAYOUTS[request.param]
    if layout is None:
        yield watched(fresh_app(), fresh_dsn).test_client()
        return
    with served(fresh_app, *layout) as url:
        yield Site(url)


def watched(app: Flask, dsn: str) -> Flask:
    if KEY not in app.extensions:
        SessionPolicy(app, connected(dsn), raises=True)
    return app
