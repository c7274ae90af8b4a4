from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import CharField

from ledgers.models import Ledger
from live.feed import listener_conninfo
from tests.factories import make_label
from transactions.models import Label
from txproject.database import configure
from txproject.prepared import IsAnyOf, Parameter, Prepared, instances, keys, prepared_rows

NAME = '50 % of "it" isn\'t %s'


def named() -> Prepared:
    wanted = Label.objects.filter(IsAnyOf("pk", keys("ids")), name=NAME)
    return Prepared(lambda: wanted.values_list("pk", "name").order_by("pk"))


def known(text: str) -> int:
    """How many prepared statements of this connection have the text."""
    with connection.cursor() as cursor:
        asked = "SELECT count(*) FROM pg_prepared_statements WHERE position(%s in statement) > 0"
        cursor.execute(asked, [text])
        return int(cursor.fetchone()[0])


@pytest.fixture
def fresh_connection(transactional_db: None) -> Iterator[None]:
    connection.close()
    yield
    connection.close()


def test_constants_stand_in_the_statement_as_they_are(ledger: Ledger) -> None:
    one, other = make_label(ledger, NAME), make_label(ledger, "other")

    assert list(named()(ids=[one.pk, other.pk])) == [(one.pk, NAME)]
    assert list(named()(ids=[])) == []


def test_rows_of_a_query_of_models_are_instances(ledger: Ledger) -> None:
    label = make_label(ledger, "tax")
    of_name = Prepared(lambda: Label.objects.filter(name=Parameter("name", CharField())))

    found = list(instances(Label, of_name(name="tax")))

    assert [each.__dict__.keys() for each in found] == [Label.objects.get().__dict__.keys()]
    assert found == [label]
    assert not found[0]._state.adding


def test_statement_is_planned_once_on_a_connection_of_a_server(
    fresh_connection: None, ledger: Ledger
) -> None:
    """By itself PostgreSQL would plan this one each time: it has hardly any rows."""
    query, label = named(), make_label(ledger, NAME)
    configure(connection)

    for _ in range(2):
        list(query(ids=[label.pk]))

    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements")
        assert cursor.fetchall() == [(2, 0)]


def test_statement_is_prepared_once_and_sees_what_came_since(
    fresh_connection: None, ledger: Ledger
) -> None:
    query, label = named(), make_label(ledger, NAME)
    assert [pk for pk, _name in query(ids=[label.pk])] == [label.pk]

    Label.objects.filter(pk=label.pk).update(name="renamed")

    assert list(query(ids=[label.pk])) == []
    assert known("isn''t") == 1


def test_nothing_is_prepared_where_settings_say_so(
    fresh_connection: None, ledger: Ledger, settings: Any
) -> None:
    settings.PREPARED_STATEMENTS = False
    label = make_label(ledger, NAME)

    assert list(named()(ids=[label.pk])) == [(label.pk, NAME)]
    assert known("isn''t") == 0


def test_queries_are_counted_like_djangos_own(
    ledger: Ledger, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2) as log:
        list(named()(ids=[1]))
        prepared_rows("SELECT %s::int", [7])

    assert '"transactions_label"' in log.captured_queries[0]["sql"]


def test_query_is_asked_again_where_its_connection_was_lost(
    fresh_connection: None, ledger: Ledger
) -> None:
    query, label = named(), make_label(ledger, NAME)
    assert list(query(ids=[label.pk]))
    terminate(connection)
    of_request: Any = connection
    of_request.health_check_done = False  # as each request begins
    assert of_request.connection is not None

    assert list(query(ids=[label.pk])) == [(label.pk, NAME)]


def terminate(lost: Any) -> None:
    with psycopg.connect(listener_conninfo(), autocommit=True) as other:
        pid = lost.connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
