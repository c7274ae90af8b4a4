"""What nobody has looked at: how it comes, how it goes, and whose it is."""

import io
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from history.models import Entry
from imports.archive import restore, written
from imports.models import ImportBatch
from imports.pipeline.undo import redo, undo
from ledgers.models import Ledger, Membership, Role, User
from live.feed import listener_conninfo
from live.writers import Way, writing
from tests.factories import NOON, make_label, make_ledger, make_member, make_transaction, make_user
from tests.imports.helpers import run
from tests.imports.uploads import koinly
from transactions.models import NewRow, Transaction
from transactions.models.review import MAX_NEW
from transactions.queries.listing import Listing

pytestmark = pytest.mark.django_db
# Each request with an act of its own.
committed = pytest.mark.django_db(transaction=True)
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def listed(client: Client, ledger: Ledger, query: str = "?review=new") -> set[int]:
    page = client.get(reverse("transaction_list", args=[ledger.slug]) + query)
    return {row.id for group in page.context["groups"] for row in group.rows}


def said(client: Client, ledger: Ledger) -> str:
    """In the navigation."""
    part = client.get(reverse("review_count", args=[ledger.slug]), headers=PARTIAL)
    return part.content.decode().split(">")[1].split("<")[0].strip()


def waiting(tx: Transaction, reader: int = 0) -> NewRow:
    return NewRow.objects.get(transaction=tx, reader=reader)


def post(client: Client, tx: Transaction, **data: Any) -> list[Any]:
    url = reverse("transaction_reviewed", args=[tx.ledger.slug, tx.pk])
    return list(client.post(url, data, follow=True).context["messages"])


def review(client: Client, tx: Transaction, reader: int = 0) -> list[Any]:
    return post(client, tx, seen=waiting(tx, reader).pk)


def undone(client: Client, ledger: Ledger, message: Any) -> list[Any]:
    url = reverse("undo", args=[ledger.slug])
    page = client.post(url, {"token": message.extra_tags}, follow=True)
    return [str(each) for each in page.context["messages"]]


def reviews(ledger: Ledger) -> list[tuple[str, str, str]]:
    told = Entry.objects.filter(ledger=ledger, kind=Entry.Kind.REVIEW).order_by("pk")
    return list(told.values_list("deed", "way", "writer"))


def bulk(client: Client, ledger: Ledger, do: str, query: str = "", **data: Any) -> Any:
    where = reverse("transaction_list", args=[ledger.slug]) + query
    of = {"do": do, "scope": "all", "next": where, "seen": seen(client, ledger, query)}
    return client.post(reverse("transaction_bulk", args=[ledger.slug]), of | data, follow=True)


def seen(client: Client, ledger: Ledger, query: str = "") -> str:
    """What the page of many at once says that it showed."""
    where = reverse("transaction_list", args=[ledger.slug]) + query
    page = client.get(reverse("transaction_bulk", args=[ledger.slug]), {"next": where})
    return str(page.context["seen"])


def test_what_came_is_new_until_it_is_reviewed_and_after_undo_again(
    client: Client, ledger: Ledger
) -> None:
    tx, other = make_transaction(ledger), make_transaction(ledger)
    assert (listed(client, ledger), said(client, ledger)) == ({tx.pk, other.pk}, "2")
    version = tx.version

    (message,) = review(client, tx)

    assert listed(client, ledger) == {other.pk}
    assert listed(client, ledger, "?review=reviewed") == {tx.pk}
    assert said(client, ledger) == "1"
    assert reviews(ledger) == [("reviewed", "page", "ana")]
    tx.refresh_from_db()
    assert tx.version == version  # whoever is editing it meanwhile may save

    assert undone(client, ledger, message) == ["1 transaction is new again."]
    assert listed(client, ledger) == {tx.pk, other.pk}
    assert reviews(ledger)[1:] == [("renewed", "undo", "ana")]
    assert waiting(tx).why == NewRow.Why.CAME


def test_what_one_writes_by_hand_is_not_new(user: User, ledger: Ledger) -> None:
    with writing(Way.PAGE, user):
        make_transaction(ledger)

    assert not NewRow.objects.exists()


