"""The history as it is read: all of a ledger, of one row, of a contact; filtered, page by page."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from history.filters import HistoryFilter
from history.models import Entry
from history.queries import SIZE, page_of
from ledgers.models import Ledger, Role, User
from live.writers import Way, writing
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_member,
    make_transaction,
    make_user,
)
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)


def url(name: str, ledger: Ledger, *args: Any) -> str:
    return reverse(name, args=[ledger.slug, *args])


def page(client: Client, ledger: Ledger, **query: Any) -> Any:
    response = client.get(url("history", ledger), query)
    assert response.status_code == 200
    return response


def shown(response: Any) -> list[int]:
    return [entry.key for act in response.context["acts"] for entry in act.entries]


def entries(ledger: Ledger, n: int) -> list[int]:
    """The newest first."""
    before = Entry.objects.filter(ledger=ledger).count()
    make_transaction(ledger)
    for k in range(n):
        Transaction.objects.filter(ledger=ledger).update(note=f"note {k}")
    made = Entry.objects.filter(ledger=ledger).order_by("-pk").values_list("pk", flat=True)
    return list(made[: made.count() - before])


def test_history_says_who_what_it_was_and_what_it_became(
    client: Client, ledger: Ledger, user: User
) -> None:
    tx = make_transaction(ledger, note="old note", hidden=False)
    with writing(Way.PAGE, user):
        Transaction.objects.filter(pk=tx.pk).update(note="new <b>note</b>", hidden=True)

    text = page(client, ledger).content.decode()

    page_of_row = url("transaction_detail", ledger, tx.pk)
    for part in ("ana", "old note", "new &lt;b&gt;note&lt;/b&gt;", "hidden", page_of_row):
        assert part in text


def test_history_of_another_ledger_is_not_told(client: Client, ledger: Ledger) -> None:
    other = make_ledger()
    make_label(other, "secret")

    assert "secret" not in page(client, ledger).content.decode()


def test_names_stay_when_things_are_gone(client: Client, ledger: Ledger) -> None:
    maria = make_contact(ledger, "Maria")
    tx = make_transaction(ledger, contact=maria)
    client.post(url("contact_delete", ledger, maria.pk), {"version": maria.version})

    of_row = page(client, ledger, kind="transaction", row=tx.pk).content.decode()

    assert "<del>Maria</del>" in of_row


def test_pages_come_after_each_other(client: Client, ledger: Ledger) -> None:
    """Whatever is written meanwhile."""
    made = entries(ledger, SIZE + 10)

    first = page(client, ledger)
    make_label(ledger)
    second = client.get(f"{url('history', ledger)}{first.context['older']}")

    assert [*shown(first), *shown(second)][: len(made)] == made
    assert len(shown(first)) == SIZE


def test_each_filter_narrows(client: Client, ledger: Ledger, user: User) -> None:
    make_member(ledger, make_user("ben"), Role.VIEWER)
    tx, contact = make_transaction(ledger), make_contact(ledger)
    address = make_address(ledger, contact=contact)
    with writing(Way.BULK, user):
        Transaction.objects.update(hidden=True)
    bulk = Entry.objects.latest("pk")
    rows = Entry.objects.filter(ledger=ledger)
    Entry.objects.filter(kind="membership").update(at=timezone.now() - timedelta(days=9))
    day = (timezone.now() - timedelta(days=5)).date()

    assert shown(page(client, ledger, who="ana")) == [bulk.pk]
    assert shown(page(client, ledger, way="bulk")) == [bulk.pk]
    of_members = rows.filter(kind="membership")
    assert set(shown(page(client, ledger, kind="membership"))) == keys(of_members)
    assert set(shown(page(client, ledger, since=day))) == keys(rows.exclude(kind="membership"))
    assert set(shown(page(client, ledger, until=day))) == keys(of_members)
    assert set(shown(page(client, ledger, kind="transaction", row=tx.pk))) == keys(
        rows.filter(kind="transaction", object_id=tx.pk)
    )
    assert set(shown(page(client, ledger, contact=contact.pk))) == keys(
        rows.filter(object_id__in=[contact.pk, address.pk], kind__in=["contact", "address"])
    )
    assert shown(page(client, ledger, act=bulk.pk)) == [bulk.pk]


def keys(rows: Any) -> set[int]:
    return set(rows.values_list("pk", flat=True))


def test_what_is_not_understood_shows_no_entries(client: Client, ledger: Ledger) -> None:
    make_label(ledger)

    for query in ({"way": "x"}, {"since": "soon"}, {"who": "nobody"}, {"row": "x"}):
        assert shown(page(client, ledger, **query)) == []


def test_what_is_not_understood_is_said_at_its_field(client: Client, ledger: Ledger) -> None:
    text = page(client, ledger, since="soon", until="2024-01-01").content.decode()

    assert 'aria-describedby="id_since_error"' in text
    assert 'id="id_since_error" role="alert"' in text
    assert text.count("Enter a valid date.") == 1


@pytest.mark.parametrize("n", [1, 30])
def test_queries_do_not_depend_on_entries(
    n: int, client: Client, ledger: Ledger, django_assert_num_queries: Any
) -> None:
    entries(ledger, n)
    make_label(ledger)

    with django_assert_num_queries(QUERIES):
        page(client, ledger)


QUERIES = 11


def test_viewer_reads_and_takes_nothing_back(ledger: Ledger) -> None:
    ben = make_user("ben")
    make_member(ledger, ben, Role.VIEWER)
    client = Client()
    client.force_login(ben)
    make_label(ledger, "rent")

    text = page(client, ledger).content.decode()

    assert "rent" in text
    assert "Take back" not in text


def test_pages_of_a_row_and_of_a_contact_tell_the_last(client: Client, ledger: Ledger) -> None:
    contact = make_contact(ledger, "Maria")
    address = make_address(ledger, contact=contact)
    tx = make_transaction(ledger)
    Transaction.objects.update(note="a long story")
    address.note = "the old one"
    address.save(update_fields=["note"])

    of_row = client.get(url("transaction_detail", ledger, tx.pk)).content.decode()
    of_contact = client.get(url("contact", ledger, contact.pk)).content.decode()

    assert "<ins>a long story</ins>" in of_row
    assert f"{url('history', ledger)}?kind=transaction&amp;row={tx.pk}" in of_row
    assert "<ins>the old one</ins>" in of_contact
    assert f"{url('history', ledger)}?contact={contact.pk}" in of_contact


def plan(rows: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("SET enable_bitmapscan = off")
        cursor.execute("SET enable_sort = off")
    try:
        return str(rows.latest_first()[: SIZE + 1].explain())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ALL")


def drop_index(name: str) -> None:
    """Until the test is over."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP INDEX {name}")


def test_each_page_is_read_from_an_index_in_its_order(ledger: Ledger) -> None:
    """With the place of the page before as a condition of the index, and nothing sorted."""
    make_contact(ledger)
    last = Entry.objects.latest("pk").pk
    indexes = {
        "time": {},
        "writer": {"who": Entry.objects.get(pk=last).writer},
        "way": {"way": "sql"},
        "kind": {"kind": "contact"},
        "contact": {"contact": 5},
    }

    for name, query in indexes.items():
        rows = HistoryFilter({**query, "before": last}, ledger).entries
        found = plan(rows)
        if name == "time":  # of so few entries it does for the others as well
            drop_index(f"history_{name}")
        assert f"history_{name}" in found
        assert "Sort" not in found
        assert "Index Cond" in found
        assert "ROW(at, id) <" in found.partition("Index Cond")[2].partition("\n")[0], found


def test_page_of_no_entries_is_blank(client: Client) -> None:
    assert page_of(Entry.objects.none()).last is None
