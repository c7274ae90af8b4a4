import os
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from page import create_app
from page.models import Contact, db
from session_policy import SessionPolicy

from .rows import row

ROWS = 60


@pytest.fixture
def app() -> Iterator[Flask]:
    """With sixty rows, twenty of which share a second. Each request reads before its view does, as
    Flask-Login would, and fails if it breaks the policy."""
    app = create_app(os.environ["DATABASE_URL"])
    app.before_request(lambda: db.session.get(Contact, "a") and None)
    policy = SessionPolicy(app, db, raises=True)
    with app.app_context():
        db.drop_all()
        db.create_all()
        db.session.add(Contact(address="a", name=""))
        db.session.add_all(row(n) for n in range(1, ROWS + 1))
        db.session.commit()
    yield app
    policy.check()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