@pytest.mark.parametrize(
    ("way", "new"),
    [
        *[(way, False) for way in (Way.PAGE, Way.BULK, Way.RULE, Way.UNDO, Way.REVERT)],
        *[(way, True) for way in (Way.IMPORT, Way.ADMIN, Way.COMMAND, Way.SQL, None)],
    ],
)
def test_change_from_outside_makes_it_new_again(
    client: Client, user: User, ledger: Ledger, way: Way | None, new: bool
) -> None:
    tx = make_transaction(ledger)
    review(client, tx)

    with writing(way or Way.SQL, user):
        Transaction.objects.filter(pk=tx.pk).update(note="by somebody")

    found = NewRow.objects.filter(transaction=tx).values_list("why", flat=True)
    assert list(found) == (["changed"] if new else [])


@committed
def test_row_that_is_new_again_says_what_was_changed(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger, note="before")
    review(client, tx)

    Transaction.objects.filter(pk=tx.pk).update(note="quite another")
    page = client.get(tx.get_absolute_url())

    (act,) = page.context["changed_since"]
    assert [(each.was, each.became) for each in act.entries[0].changes] == [
        ("before", "quite another")
    ]
    assert "Changed since it was reviewed:" in page.content.decode()
    page = client.get(reverse("transaction_list", args=[ledger.slug]))
    assert '<span class="fresh">changed</span>' in page.content.decode()


def test_label_from_outside_makes_it_new_again_and_one_of_a_person_does_not(
    client: Client, user: User, ledger: Ledger
) -> None:
    tax, mine = make_label(ledger, "tax"), make_label(ledger, "mine")
    tx = make_transaction(ledger)
    review(client, tx)

    with writing(Way.PAGE, user):
        tx.relabel(add=[mine.pk], remove=[])
    assert listed(client, ledger) == set()
    with writing(Way.SQL):
        tx.relabel(add=[tax.pk], remove=[])
    assert listed(client, ledger) == {tx.pk}
    review(client, tx)
    with writing(Way.SQL):
        tx.relabel(add=[], remove=[tax.pk])
    assert listed(client, ledger) == {tx.pk}


def test_change_that_was_not_seen_is_not_reviewed(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger)
    seen = waiting(tx).pk

    with writing(Way.SQL):
        Transaction.objects.filter(pk=tx.pk).update(note="meanwhile")
    (message,) = post(client, tx, seen=seen)

    assert str(message) == "It was changed since you saw it, so it is still new."
    assert listed(client, ledger) == {tx.pk}


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40, "١"])
def test_number_that_is_none_reviews_nothing(client: Client, ledger: Ledger, seen: str) -> None:
    tx = make_transaction(ledger)

    post(client, tx, seen=seen)

    assert listed(client, ledger) == {tx.pk}


def test_second_of_two_who_review_one_row_is_told_so(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger)
    seen = waiting(tx).pk

    first, second = (post(client, tx, seen=seen) for _ in range(2))

    assert [str(each) for each in (*first, *second)] == ["Reviewed.", "It is reviewed already."]


@committed
def test_two_who_review_one_row_at_once_have_reviewed_it_once(
    client: Client, ledger: Ledger
) -> None:
    tx, start = make_transaction(ledger), Barrier(2)
    seen = waiting(tx).pk
    make_member(ledger, other := make_user(), Role.ANNOTATOR)
    theirs = Client()
    theirs.force_login(other)

    def reviewed(by: Client) -> str:
        """What the page says: a response's context may be another thread's."""
        try:
            start.wait()
            page = by.post(where, {"seen": seen}, follow=True).content.decode()
            return next(said for said in both if f"<span>{said}</span>" in page)
        finally:
            connection.close()

    both = ["It is reviewed already.", "Reviewed."]
    where = reverse("transaction_reviewed", args=[ledger.slug, tx.pk])
    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(reviewed, (client, theirs)))

    assert said == both
    assert len(reviews(ledger)) == 1
    assert listed(client, ledger) == set()


