"""Whoever writes, and by whichever way: it is in the history, with who, how, before and after."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from contacts.files import BookImport, import_book
from history.models import Entry
from imports.models import ImportBatch
from imports.pipeline.importer import Import, import_file
from imports.pipeline.undo import redo, undo
from ledgers.models import Ledger, Role, User
from live.feed import listener_conninfo
from rules.actions import acting, apply
from tests.admin.helpers import admin_url, opened
from tests.factories import (
    UPLOADED,
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_member,
    make_rule,
    make_transaction,
    make_user,
    make_wallet,
)
from tests.live.helpers import elsewhere, is_waited_for
from transactions.models import Label, Transaction

pytestmark = pytest.mark.django_db(transaction=True)
BOOK = b"name,address,chain,note\nMaria,,,\n"


def entries(ledger: Ledger, since: int = 0) -> list[Entry]:
    """Oldest first."""
    return list(Entry.objects.filter(ledger=ledger, pk__gt=since).order_by("pk"))


def told(ledger: Ledger, since: int = 0) -> list[tuple[Any, ...]]:
    return [(e.way, e.writer, e.kind, e.deed, e.changes) for e in entries(ledger, since)]


def last(ledger: Ledger) -> int:
    return max([0, *Entry.objects.filter(ledger=ledger).values_list("pk", flat=True)])


def sql(query: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, values)


@pytest.fixture
def database(db: None) -> str:
    """Its role, which is all that is known of whoever writes SQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        return str(cursor.fetchone()[0])


def url(name: str, ledger: Ledger, *args: Any) -> str:
    return reverse(name, args=[ledger.slug, *args])


def token(client: Client, ledger: Ledger) -> dict[str, str]:
    """What the undo of the message sends."""
    page = client.get(url("transaction_list", ledger))
    (message,) = page.context["messages"]
    return {"token": message.extra_tags.split()[0]}


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def test_each_way_of_writing_is_told_with_its_person(
    client: Client, ledger: Ledger, user: User, root: Client, database: str
) -> None:
    tx, label = make_transaction(ledger), make_label(ledger, "rent")
    rent = {"id": label.pk, "name": "rent"}
    note, labels = url("transaction_note", ledger, tx.pk), url("transaction_labels", ledger, tx.pk)
    bulk, hide = url("transaction_bulk", ledger), {"scope": "selected", "do": "hide", "row": tx.pk}
    undone: dict[str, str] = {}

    def form(root: Client) -> dict[str, Any]:
        return {**opened(root, tx), "note": "y"}

    delete = "UPDATE transactions_transaction SET deleted_at = '2026-01-01Z' WHERE id = %s"
    bring_back = partial(call_command, "restore_transactions", str(tx.pk), ledger=ledger.slug)
    undo_url, set_type = url("undo", ledger), partial(Transaction.objects.update, type="gift")
    deleted, on = "2026-01-01T00:00:00+00:00", {"label": [None, rent]}
    maria, again = make_contact(ledger, "Maria"), make_contact(ledger, "Maria K.")
    named, other = ({"id": each.pk, "name": each.name} for each in (maria, again))
    rule = make_rule(ledger, note="", contact=again)
    merged, into = url("contact_merge", ledger, maria.pk), {"contact_name": "Maria K."}
    set_contact = partial(Transaction.objects.update, contact=again)

    def apply_rule() -> None:
        with transaction.atomic(), acting(user):
            apply(rule, user)

    def revert() -> None:
        client.post(url("entry_reverted", ledger, last(ledger)))

    noted = {"version": 1, "note": "x"}
    rows: list[tuple[Callable[[], Any], str, str, dict[str, Any]]] = [
        (lambda: client.post(note, noted), "page", "ana", {"note": ["", "x"]}),
        (lambda: client.post(labels, {"label": label.pk}), "page", "ana", on),
        (lambda: client.post(labels, {"was": label.pk}), "page", "ana", {"label": [rent, None]}),
        (lambda: client.post(bulk, hide), "bulk", "ana", {"hidden": [False, True]}),
        (lambda: client.post(undo_url, undone), "undo", "ana", {"hidden": [True, False]}),
        (lambda: root.post(admin_url(tx), form(root)), "admin", "root", {"note": ["x", "y"]}),
        (lambda: sql(delete, tx.pk), "sql", database, {"deleted_at": [None, deleted]}),
        (bring_back, "command", database, {"deleted_at": [deleted, None]}),
        (set_type, "sql", database, {"type": ["deposit", "gift"]}),
        (apply_rule, "rule", "ana", {"contact": [None, other]}),
        (revert, "revert", "ana", {"contact": [other, None]}),
        (set_contact, "sql", database, {"contact": [None, other]}),
        (lambda: client.post(merged, into), "page", "ana", {"contact": [other, named]}),
    ]

    for write, way, who, changes in rows:
        if way == "undo":
            undone |= token(client, ledger)
        since = last(ledger)
        write()
        of_row = [entry for entry in told(ledger, since) if entry[2] == "transaction"]
        assert of_row == [(way, who, "transaction", "changed", changes)]


