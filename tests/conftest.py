from collections.abc import Iterator

import pytest
from django.test import Client

from ledgers.models import Ledger, Role, User
from tests.factories import make_ledger, make_member, make_user
from tests.guards import watched


@pytest.fixture(autouse=True)
def no_request_leaves_a_transaction_open() -> Iterator[None]:
    """Its next query would be answered from an old snapshot."""
    with watched() as found:
        yield
    assert found == []


@pytest.fixture
def user(db: None) -> User:
    return make_user("ana")


@pytest.fixture
def ledger(user: User) -> Ledger:
    return make_ledger(owner=user, name="Keller family", slug="keller")


@pytest.fixture
def client(user: User, ledger: Ledger) -> Client:
    """Logged in as the owner of `ledger`."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def annotator(ledger: Ledger) -> User:
    ben = make_user("ben")
    make_member(ledger, ben, Role.ANNOTATOR)
    return ben
