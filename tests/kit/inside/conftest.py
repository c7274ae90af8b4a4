"""These run in the laboratory's environment, by tests/kit/test_plugin.py."""

import os
from functools import partial

import pytest

from tests.kit.apps import library

URL = "postgresql+psycopg://"


@pytest.fixture
def fresh_app():
    return partial(library.create_app, URL, os.environ.get("KIT_FAULT", ""))


@pytest.fixture
def fresh_dsn() -> str:
    return URL