@committed
def test_who_reviews_while_it_is_changed_waits_and_reviews_nothing(
    client: Client, ledger: Ledger
) -> None:
    tx = make_transaction(ledger)
    seen = waiting(tx).pk

    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("UPDATE transactions_transaction SET note = 'x' WHERE id = %s", [tx.pk])
            reviewer.start()
            while reviewer.is_alive() and not waits():
                cursor.execute("SELECT pg_sleep(0.01)")
            cursor.execute("COMMIT")

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
                " AND locktype IN ('transactionid', 'tuple')"
            )
            return cursor.rowcount > 0

    def reviewed() -> None:
        texts.extend(str(message) for message in post(client, tx, seen=seen))
        connection.close()

    texts: list[str] = []
    reviewer = Thread(target=reviewed)
    change()
    reviewer.join()

    assert texts == ["It was changed since you saw it, so it is still new."]
    assert listed(client, ledger) == {tx.pk}


@committed
def test_row_is_marked_as_new_and_undo_marks_it_as_reviewed(client: Client, ledger: Ledger) -> None:
    tx = make_transaction(ledger)
    review(client, tx)

    (message,) = post(client, tx)
    assert listed(client, ledger) == {tx.pk}
    assert reviews(ledger)[-1] == ("renewed", "page", "ana")

    assert undone(client, ledger, message) == ["1 transaction is reviewed."]
    assert listed(client, ledger) == set()


@committed
def test_selected_rows_are_reviewed_at_once_and_new_again_after_undo(
    client: Client, ledger: Ledger
) -> None:
    rows = [make_transaction(ledger) for _ in range(3)]
    review(client, rows[0])

    done = bulk(client, ledger, "review", scope="selected", row=[rows[0].pk, rows[1].pk])
    assert listed(client, ledger) == {rows[2].pk}
    assert reviews(ledger)[1:] == [("reviewed", "bulk", "ana")]

    (message,) = done.context["messages"]
    assert str(message) == "1 transaction is reviewed."
    undone(client, ledger, message)
    assert listed(client, ledger) == {rows[1].pk, rows[2].pk}


@committed
def test_all_that_fit_are_reviewed_but_for_what_came_after_the_page(
    client: Client, ledger: Ledger
) -> None:
    gifts = [make_transaction(ledger, type="gift") for _ in range(2)]
    other = make_transaction(ledger)
    page = seen(client, ledger, "?type=gift")
    later = make_transaction(ledger, type="gift")

    bulk(client, ledger, "review", "?type=gift", seen=page)
    assert listed(client, ledger) == {other.pk, later.pk}

    bulk(client, ledger, "renew", "?type=gift")
    assert listed(client, ledger) == {other.pk, later.pk, *(gift.pk for gift in gifts)}


@committed
def test_what_was_still_being_written_when_the_page_was_shown_is_not_reviewed(
    client: Client, ledger: Ledger
) -> None:
    first = make_transaction(ledger)
    with psycopg.connect(listener_conninfo()) as other:
        other.execute("UPDATE transactions_transaction SET note = 'x' WHERE id = %s", [first.pk])
        later = make_transaction(ledger)
        page = seen(client, ledger)
    assert waiting(first).pk < waiting(later).pk

    bulk(client, ledger, "review", seen=page)
    assert listed(client, ledger) == {first.pk}
    bulk(client, ledger, "review")
    assert listed(client, ledger) == set()


@committed
def test_what_came_with_a_dump_from_another_server_is_reviewed(
    client: Client, ledger: Ledger
) -> None:
    """Its transactions are counted on their own, and may be far ahead."""
    make_transaction(ledger)
    NewRow.objects.update(xact=str(1 << 62))

    bulk(client, ledger, "review")

    assert not NewRow.objects.exists()


@pytest.mark.parametrize("given", ["", "x", "9" * 40, str((1 << 63) - 1)])
def test_page_that_showed_nothing_reviews_nothing(
    client: Client, ledger: Ledger, given: str
) -> None:
    tx = make_transaction(ledger)

    bulk(client, ledger, "review", seen=given)

    assert listed(client, ledger) == {tx.pk}


def test_what_is_hidden_or_deleted_is_not_counted_and_still_new_when_it_is_back(
    client: Client, ledger: Ledger
) -> None:
    tx, _other = make_transaction(ledger), make_transaction(ledger, hidden=True)
    row = Transaction.objects.filter(pk=tx.pk)
    assert said(client, ledger) == "1"

    for gone, back in [
        ({"hidden": True}, {"hidden": False}),
        ({"deleted_at": NOON}, {"deleted_at": None}),
    ]:
        row.update(**gone)
        assert (said(client, ledger), listed(client, ledger)) == ("0", set())
        row.update(**back)
        assert (said(client, ledger), listed(client, ledger)) == ("1", {tx.pk})
    row.delete()
    assert NewRow.objects.count() == 1


