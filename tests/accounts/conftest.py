import pytest

from ledgers.models import User
from tests.accounts.helpers import add_app


@pytest.fixture
def app(user: User) -> None:
    """The user has an authenticator app."""
    add_app(user)
