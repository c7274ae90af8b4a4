"""The labels page: how often each is used, renamed, recoloured, merged, deleted."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from ledgers.models import Ledger, Role, User
from live.versions import Conflict
from tests.factories import (
    NOON,
    make_label,
    make_ledger,
    make_member,
    make_transaction,
    make_user,
)
from transactions.actions.labels import merge
from transactions.models import Label, Transaction, TransactionLabel
from transactions.queries import labels as queries
from transactions.queries.labels import counted, use

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
LIST = "/keller/labels/"


def text(response: Any) -> str:
    page = response.content.decode().replace("<mark>", "").replace("</mark>", "")
    return " ".join(page.split())


def names(tx: Transaction) -> list[str]:
    return sorted(tx.labels.values_list("name", flat=True))


def url(label: Label, what: str = "") -> str:
    return f"{LIST}{label.pk}/{what}"


def test_page_counts_the_transactions_of_each_label(client: Client, ledger: Ledger) -> None:
    rent, food = make_label(ledger, "rent"), make_label(ledger, "Food")
    for labels in ([rent], [rent, food], [rent]):
        make_transaction(ledger, labels=labels, hidden=len(labels) > 1)
    make_transaction(ledger, labels=[rent], deleted_at=NOON)
    make_transaction(theirs := make_ledger(), labels=[make_label(theirs, "rent")])

    page = text(client.get(LIST))

    assert page.index("Food") < page.index("1 transaction ") < page.index("rent</span>")
    rows = f"/keller/transactions/?label={rent.pk}&hidden=all"
    assert f'href="{rows.replace("&", "&amp;")}"> 3 transactions </a>' in page
    assert client.get(rows).content.decode().count('class="chip') >= 3
    assert (use(rent), use(food)) == (3, 1)


def test_page_stops_counting_where_that_would_take_long(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large enough for this test."""
    monkeypatch.setattr(queries, "MAX_COUNT", 2)
    few, many = make_label(ledger, "few"), make_label(ledger, "many")
    for n in range(4):
        make_transaction(ledger, labels=[few, many] if n < 2 else [many])

    assert [(label.name, label.n) for label in counted(ledger)] == [("few", 2), ("many", 3)]


@pytest.mark.parametrize("count", [1, 4])
def test_page_takes_the_same_number_of_queries_for_any_number_of_labels(
    client: Client, ledger: Ledger, django_assert_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        make_transaction(ledger, labels=[make_label(ledger)])
    client.get(LIST)

    with django_assert_num_queries(7):
        client.get(LIST)


def test_viewer_reads_and_is_offered_nothing_to_change(client: Client, ledger: Ledger) -> None:
    make_label(ledger, "rent")
    viewer, his = make_user(), Client()
    make_member(ledger, viewer, Role.VIEWER)
    his.force_login(viewer)

    page = text(his.get(LIST))

    assert "rent" in page
    assert "/labels/new/" in text(client.get(LIST))
    assert "/labels/new/" not in page
    assert "/merge/" not in page


@pytest.mark.parametrize("headers", [{}, PARTIAL])
@pytest.mark.parametrize("what", ["", "merge/", "removed/"])
def test_label_editor_opens_as_a_page_and_as_a_fragment(
    client: Client, ledger: Ledger, what: str, headers: dict[str, str]
) -> None:
    page = text(client.get(url(make_label(ledger), what), headers=headers))

    assert ("<html" in page) is (headers == {})
    assert "<form" in page


def test_label_is_made_renamed_and_recoloured(client: Client, ledger: Ledger) -> None:
    made = client.post(LIST + "new/", {"name": " tax  2026", "colour": "red", "version": 1})
    label = Label.objects.get()
    assert (made.status_code, label.name, label.colour) == (303, "tax 2026", "red")
    tx = make_transaction(ledger, labels=[label])

    client.post(url(label), {"name": "Tax 2026", "colour": "teal", "version": 1})

    label.refresh_from_db()
    assert (names(tx), label.colour, label.version) == (["Tax 2026"], "teal", 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "RENT"}, "There is a label “RENT” already."),
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"colour": "#ff0000"}, "Select a valid choice."),
    ],
)
@pytest.mark.parametrize("new", [True, False])
def test_label_that_cannot_be_is_refused_beside_the_field(
    client: Client, ledger: Ledger, change: dict[str, str], said: str, new: bool
) -> None:
    make_label(ledger, "rent")
    food = make_label(ledger, "food")
    given = {"name": "fine", "colour": "gray", "version": 1} | change

    response = client.post(LIST + "new/" if new else url(food), given)

    assert (response.status_code, said in text(response)) == (422, True)
    assert sorted(ledger.labels.values_list("name", flat=True)) == ["food", "rent"]