def test_count_ends_where_nobody_counts_on(client: Client, ledger: Ledger) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transactions_newrow (ledger_id, transaction_id, why, listed)"
            " SELECT %s, n, 'came', true FROM generate_series(1, %s) AS n",
            [ledger.pk, MAX_NEW + 5],
        )

    assert said(client, ledger) == "1,000+"


def test_viewer_sees_what_is_new_and_neither_counts_nor_reviews(ledger: Ledger) -> None:
    tx = make_transaction(ledger)
    make_member(ledger, viewer := make_user(), Role.VIEWER)
    client = Client()
    client.force_login(viewer)
    page = client.get(reverse("transaction_list", args=[ledger.slug])).content.decode()

    assert '<span class="fresh">new</span>' in page
    assert 'id="news"' not in page
    assert 'data-key="r"' not in page
    assert listed(client, ledger) == {tx.pk}


def imported(ledger: Ledger, text: str) -> ImportBatch:
    return ImportBatch.objects.get(pk=run(ledger, text).batch)


def test_import_undone_and_imported_again_keeps_what_was_reviewed(
    client: Client, user: User, ledger: Ledger
) -> None:
    batch = imported(ledger, koinly(1, 2))
    first, second = ledger.transactions.order_by("occurred_at", "pk")
    review(client, first)

    undo(batch, user, keep=False)
    assert said(client, ledger) == "0"
    redo(batch, user)
    assert listed(client, ledger) == {second.pk}
    undo(batch, user, keep=False)
    imported(ledger, koinly(1, 2))

    rows = ledger.transactions.alive().order_by("occurred_at", "pk")
    assert [NewRow.objects.filter(transaction=row).exists() for row in rows] == [False, True]
    assert said(client, ledger) == "1"


def test_what_was_reviewed_is_so_in_a_restored_ledger(ledger: Ledger) -> None:
    reviewed, waiting = (make_transaction(ledger, note=note) for note in ("reviewed", "waiting"))
    NewRow.objects.filter(transaction=reviewed).delete()

    restored = restore(io.BytesIO(b"".join(written(ledger))), "again").ledger

    new = NewRow.objects.filter(ledger=restored)
    assert [row.transaction.note for row in new] == [waiting.note]


@pytest.fixture
def ben(ledger: Ledger) -> Client:
    """Another annotator of a ledger in which each reviews for himself."""
    member = make_member(ledger, make_user("ben"), Role.ANNOTATOR)
    make_member(ledger, make_user("vera"), Role.VIEWER)
    client = Client()
    client.force_login(member.user)
    return client


def each_for_himself(client: Client, ledger: Ledger, by: str = "person") -> None:
    client.post(reverse("reviews_by", args=[ledger.slug]), {"by": by})
    ledger.refresh_from_db()
    assert ledger.reviews_by == by


@committed
def test_each_reviews_for_himself(client: Client, user: User, ben: Client, ledger: Ledger) -> None:
    before = make_transaction(ledger)
    each_for_himself(client, ledger)
    came = make_transaction(ledger)
    assert listed(client, ledger) == listed(ben, ledger) == {before.pk, came.pk}
    assert NewRow.objects.count() == 4  # none of the viewer's

    (message,) = review(client, came, user.pk)
    assert (said(client, ledger), said(ben, ledger)) == ("1", "2")
    assert listed(client, ledger, "?review=reviewed") == {came.pk}

    undone(client, ledger, message)
    assert said(client, ledger) == "2"


def test_what_one_writes_by_hand_is_new_to_the_others(
    client: Client, user: User, ben: Client, ledger: Ledger
) -> None:
    each_for_himself(client, ledger)
    with writing(Way.PAGE, user):
        tx = make_transaction(ledger)

    assert (listed(client, ledger), listed(ben, ledger)) == (set(), {tx.pk})


def test_what_nobody_has_reviewed_for_himself_is_new_for_all(
    client: Client, user: User, ben: Client, ledger: Ledger
) -> None:
    looked_at, nobodys = make_transaction(ledger), make_transaction(ledger)
    each_for_himself(client, ledger)
    review(client, looked_at, user.pk)

    each_for_himself(client, ledger, "ledger")

    assert listed(client, ledger) == listed(ben, ledger) == {nobodys.pk}
    assert NewRow.objects.count() == 1


