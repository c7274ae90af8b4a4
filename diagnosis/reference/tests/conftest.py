import os
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from page.models import Contact, db
from session_policy import SessionPolicy

from .application import application, row

ROWS = 60


@pytest.fixture
def fresh_dsn() -> str:
    return os.environ["DATABASE_URL"]


@pytest.fixture
def fresh_app(fresh_dsn: str) -> Callable[[], Flask]:
    """With sixty rows, twenty of which share a second."""
    app = application(fresh_dsn)
    with app.app_context():
        db.drop_all()
        db.create_all()
        db.session.add(Contact(address="a", name=""))
        db.session.add_all(row(n) for n in range(1, ROWS + 1))
        db.session.commit()
        db.engine.dispose()
    return partial(application, fresh_dsn)


@pytest.fixture
def app(fresh_app: Callable[[], Flask]) -> Iterator[Flask]:
    """A request that breaks the policy fails."""
    app = fresh_app()
    policy = SessionPolicy(app, db, raises=True)
    yield app
    policy.check()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
