from collections.abc import Iterator

import pytest

from .ours.server import Place


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    place = Place()
    yield place
    place.remove()
