import os
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from page import create_app
from page.models import Contact, db

from tests.rows import row

ROWS = 60


@pytest.fixture
def app() -> Iterator[Flask]:
    """With sixty rows, twenty of which share a second."""
    app = create_app(os.environ["DATABASE_URL"])
    with app.app_context():
        db.drop_all()
        db.create_all()
        db.session.add(Contact(address="a", name=""))
        db.session.add_all(row(n) for n in range(1, ROWS + 1))
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