def test_label_that_somebody_renamed_meanwhile_is_kept_and_both_are_shown(
    client: Client, ledger: Ledger, annotator: User
) -> None:
    label = make_label(ledger, "as it was", colour="red")
    Label.objects.write(label.pk, expected_version=1, by=annotator, name="What Ben wrote")
    mine = {"name": "What Ana wrote", "colour": "red", "version": 1}

    response = client.post(url(label), mine, headers=PARTIAL)

    label.refresh_from_db()
    page = text(response)
    assert (response.status_code, label.name) == (409, "What Ben wrote")
    assert "What Ben wrote, red" in page
    assert 'value="What Ana wrote"' in page
    assert "ben saved this" in page

    again = client.post(url(label), mine | {"version": 2})
    label.refresh_from_db()
    assert (again.status_code, label.name) == (303, "What Ana wrote")


@pytest.mark.django_db(transaction=True)
def test_label_renamed_by_two_people_at_once_keeps_what_one_wrote_and_tells_the_other() -> None:
    ledger = make_ledger(owner=make_user("ana"), slug="keller")
    make_member(ledger, make_user("ben"), Role.ANNOTATOR)
    label, start = make_label(ledger, "as it was"), Barrier(2)

    def rename(name: str) -> int:
        try:
            client = Client()
            client.force_login(User.objects.get(username=name))
            start.wait()
            given = {"name": f"by {name}", "colour": "gray", "version": 1}
            return client.post(url(label), given).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        done = dict(zip(("ana", "ben"), pool.map(rename, ("ana", "ben")), strict=True))

    winner = next(name for name, status in done.items() if status == 303)
    label.refresh_from_db()
    assert sorted(done.values()) == [303, 409]
    assert (label.name, label.version) == (f"by {winner}", 2)


def test_merging_leaves_one_label_on_rows_that_had_both(client: Client, ledger: Ledger) -> None:
    rent, flat, food = (make_label(ledger, name) for name in ("rent", "flat", "food"))
    rows = [
        make_transaction(ledger, labels=labels)
        for labels in ([rent], [rent, flat], [flat, food], [food])
    ]

    response = client.post(
        url(rent, "merge/"), {"into": flat.pk, "version": 1}, follow=True, headers=PARTIAL
    )

    assert [names(row) for row in rows] == [["flat"], ["flat"], ["flat", "food"], ["food"]]
    assert not Label.objects.filter(name="rent").exists()
    assert TransactionLabel.objects.count() == 5
    assert "“rent” is “flat” now, on 2 transactions." in text(response)


def test_merging_needs_another_label_of_the_ledger(client: Client, ledger: Ledger) -> None:
    rent, theirs = make_label(ledger, "rent"), make_label(make_ledger(), "theirs")

    answers = [
        client.post(url(rent, "merge/"), {"into": pk, "version": 1}).status_code
        for pk in (rent.pk, theirs.pk, "")
    ]

    assert answers == [422, 422, 422]
    assert ledger.labels.get() == rent


@pytest.mark.django_db(transaction=True)
def test_labels_merged_into_each_other_at_once_leave_one() -> None:
    ledger = make_ledger()
    labels = [make_label(ledger, "rent"), make_label(ledger, "flat")]
    both = [label.pk for label in labels]
    tx, start = make_transaction(ledger, labels=labels), Barrier(2)

    def go(pair: list[int]) -> bool:
        try:
            label, into = (Label.objects.get(pk=pk) for pk in pair)
            start.wait()
            merge(label, 1, into)
        except Conflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(go, (both, both[::-1])))

    assert sorted(done) == [False, True]
    assert len(names(tx)) == 1


def test_deleting_says_how_many_transactions_lose_it(client: Client, ledger: Ledger) -> None:
    rent, food = make_label(ledger, "rent"), make_label(ledger, "food")
    rows = [make_transaction(ledger, labels=[rent, food]) for _ in range(2)]

    asked = text(client.get(url(rent, "removed/")))
    done = text(client.post(url(rent, "removed/"), {"version": 1}, follow=True))

    assert "2 transactions lose it." in asked
    assert "“rent” is deleted; 2 transactions lost it." in done
    assert [names(row) for row in rows] == [["food"], ["food"]]


@pytest.mark.parametrize("what", ["removed/", "merge/"])
def test_label_that_changed_since_it_was_shown_is_not_let_go(
    client: Client, ledger: Ledger, annotator: User, what: str
) -> None:
    label, other = make_label(ledger, "old"), make_label(ledger, "other")
    Label.objects.write(label.pk, expected_version=1, by=annotator, name="important now")

    response = client.post(url(label, what), {"version": 1, "into": other.pk})

    assert response.status_code == 409
    assert "important now" in text(response)
    assert "ben saved this" in text(response)
    assert 'name="version" value="2"' in text(response)
    assert ledger.labels.count() == 2


def test_label_that_is_gone_is_not_there(client: Client, ledger: Ledger) -> None:
    label = make_label(ledger)
    gone = url(label)
    label.delete()

    assert client.post(gone, {"name": "x", "colour": "red", "version": 1}).status_code == 404
