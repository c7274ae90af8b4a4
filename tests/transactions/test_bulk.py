from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ledgers.models import Ledger
from tests.factories import (
    make_contact,
    make_label,
    make_ledger,
    make_pair,
    make_transaction,
    make_user,
)
from transactions import search
from transactions.models import Transaction


def url(ledger: Ledger) -> str:
    return reverse("transaction_bulk", args=[ledger.slug])


def listing(ledger: Ledger, query: str = "") -> str:
    return f"/{ledger.slug}/transactions/{query}"


def change(client: Client, ledger: Ledger, query: str = "", **data: Any) -> Any:
    return client.post(url(ledger), data | {"next": listing(ledger, query)}, follow=True)


def undo(client: Client, ledger: Ledger, response: Any) -> Any:
    (message,) = response.context["messages"]
    data = {"token": message.extra_tags.split()[0], "next": listing(ledger)}
    return client.post(reverse("undo", args=[ledger.slug]), data, follow=True)


def labels(ledger: Ledger) -> list[set[str]]:
    rows = ledger.transactions.order_by("pk")
    return [set(row.labels.values_list("name", flat=True)) for row in rows]


def test_number_of_rows_is_said_first(client: Client, ledger: Ledger) -> None:
    rows = [make_transaction(ledger, type="gift") for _ in range(3)]
    make_transaction(ledger)
    query = {"row": [rows[0].pk], "do": "hide", "next": listing(ledger, "?type=gift")}

    page = client.get(url(ledger), query).content.decode()

    assert "the 1 selected transaction" in page
    assert "all 3 transactions that fit the filter" in page


def test_selected_rows_are_labelled_and_undo_leaves_what_was_there(
    client: Client, ledger: Ledger
) -> None:
    tax = make_label(ledger, "tax")
    had, fresh, _other = (make_transaction(ledger, labels=ls) for ls in ([tax], [], []))

    done = change(client, ledger, row=[had.pk, fresh.pk], scope="selected", do="label", label="Tax")
    assert labels(ledger) == [{"tax"}, {"tax"}, set()]
    assert "is on 1 more transaction." in done.content.decode()

    undo(client, ledger, done)
    assert labels(ledger) == [{"tax"}, set(), set()]


def test_all_rows_that_fit_the_filter_are_hidden_and_shown_again(
    client: Client, ledger: Ledger
) -> None:
    for kind in ("gift", "gift", "deposit"):
        make_transaction(ledger, type=kind)
    hidden = ledger.transactions.filter(hidden=True)

    done = change(client, ledger, "?type=gift", scope="all", do="hide")
    assert set(hidden.values_list("type", flat=True)) == {"gift"}
    assert "2 transactions are hidden." in done.content.decode()

    undo(client, ledger, done)
    assert not hidden.exists()


def test_contact_is_given_and_undo_gives_back_what_each_row_had(
    client: Client, ledger: Ledger
) -> None:
    jonas = make_contact(ledger, "Jonas")
    rows = [make_transaction(ledger, contact=contact) for contact in (None, jonas, None)]

    done = change(client, ledger, scope="all", do="contact", contact="Maria")
    named = [row.contact and row.contact.name for row in ledger.transactions.order_by("pk")]
    assert named == ["Maria"] * 3

    Transaction.objects.filter(pk=rows[2].pk).update(contact=jonas)
    undo(client, ledger, done)
    back = [row.contact for row in ledger.transactions.order_by("pk")]
    assert back == [None, jonas, jonas]


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": "all", "do": "label"},
        {"scope": "all", "do": "label", "label": "x" * 101},
        {"scope": "all", "do": "contact", "contact": "  "},
        {"scope": "all", "do": "delete"},
        {"do": "hide"},
    ],
)
def test_act_that_is_not_whole_is_refused(
    client: Client, ledger: Ledger, wrong: dict[str, str]
) -> None:
    make_transaction(ledger)

    response = client.post(url(ledger), wrong | {"next": listing(ledger)})

    assert response.status_code == 422
    assert labels(ledger) == [set()]
    assert not ledger.transactions.filter(hidden=True).exists()


def test_rows_of_another_ledger_are_left_alone(client: Client, ledger: Ledger) -> None:
    theirs = make_transaction(make_ledger(owner=make_user()))

    change(client, ledger, row=[theirs.pk], scope="selected", do="hide")
    change(client, ledger, row=["1e9", "-1", "9" * 30], scope="selected", do="hide")

    theirs.refresh_from_db()
    assert theirs.hidden is False


