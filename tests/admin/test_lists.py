"""The lists: what they find, in which order, and that their cost does not grow with their rows."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.models import Address, Contact, Wallet
from imports.models import FormatMapping, ImportBatch, SourceLine
from ledgers.models import Ledger, Membership, User
from live.admin import MAX_COUNT, AtLeast, CappedPaginator
from tests.admin.helpers import admin_url
from tests.factories import (
    NOON,
    make_address,
    make_contact,
    make_label,
    make_ledger,
    make_mapping,
    make_member,
    make_pair,
    make_transaction,
    make_user,
    make_wallet,
)
from transactions.models import Asset, Label, Transaction, TransferPair

pytestmark = pytest.mark.slow

MODELS = [
    *(User, Ledger, Membership, Contact, Wallet, Address),
    *(Asset, Label, Transaction, TransferPair, ImportBatch, SourceLine, FormatMapping),
]


def make_batch(ledger: Ledger, wallet: Wallet, **kw: Any) -> ImportBatch:
    counts = dict.fromkeys(("duplicates", "skipped", "errors"), 0)
    return ImportBatch.objects.create(
        **{
            "ledger": ledger,
            "wallet": wallet,
            "file_name": "export.csv",
            "sha256": "0" * 64,
            "format": "koinly",
            "header": ["Date", "Note"],
            "lines": 1,
            "imported": 1,
            "transactions": 1,
        }
        | counts
        | kw
    )


def make_source(tx: Transaction, cells: list[str], line: int = 2) -> SourceLine:
    key = f"{tx.pk}:{line}".encode().rjust(32, b"\0")
    place = {"ledger": tx.ledger, "wallet": tx.wallet, "transaction": tx}
    return SourceLine.objects.create(**place, family="koinly", key=key, line=line, cells=cells)


def fill(ledger: Ledger, n: int) -> None:
    """Of everything n, each with all that a row can have."""
    for i in range(n):
        make_member(ledger, make_user(), 1)
        make_ledger()
        wallet, contact = make_wallet(ledger), make_contact(ledger)
        address = make_address(ledger, contact=contact)
        make_address(ledger, wallet=wallet)
        tx = make_transaction(
            ledger,
            wallet=wallet,
            counterparty=address,
            own_address=ledger.addresses.filter(wallet=wallet).first(),
            contact=contact,
            sent=("1", f"S{i}"),
            received=("2", f"R{i}"),
            fee=("3", f"F{i}"),
            labels=[make_label(ledger), make_label(ledger)],
            batch=make_batch(ledger, wallet),
        )
        make_mapping(ledger, created_by=make_user(), edited_by=make_user())
        make_source(tx, ["2024", "rent"])
        make_pair(ledger)


def test_lists_send_as_many_queries_for_thirty_rows_as_for_one(
    admin: Client, ledger: Ledger, django_assert_num_queries: Any
) -> None:
    """All in one test: what they show is made for all of them."""
    # A second page would take a query for its keys.
    urls = [f"{admin_url(model, 'changelist')}?all=" for model in MODELS]
    fill(ledger, 1)
    few = {url: queries(admin, url) for url in urls}
    fill(ledger, 30)

    for url in urls:
        with django_assert_num_queries(few[url], info=url):
            page = admin.get(url).content.decode()
        shown = page.count('<tr><td class="action-checkbox">') + page.count("<tr><th")
        assert (url, shown) >= (url, 30)

    assert max(few.values()) <= 16


def queries(admin: Client, url: str) -> int:
    """As the server sends them that has answered before."""
    admin.get(url)
    with CaptureQueriesContext(connection) as sent:
        admin.get(url)
    return len(sent)


def rows(response: Any) -> list[int]:
    """The keys of the rows that a list shows, in order."""
    return [row.pk for row in response.context_data["cl"].result_list]


def listed(admin: Client, model: Any, query: str = "") -> list[int]:
    return rows(admin.get(f"{admin_url(model, 'changelist')}?{query}"))


def test_transactions_are_sorted_newest_first_within_their_ledger(
    admin: Client, ledger: Ledger
) -> None:
    other = make_ledger()
    old, new, twin = (
        make_transaction(ledger, occurred_at=NOON + timedelta(days=day)).pk for day in (0, 1, 1)
    )
    elsewhere = make_transaction(other).pk

    assert listed(admin, Transaction) == [twin, new, old, elsewhere]
    assert listed(admin, Transaction, f"ledger={ledger.pk}") == [twin, new, old]
    assert listed(admin, Transaction, "ledger=nonsense") == [twin, new, old, elsewhere]


@pytest.mark.parametrize("text", ["0xABC", "0x1111", "Mari", "heat", "MARIA k"])
def test_search_finds_a_hash_an_address_a_contact_and_a_note(
    text: str, admin: Client, ledger: Ledger
) -> None:
    maria = make_contact(ledger, "Maria Keller")
    address = make_address(ledger, "0x" + "1" * 40, contact=maria)
    tx = make_transaction(
        ledger, counterparty=address, tx_hash="0xabcdef", group_key="0xabcdef", note="for heating"
    )
    make_transaction(ledger, note="else", counterparty=make_address(ledger))

    assert listed(admin, Transaction, f"q={text}") == [tx.pk]
    assert listed(admin, Transaction, f"q={text}&ledger={ledger.pk}") == [tx.pk]
    assert listed(admin, Transaction, f"q={text}&ledger={make_ledger().pk}") == []


def test_address_is_found_by_its_beginning_and_its_contact(admin: Client, ledger: Ledger) -> None:
    maria = make_contact(ledger, "Maria")
    address = make_address(ledger, "0x" + "a" * 40, contact=maria)
    make_address(ledger)

    assert listed(admin, Address, "q=0xAAAA") == [address.pk]
    assert listed(admin, Address, f"q=mari&ledger={ledger.pk}") == [address.pk]
    assert listed(admin, Address, f"contact={maria.pk}") == [address.pk]


def test_filters_of_a_ledger_offer_and_find_only_its_rows(admin: Client, ledger: Ledger) -> None:
    label, wallet = make_label(ledger), make_wallet(ledger)
    tx = make_transaction(ledger, wallet=wallet, labels=[label])
    make_transaction(ledger, wallet=make_wallet(ledger), labels=[make_label(ledger)])
    theirs = make_label(make_ledger(), "theirs alone")

    page = admin.get(f"{admin_url(Transaction, 'changelist')}?ledger={ledger.pk}").content.decode()

    assert (label.name in page, theirs.name in page) == (True, False)
    assert listed(admin, Transaction, f"ledger={ledger.pk}&label={label.pk}") == [tx.pk]
    assert listed(admin, Transaction, f"ledger={ledger.pk}&wallet={wallet.pk}") == [tx.pk]


def test_import_leads_to_its_rows_and_its_rows_to_it(admin: Client, ledger: Ledger) -> None:
    wallet = make_wallet(ledger)
    batch = make_batch(ledger, wallet)
    tx = make_transaction(ledger, wallet=wallet, batch=batch)
    make_transaction(ledger, wallet=wallet)

    page = admin.get(admin_url(batch)).content.decode()
    link = f"{admin_url(Transaction, 'changelist')}?ledger={ledger.pk}&amp;batch={batch.pk}"

    assert link in page
    assert listed(admin, Transaction, f"ledger={ledger.pk}&batch={batch.pk}") == [tx.pk]
    assert admin_url(batch) in admin.get(admin_url(tx)).content.decode()


def test_batches_and_lines_are_read_only(admin: Client, ledger: Ledger) -> None:
    wallet = make_wallet(ledger)
    batch = make_batch(ledger, wallet)
    line = make_source(make_transaction(ledger, wallet=wallet, batch=batch), ["x"])

    answers = [admin.post(admin_url(row), {"file_name": "other"}) for row in (batch, line)]

    assert [response.status_code for response in answers] == [403, 403]
    assert admin.get(admin_url(batch, "delete")).status_code == 403


def test_choices_of_a_field_are_of_the_rows_ledger(admin: Client, ledger: Ledger) -> None:
    make_contact(ledger, "Maria")
    make_contact(make_ledger(), "Maria elsewhere")
    tx = make_transaction(ledger)
    asked = {"app_label": "transactions", "model_name": "transaction", "field_name": "contact"}

    offered = admin.get("/admin/autocomplete/", asked | {"ledger": ledger.pk, "term": "mar"})
    page = admin.get(admin_url(tx)).content.decode()

    assert [each["text"] for each in offered.json()["results"]] == ["Maria"]
    assert f'data-ajax--url="/admin/autocomplete/?ledger={ledger.pk}"' in page


def test_paginator_stops_counting(db: None, ledger: Ledger, monkeypatch: Any) -> None:
    monkeypatch.setattr("live.admin.MAX_COUNT", 3)
    keys = [make_contact(ledger, f"contact {n}").pk for n in range(5)]
    pages = CappedPaginator(Contact.objects.order_by("pk"), 2)

    assert (pages.count, str(pages.count), isinstance(pages.count, AtLeast)) == (
        3,
        "more than 3",
        True,
    )
    assert [[row.pk for row in pages.page(n)] for n in (1, 2)] == [keys[:2], keys[2:4]]
    assert MAX_COUNT == 10_000


def test_list_of_more_than_are_counted_says_so(
    admin: Client, ledger: Ledger, monkeypatch: Any
) -> None:
    monkeypatch.setattr("live.admin.MAX_COUNT", 3)
    for _ in range(5):
        make_contact(ledger)

    page = admin.get(admin_url(Contact, "changelist")).content.decode()

    assert "more than 3 contacts" in page