def test_history_has_the_time_and_the_user(client: Client, ledger: Ledger, user: User) -> None:
    tx = make_transaction(ledger)

    client.post(url("transaction_note", ledger, tx.pk), {"version": 1, "note": "x"})

    tx.refresh_from_db()
    entry = entries(ledger)[-1]
    assert (entry.by, entry.object_id) == (user, tx.pk)
    assert abs((entry.at - tx.edited_at).total_seconds()) < 1


def test_new_rows_of_an_import_are_told_by_their_batch(ledger: Ledger, user: User) -> None:
    make_wallet(ledger, "Kraken")
    since = last(ledger)
    labelled = UPLOADED.replace("Currency\n", "Currency,Label\n").replace("BTC\n", "BTC,reward\n")

    result = import_file(
        Import(ledger, "Kraken", user=user), BytesIO(labelled.encode()), "export.csv"
    )

    assert result.transactions == 1
    assert told(ledger, since) == []


def test_import_that_is_undone_and_brought_back(ledger: Ledger, user: User) -> None:
    make_wallet(ledger, "Kraken")
    result = import_file(Import(ledger, "Kraken"), BytesIO(UPLOADED.encode()), "export.csv")
    batch, since = ImportBatch.objects.get(pk=result.batch), last(ledger)

    undo(batch, user, keep=False)
    redo(batch, user)

    taken_out, back = told(ledger, since)
    name = {"id": batch.pk, "name": "export.csv"}
    assert taken_out[:4] == back[:4] == ("undo", "ana", "transaction", "changed")
    assert taken_out[4]["undone_import"] == [None, name]
    assert back[4]["undone_import"] == [name, None]


def test_row_that_is_imported_again_has_its_history(client: Client, ledger: Ledger) -> None:
    make_wallet(ledger, "Kraken")
    job = Import(ledger, "Kraken")
    result = import_file(job, BytesIO(UPLOADED.encode()), "export.csv")
    tx = Transaction.objects.get()
    client.post(url("transaction_note", ledger, tx.pk), {"version": 1, "note": "x"})
    undo(ImportBatch.objects.get(pk=result.batch), None, keep=False)

    import_file(job, BytesIO(UPLOADED.encode()), "export.csv")

    again = Transaction.objects.get()
    assert again.pk != tx.pk
    of_row = Entry.objects.filter(kind="transaction", object_id=again.pk).order_by("pk")
    assert of_row.first().changes == {"note": ["", "x"]}  # type: ignore[union-attr]
    assert not Entry.objects.filter(kind="transaction", object_id=tx.pk).exists()


def test_address_book_from_a_file(ledger: Ledger, user: User) -> None:
    since = last(ledger)

    import_book(BookImport(ledger, user=user), BytesIO(BOOK), "book.csv")

    assert [row[:4] for row in told(ledger, since)] == [("book", "ana", "contact", "created")]


def test_contacts_that_are_merged_are_one_act(client: Client, ledger: Ledger, user: User) -> None:
    """Their names stay readable when one of them is gone."""
    kept, other = make_contact(ledger, "Maria"), make_contact(ledger, "M. Keller", note="old")
    address = make_address(ledger, contact=other)
    since = last(ledger)

    client.post(url("contact_merge", ledger, kept.pk), {"contact_name": "M. Keller"})

    done = entries(ledger, since)
    assert {entry.act for entry in done} == {done[0].act}
    names = [{"id": other.pk, "name": "M. Keller"}, {"id": kept.pk, "name": "Maria"}]
    assert [(e.kind, e.deed, e.name, e.contact_id) for e in done] == [
        ("address", "changed", address.shown, kept.pk),
        ("contact", "changed", "Maria", kept.pk),
        ("contact", "removed", "M. Keller", other.pk),
    ]
    assert done[0].changes == {"contact": names}
    assert done[1].changes == {"note": ["", "old"]}
    assert {(e.way, e.writer) for e in done} == {("page", "ana")}