@pytest.mark.django_db(transaction=True)
def test_label_is_taken_off_and_undo_puts_it_back_where_it_was(
    client: Client, ledger: Ledger
) -> None:
    tax, rent = make_label(ledger, "tax"), make_label(ledger, "rent")
    for its in ([tax, rent], [tax], [rent], [tax]):
        make_transaction(ledger, labels=its)
    last = ledger.transactions.latest("pk")

    done = change(client, ledger, scope="all", do="unlabel", unlabel="Tax")
    assert labels(ledger) == [{"rent"}, set(), {"rent"}, set()]
    assert "is off 3 transactions." in done.content.decode()

    last.labels.add(tax, through_defaults={"ledger": ledger})
    undo(client, ledger, done)
    assert labels(ledger) == [{"tax", "rent"}, {"tax"}, {"rent"}, {"tax"}]


@pytest.mark.django_db(transaction=True)
def test_type_is_set_and_undo_leaves_what_was_written_since(client: Client, ledger: Ledger) -> None:
    rows = [make_transaction(ledger, type=type) for type in ("gift", "deposit", "income", "fee")]

    def types() -> list[str]:
        return [row.type for row in ledger.transactions.order_by("pk")]

    query = "?type=gift&type=deposit&type=income"
    done = change(client, ledger, query, scope="all", do="type", type="income")
    assert types() == ["income", "income", "income", "fee"]
    assert "2 transactions have the type “Income” now." in done.content.decode()

    Transaction.objects.filter(pk=rows[1].pk).update(type="airdrop")
    undone = undo(client, ledger, done)
    assert types() == ["gift", "airdrop", "income", "fee"]
    assert "1 transaction is as it was." in undone.content.decode()


@pytest.mark.parametrize(
    "act", [{"do": "unlabel", "unlabel": "taxi"}, {"do": "type"}, {"do": "type", "type": "theft"}]
)
def test_what_there_is_not_is_refused(client: Client, ledger: Ledger, act: dict[str, str]) -> None:
    make_transaction(ledger, labels=[make_label(ledger, "tax")])

    assert change(client, ledger, scope="all", **act).status_code == 422
    assert labels(ledger) == [{"tax"}]


def test_name_that_would_not_be_used_is_refused(client: Client, ledger: Ledger) -> None:
    row = make_transaction(ledger)
    for other in ({"contact": "Anna"}, {"type": "gift"}):
        names = {"label": "tax", **other}

        done = change(client, ledger, row=[row.pk], scope="selected", do="label", **names)

        assert done.status_code == 422
        assert "leave this empty" in done.content.decode()
        assert not row.labels.exists()


ACTS: list[dict[str, Any]] = [
    *({"do": do} for do in ("hide", "show", "review", "renew")),
    {"do": "label", "label": "tax"},
    {"do": "type", "type": "gift"},
    {"do": "contact", "contact": "Anna"},
]


@pytest.mark.parametrize("query", ["?type=theft", "?label=999", "?batch=x"])
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act["do"])
def test_filter_that_nothing_can_fit_changes_nothing(
    client: Client, ledger: Ledger, act: dict[str, Any], query: str
) -> None:
    """A label that has been deleted meanwhile, or what is no number of an import."""
    row = make_transaction(ledger)
    before = Transaction.objects.values().get(pk=row.pk)

    done = change(client, ledger, query, scope="all", **act)

    assert done.status_code == 200
    assert Transaction.objects.values().get(pk=row.pk) == before
    assert labels(ledger) == [set()]


@pytest.mark.parametrize("some", [search.SOME, 0])
def test_other_end_of_a_transfer_is_left_alone_while_the_first_is_written(
    client: Client, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, some: int
) -> None:
    """It fits as soon as the end that is sent no longer does."""
    monkeypatch.setattr(search, "SOME", some)
    monkeypatch.setattr(search, "FEW", 0)
    anna, ben = make_contact(ledger, "Anna"), make_contact(ledger, "Ben")
    pair = make_pair(ledger)
    Transaction.objects.filter(pk=pair.sent.pk).update(contact=anna)
    Transaction.objects.filter(pk=pair.received.pk).update(contact=ben)
    make_transaction(ledger, contact=ben)
    query = f"?contact={anna.pk}&contact={ben.pk}&transfers=once"

    change(client, ledger, query, scope="all", do="contact", contact="Carl")

    named = Transaction.objects.values_list("contact__name", flat=True)
    assert [named.get(pk=end.pk) for end in (pair.sent, pair.received)] == ["Carl", "Ben"]
