"""What is done to the selected transactions, and what the export says."""

import csv
import io
from typing import Any

from django.test import Client

from ledgers.models import Ledger
from tests.admin.helpers import admin_url, current, opened
from tests.admin.test_deleting import act
from tests.admin.test_lists import make_batch, make_source
from tests.factories import (
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    make_wallet,
)
from tests.imports.helpers import counts, run
from transactions.models import Transaction


def exported(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def labels(*rows: Transaction) -> list[set[str]]:
    return [set(row.labels.values_list("name", flat=True)) for row in rows]


def test_label_is_asked_for_and_added(admin: Client, ledger: Ledger) -> None:
    rent, food = make_label(ledger, "rent"), make_label(ledger, "food")
    make_label(make_ledger(), "theirs")
    one, two, left = (make_transaction(ledger, labels=[food]) for _ in range(3))

    page = act(admin, "label", one, two).content.decode()
    act(admin, "label", one, two, label=rent.pk)

    assert ("rent" in page, "2 transactions are selected" in page, "theirs" in page) == (
        True,
        True,
        False,
    )
    assert labels(one, two, left) == [{"rent", "food"}, {"rent", "food"}, {"food"}]


def test_label_of_several_ledgers_is_refused(admin: Client, ledger: Ledger) -> None:
    one, two = make_transaction(ledger), make_transaction(make_ledger())

    response = act(admin, "label", one, two, label=make_label(ledger).pk)

    assert response.status_code == 302
    assert labels(one, two) == [set(), set()]


def test_label_across_all_pages_reaches_every_row(admin: Client, ledger: Ledger) -> None:
    rent = make_label(ledger)
    rows = [make_transaction(ledger) for _ in range(3)]
    elsewhere = make_transaction(make_ledger())
    url = f"{admin_url(Transaction, 'changelist')}?ledger={ledger.pk}"
    data = {"action": "label", "_selected_action": [rows[0].pk], "select_across": "1"}

    admin.post(url, data | {"label": rent.pk})

    assert labels(*rows, elsewhere) == [{rent.name}] * 3 + [set()]


def test_hide_and_show_again(admin: Client, ledger: Ledger, root: Any) -> None:
    one, two = make_transaction(ledger), make_transaction(ledger)

    act(admin, "hide", one)
    assert (current(one).hidden, current(one).edited_by, current(two).hidden) == (True, root, False)

    act(admin, "unhide", one, two)
    assert (current(one).hidden, current(two).version) == (False, 1)


def test_export_is_whole_exact_and_says_where_rows_are_from(admin: Client, ledger: Ledger) -> None:
    wallet = make_wallet(ledger, "Main")
    amount = "1234567.000000000000000001"
    tx = make_transaction(
        ledger,
        wallet=wallet,
        sent=(amount, "ETH"),
        fee=("0.1", "ETH"),
        type="payment",
        counterparty=make_address(ledger, "0x" + "1" * 40, contact=make_contact(ledger, "Maria")),
        labels=[make_label(ledger, "rent")],
        note="two\nlines",
        batch=make_batch(ledger, wallet),
    )
    make_source(tx, ["x"], line=7)
    make_transaction(ledger)

    (row,) = exported(act(admin, "export", tx))

    assert (row["Date"], row["Sent Amount"], row["Sent Currency"]) == (
        "2026-05-04 12:00:00",
        amount,
        "ETH",
    )
    assert (row["Label"], row["Labels"], row["Contact"]) == ("payment", "rent", "Maria")
    assert (row["Source File"], row["Source Lines"]) == ("export.csv", "7")
    assert row["Description"] == "two\nlines"


def test_export_is_read_by_the_import(admin: Client, ledger: Ledger) -> None:
    rows = [
        make_transaction(ledger, type="payment", sent=("1.5", "ETH"), fee=("0.1", "BNB")),
        make_transaction(ledger, type="trade", sent=("2", "ETH"), received=("3", "EUR")),
    ]
    text = b"".join(act(admin, "export", *rows).streaming_content)

    other = make_ledger()
    result = run(other, text, wallet="")

    assert counts(result) == (2, 2, 0, 0, 0, 2)
    fields = ("occurred_at", "type", "sent_amount", "received_amount", "fee_amount")
    assert set(other.transactions.values_list(*fields)) == set(
        ledger.transactions.values_list(*fields)
    )


def test_export_sends_as_many_queries_for_thirty_rows_as_for_one(
    admin: Client, ledger: Ledger, django_assert_num_queries: Any
) -> None:
    rows = [make_transaction(ledger, labels=[make_label(ledger)]) for _ in range(30)]

    for some in (rows[:1], rows):
        response = act(admin, "export", *some)
        with django_assert_num_queries(5):
            assert len(exported(response)) == len(some)


def test_imported_amounts_are_shown_and_not_edited(admin: Client, ledger: Ledger) -> None:
    wallet = make_wallet(ledger)
    imported = make_transaction(ledger, wallet=wallet, batch=make_batch(ledger, wallet))
    by_hand = make_transaction(ledger, wallet=wallet)
    make_source(imported, ["2024-01-02", "rent of May"])

    assert "received_amount" not in opened(admin, imported)
    assert "received_amount" in opened(admin, by_hand)
    data = opened(admin, imported) | {"received_amount": "99", "note": "mine", "_save": "1"}
    admin.post(admin_url(imported), data)

    assert (current(imported).received_amount, current(imported).note) == (1, "mine")
    page = admin.get(admin_url(imported)).content.decode()
    assert "<b>Note</b> rent of May" in page
    assert "export.csv (koinly)" in page
