from collections.abc import Iterator

import pytest

from tests.watch.site import Site


@pytest.fixture(scope="session")
def place() -> Iterator[Site]:
    place = Site()
    yield place
    place.remove()


@pytest.fixture(scope="module")
def site(place: Site) -> Iterator[Site]:
    place.serve()
    yield place
    place.stop_serving()