def test_membership_is_told(client: Client, ledger: Ledger) -> None:
    ben = make_user("ben")
    member = make_member(ledger, ben, Role.VIEWER)
    since = last(ledger)

    client.post(url("member_role", ledger, member.pk), {"role": Role.EDITOR.value})
    client.post(url("member_removed", ledger, member.pk))

    changed, removed = told(ledger, since)
    assert changed == ("page", "ana", "membership", "changed", {"role": [1, 3]})
    assert removed[:4] == ("page", "ana", "membership", "removed")
    assert entries(ledger)[-1].name == "ben"


def test_label_that_is_deleted_is_told_with_its_rows(ledger: Ledger, database: str) -> None:
    label = make_label(ledger, "rent")
    tx, rent = make_transaction(ledger, labels=[label]), {"id": label.pk, "name": "rent"}
    since = last(ledger)

    label.delete()

    off, gone = entries(ledger, since)
    assert (off.kind, off.object_id, off.changes) == ("transaction", tx.pk, {"label": [rent, None]})
    assert (gone.kind, gone.deed, gone.changes["name"]) == ("label", "removed", ["rent", None])


def test_amounts_are_exact(ledger: Ledger) -> None:
    amount = Decimal(f"{10**77 + 1}.{1:036}")
    tx = make_transaction(ledger, received=("1.50", "ETH"))

    Transaction.objects.filter(pk=tx.pk).update(received_amount=amount)

    was, became = entries(ledger)[-1].changes["received_amount"]
    assert (str(was), became) == ("1.50", amount)


def test_statement_over_many_rows_is_one_act(ledger: Ledger) -> None:
    for _ in range(3):
        make_transaction(ledger)
    since = last(ledger)

    Transaction.objects.update(hidden=True)
    Transaction.objects.update(hidden=True)  # changes nothing
    with transaction.atomic():
        Transaction.objects.update(note="x")
        Label.objects.create(ledger=ledger, name="new")

    done = entries(ledger, since)
    acts = list(dict.fromkeys(entry.act for entry in done))
    assert [[e.act for e in done].count(act) for act in acts] == [3, 4]
    assert len({entry.pk for entry in done}) == 7


def test_what_is_rolled_back_was_never_there(ledger: Ledger) -> None:
    tx = make_transaction(ledger)
    since = last(ledger)

    with transaction.atomic():
        Transaction.objects.filter(pk=tx.pk).update(note="x")
        transaction.set_rollback(True)

    assert told(ledger, since) == []


def test_way_ends_with_its_request(client: Client, ledger: Ledger, database: str) -> None:
    """What comes next over the same connection is not taken for the same person's."""
    tx = make_transaction(ledger)
    client.post(url("transaction_note", ledger, tx.pk), {"version": 1, "note": "x"})

    sql("UPDATE transactions_transaction SET note = 'y' WHERE id = %s", tx.pk)

    assert [row[:2] for row in told(ledger)[-2:]] == [("page", "ana"), ("sql", database)]


def test_history_goes_with_its_ledger(ledger: Ledger) -> None:
    other = make_ledger()
    make_transaction(other, labels=[make_label(other)])
    make_transaction(ledger)

    other.transactions.all().delete()
    other.delete()

    assert set(Entry.objects.values_list("ledger", flat=True)) == {ledger.pk}


def test_what_is_written_while_its_ledger_goes_goes_with_it(user: User) -> None:
    """No foreign key says so."""
    other = make_ledger()
    edit = "UPDATE transactions_transaction SET note = 'x' WHERE id = %s"

    def go() -> None:
        other.transactions.all().delete()
        other.delete()

    with psycopg.connect(listener_conninfo()) as editing, ThreadPoolExecutor(1) as pool:
        editing.execute(edit, [make_transaction(other).pk])
        going = pool.submit(elsewhere, go)
        while not is_waited_for(editing):
            assert not going.done()
            wait([going], timeout=0.01)
        editing.commit()
        going.result()

    assert not Entry.objects.exclude(ledger__in=Ledger.objects.all()).exists()