def test_what_came_before_a_member_stays_new_when_one_reviews_for_all(
    client: Client, user: User, ledger: Ledger
) -> None:
    """And that they are new otherwise now is no review."""
    looked_at, nobodys = make_transaction(ledger), make_transaction(ledger)
    each_for_himself(client, ledger)
    Membership.objects.create(ledger=ledger, user=make_user(), role=Role.ANNOTATOR)
    review(client, looked_at, user.pk)

    each_for_himself(client, ledger, "ledger")

    assert listed(client, ledger) == {nobodys.pk}
    told = Entry.objects.filter(ledger=ledger, kind="review", deed="reviewed")
    assert [entry.object_id for entry in told] == [looked_at.pk]


@committed
@pytest.mark.parametrize("each", [True, False])
def test_review_is_undone_for_whoever_reviews_now(
    client: Client, user: User, ledger: Ledger, each: bool
) -> None:
    tx = make_transaction(ledger)
    before, since = ("ledger", "person") if each else ("person", "ledger")
    each_for_himself(client, ledger, before)
    *_said, message = review(client, tx, 0 if each else user.pk)
    each_for_himself(client, ledger, since)

    undone(client, ledger, message)
    assert listed(client, ledger) == {tx.pk}

    each_for_himself(client, ledger, before)
    assert listed(client, ledger) == {tx.pk}


@committed
@pytest.mark.parametrize("by", ["ledger", "person"])
def test_what_was_left_from_before_does_not_keep_reviews_as_they_are(
    client: Client, user: User, ledger: Ledger, by: str
) -> None:
    each_for_himself(client, ledger, "person" if by == "ledger" else "ledger")
    tx = make_transaction(ledger)
    left = 0 if by == "ledger" else user.pk
    NewRow.objects.create(ledger=ledger, transaction=tx, reader=left, why="changed")

    each_for_himself(client, ledger, by)

    assert listed(client, ledger) == {tx.pk}
    assert NewRow.objects.count() == 1


def test_new_member_has_nothing_to_review_of_what_was_there(client: Client, ledger: Ledger) -> None:
    make_transaction(ledger)
    each_for_himself(client, ledger)
    Membership.objects.create(ledger=ledger, user=(late := make_user()), role=Role.EDITOR)
    other = Client()
    other.force_login(late)

    assert listed(other, ledger) == set()


def test_other_ledgers_are_not_touched(client: Client, user: User, ledger: Ledger) -> None:
    other = make_ledger(owner=user)
    tx, own = make_transaction(other), make_transaction(ledger)
    seen = waiting(tx).pk

    post(client, own, seen=seen)
    bulk(client, ledger, "review")

    assert listed(client, other) == {tx.pk}


def test_list_of_new_rows_reads_the_index_of_what_is_new(ledger: Ledger) -> None:
    """Counting reads no transaction."""
    make_transaction(ledger)
    other = make_ledger()
    NewRow.objects.bulk_create(
        NewRow(ledger=other, transaction_id=10**9 + n, why=NewRow.Why.CAME) for n in range(500)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE transactions_newrow")
        cursor.execute("SET LOCAL enable_seqscan = off")
        new = NewRow.objects.of(ledger).filter(listed=True)[:5]
        plan = new.values("transaction").explain()

    assert "Index Only Scan using new_listed" in plan
    assert Listing.of(ledger, {}).rows.count() == 1  # type: ignore[arg-type]


@committed
def test_tables_are_emptied_at_once(ledger: Ledger) -> None:
    """As `flush` does; and nothing waits of rows that are gone."""
    make_transaction(ledger)
    assert NewRow.objects.exists()

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE transactions_transaction CASCADE")
    assert not NewRow.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE transactions_newrow, transactions_transaction CASCADE")


def test_list_of_what_is_new_says_that_nothing_is(client: Client, ledger: Ledger) -> None:
    with writing(Way.PAGE):
        make_transaction(ledger)
    NewRow.objects.all().delete()
    where = "/keller/transactions/?review=new"

    assert "Everything is reviewed" in client.get(where).content.decode()
    assert "Nothing fits these 2" in client.get(f"{where}&type=loss").content.decode()
