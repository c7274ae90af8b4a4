from typing import Any

import pytest
from django.db import InternalError, connection
from django.test import Client

from ledgers.models import Ledger
from live.snapshot import snapshot
from tests.factories import make_ledger, make_transaction, make_user
from tests.live.helpers import elsewhere


@pytest.mark.django_db(transaction=True)
def test_snapshot_shows_one_moment_whatever_is_written_meanwhile() -> None:
    make_ledger(slug="before")

    with snapshot():
        first = Ledger.objects.count()
        elsewhere(make_ledger, slug="meanwhile")
        second = Ledger.objects.count()

    assert (first, second, Ledger.objects.count()) == (1, 1, 2)


@pytest.mark.django_db(transaction=True)
def test_snapshot_cannot_write_and_leaves_the_connection_as_it_was() -> None:
    with pytest.raises(InternalError, match="read-only"), snapshot():
        make_ledger()

    make_ledger(slug="after")
    raw = connection.connection
    assert (raw.isolation_level, raw.read_only, raw.info.transaction_status.name) == (
        None,
        None,
        "IDLE",
    )


@pytest.mark.django_db(transaction=True)
def test_snapshot_costs_two_round_trips(django_assert_num_queries: Any) -> None:
    Ledger.objects.count()

    with django_assert_num_queries(3) as seen, snapshot():
        Ledger.objects.count()

    assert [query["sql"].split()[0] for query in seen.captured_queries] == [
        "BEGIN",
        "SELECT",
        "COMMIT",
    ]


@pytest.fixture
def page(transactional_db: None) -> Any:
    ana = make_user("ana")
    ledger = make_ledger(owner=ana, slug="keller")
    client = Client()
    client.force_login(ana)
    return lambda: client.get(f"/{ledger.slug}/transactions/")


def test_page_shows_what_was_committed_before_it_was_asked_for(page: Any) -> None:
    page()
    elsewhere(make_transaction, Ledger.objects.get(), note="written a moment ago")

    response = page()

    assert "written a moment ago" in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"
    assert connection.connection.info.transaction_status.name == "IDLE"
