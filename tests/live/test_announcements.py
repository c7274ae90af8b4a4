"""Whoever writes, and however: what a page shows has changed, and that is announced."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction

from ledgers.models import Ledger, Role, Session, User
from live.feed import CHANNEL, WRITER, listener_conninfo, session_hash
from tests.factories import make_label, make_ledger, make_member, make_transaction, make_user
from transactions.models import Label, MonthCount, NoteWord, Transaction

pytestmark = pytest.mark.django_db(transaction=True)
# Numbers of months and words of notes change with rows alone, which are announced.
OTHERWISE = (User, Session, MonthCount, NoteWord)
OURS = {"ledgers", "contacts", "history", "rules", "transactions"}


@pytest.fixture
def heard() -> Iterator[Callable[[], list[str]]]:
    with psycopg.connect(listener_conninfo(), autocommit=True) as listening:
        listening.execute(f"LISTEN {CHANNEL}")

        def since_last_asked() -> list[str]:
            """All that was announced: a notice of our own comes after everything before it."""
            with connection.cursor() as cursor:
                cursor.execute(f"NOTIFY {CHANNEL}, 'that is all'")
            payloads = []
            for notice in listening.notifies(timeout=10):
                if notice.payload == "that is all":
                    return payloads
                what, _, writer = notice.payload.rpartition(f",{WRITER}")
                assert int(writer)
                payloads.append(what)
            raise TimeoutError

        yield since_last_asked


def sql(query: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, values)


def test_every_model_of_ours_is_announced() -> None:
    wanted = {f"announce_{each}" for each in ("insert", "update", "delete", "truncate")}

    for model in apps.get_models():
        if model._meta.app_label not in OURS or model._meta.proxy or model in OTHERWISE:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                [model._meta.db_table],
            )
            there = {name.removeprefix("pgtrigger_")[:-6] for (name,) in cursor.fetchall()}
        assert wanted <= there, model


def test_each_way_of_writing_is_announced_once(heard: Callable[[], list[str]]) -> None:
    ledger = make_ledger()
    tx = make_transaction(ledger)
    label = make_label(ledger)
    heard()
    ways: dict[str, Callable[[], Any]] = {
        "update": lambda: Transaction.objects.filter(pk=tx.pk).update(note="x"),
        "sql": lambda: sql("UPDATE transactions_transaction SET note = 'y' WHERE id = %s", tx.pk),
        "many": lambda: Label.objects.bulk_create(
            Label(ledger=ledger, name=f"one of many {n}") for n in range(300)
        ),
        "m2m": lambda: tx.labels.add(label, through_defaults={"ledger": ledger}),
        "cascade": lambda: label.delete(),
    }

    assert {name: (way(), heard())[1] for name, way in ways.items()} == {
        name: [str(ledger.pk)] for name in ways
    }


def test_transaction_announces_once_and_when_it_is_committed(
    heard: Callable[[], list[str]],
) -> None:
    ledger, other = make_ledger(), make_ledger()
    heard()

    with transaction.atomic():
        for _ in range(3):
            make_label(ledger)
        make_label(other)
    said = heard()
    with transaction.atomic():
        make_label(ledger)
        transaction.set_rollback(True)

    assert sorted(said) == sorted([str(ledger.pk), str(other.pk)])
    assert heard() == []


def test_statement_over_many_ledgers_tells_everybody(heard: Callable[[], list[str]]) -> None:
    Ledger.objects.bulk_create(Ledger(name=f"{n}", slug=f"l{n}") for n in range(101))
    assert heard() == ["*"]

    sql("DELETE FROM ledgers_ledger")
    assert heard() == ["*"]


def test_nothing_is_said_where_no_row_was_touched(heard: Callable[[], list[str]]) -> None:
    Transaction.objects.filter(pk=-1).update(note="x")
    sql("DELETE FROM transactions_label WHERE false")

    assert heard() == []


def test_access_that_changes_is_announced(heard: Callable[[], list[str]]) -> None:
    ledger = make_ledger(owner=make_user("ana"))
    ben = make_user("ben")
    member = make_member(ledger, ben, Role.EDITOR)
    heard()

    ledger.change_role(member, Role.VIEWER)
    assert set(heard()) == {str(ledger.pk), f"u{ben.pk}"}
    User.objects.filter(pk=ben.pk).update(last_login="2026-01-01T00:00:00Z")
    assert heard() == []
    User.objects.filter(pk=ben.pk).update(first_name="Benjamin")
    assert heard() == [str(ledger.pk)]
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert heard() == [f"u{ben.pk}"]
    ledger.remove(member)
    assert set(heard()) == {str(ledger.pk), f"u{ben.pk}"}


def test_session_that_ends_is_announced_without_its_key(
    client: Any, heard: Callable[[], list[str]]
) -> None:
    key = client.session.session_key
    heard()

    client.post("/logout/")

    assert f"s{session_hash(key)}" in heard()
