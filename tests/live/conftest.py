from collections.abc import Iterator

import pytest

from tests.server import Server, served


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Server]:
    with served() as server:
        yield server
