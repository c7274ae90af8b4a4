import re
from decimal import Decimal
from itertools import product
from operator import ge, gt, le, lt
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client

from ledgers.models import Ledger
from tests.factories import (
    make_address,
    make_batch,
    make_contact,
    make_label,
    make_ledger,
    make_transaction,
    make_wallet,
    some_address,
)
from transactions import search
from transactions.filters import TransactionFilter
from transactions.models import Asset, Transaction
from transactions.queries.in_order import InOrder
from transactions.queries.listing import Listing
from transactions.queries.next_rows import NextRows

# What is not filtered by, and why.
EXEMPT = {
    "id": "it is in the URL of the transaction's own page",
    "ledger": "it is in the URL",
    "version": "says nothing to a person",
    "edited_at": "who edited is shown, not searched",
    "edited_by": "who edited is shown, not searched",
    "fee_amount": "its asset is; an amount range is about what moved",
    "value_amount": "as the source says it, in as many currencies",
    "value_currency": "as the source says it, in as many currencies",
    "created_at": "the import's time, not the transaction's",
    "undone_import": "what is undone is not there",
    "parent": "its lines are shown on its page",
    "deleted_at": "what is deleted is not there",
    "form_key": "says nothing to a person",
}
FILTERED = {
    "wallet": "wallet",
    "own_address": "address",
    "counterparty": "address",
    "occurred_at": "since",
    "type": "type",
    "sent_amount": "min",
    "received_amount": "min",
    "sent_asset": "asset",
    "received_asset": "asset",
    "fee_asset": "asset",
    "tx_hash": "q",
    "group_key": "q",
    "contact": "contact",
    "labels": "label",
    "note": "q",
    "status": "status",
    "hidden": "hidden",
    "batch": "batch",
}


def test_rows_of_an_import_are_found(ledger: Ledger) -> None:
    batch = make_batch(ledger)
    make_transaction(ledger, note="of it", batch=batch)
    make_transaction(ledger, note="by hand")

    assert fitting(ledger, f"batch={batch.pk}") == {"of it"}
    assert fitting(ledger, "batch=x") == set()


def fitting(ledger: Ledger, query: str) -> set[str]:
    """The notes of the rows that fit."""
    rows = TransactionFilter(QueryDict(query), ledger).rows
    return set(rows.values_list("note", flat=True))


def test_every_field_has_a_filter_or_an_exemption() -> None:
    fields = {f.name for f in Transaction._meta.get_fields() if not f.auto_created or f.concrete}

    assert fields == EXEMPT.keys() | FILTERED.keys()
    assert set(FILTERED.values()) <= TransactionFilter.base_filters.keys()


@pytest.fixture
def rows(ledger: Ledger) -> dict[str, Any]:
    """Three rows that differ in everything, one of another ledger that looks like the first."""
    maria, jonas = make_contact(ledger, "Maria Keller"), make_contact(ledger, "Jonas")
    main, kraken = make_wallet(ledger, "Main"), make_wallet(ledger, "Kraken")
    rent, food = make_label(ledger, "rent"), make_label(ledger, "food")
    mine = make_address(ledger, some_address(0xABCDEF << 136), wallet=main)
    hers = make_address(ledger, some_address(0x123456 << 136), contact=maria)
    make_transaction(
        ledger,
        note="first",
        wallet=main,
        type="payment",
        sent=("5", "ETH"),
        fee=("0.1", "BNB"),
        own_address=mine,
        counterparty=hers,
        labels=[rent, food],
        tx_hash="0xAAAA01",
        group_key="0xAAAA01",
        occurred_at="2026-01-31T23:30:00Z",
    )
    make_transaction(
        ledger,
        note="second",
        wallet=kraken,
        type="deposit",
        received=("70", "USDC"),
        contact=jonas,
        labels=[rent],
        occurred_at="2026-02-01T12:00:00Z",
    )
    make_transaction(
        ledger,
        note="third",
        wallet=kraken,
        type="fee",
        fee=("0.002", "ETH"),
        status="failed",
        occurred_at="2026-02-02T00:00:00Z",
    )
    make_transaction(ledger, note="hidden", wallet=main, type="airdrop", hidden=True)
    make_transaction(make_ledger(), note="first", type="payment", sent=("5", "ETH"))
    return {
        "main": main.pk,
        "kraken": kraken.pk,
        "maria": maria.pk,
        "jonas": jonas.pk,
        "rent": rent.pk,
        "food": food.pk,
        "mine": mine.shown,
        "hers": hers.shown,
    }


FITTING = [
    ("", "first second third"),
    ("wallet={main}", "first"),
    ("wallet={kraken}", "second third"),
    ("wallet={main}&wallet={kraken}", "first second third"),
    ("wallet={main}&wallet_not=1", "second third"),
    ("type=payment&type=fee", "first third"),
    ("type=payment&type=fee&type_not=1", "second"),
    ("asset=ETH", "first third"),
    ("asset=BNB", "first"),
    ("asset=ETH&asset_not=1", "second"),
    ("asset=ETH&asset=USDC", "first second third"),
    ("contact={maria}", "first"),
    ("contact={jonas}", "second"),
    ("contact={maria}&contact_not=1", "second third"),
    ("contact_but={maria}", "second third"),
    ("address_but=0x1234", "second third"),
    ("q_but=keller", "second third"),
    ("label={food}", "first"),
    ("label={rent}", "first second"),
    ("label=none", "third"),
    ("label=none&label={food}", "first third"),
    ("label=none&label_not=1", "first second"),
    ("label={food}&label_not=1", "second third"),
    ("address={mine}", "first"),
    ("address={hers}", "first"),
    ("address=0x1234", "first"),
    ("address=0X1234", "first"),
    ("address=0xabCDef", "first"),
    ("address=1234", ""),
    ("address=0x", ""),
    ("since=2026-02-01", "second third"),
    ("until=2026-02-01", "first second"),
    ("since=2026-02-01&until=2026-02-01", "second"),
    ("min=5", "first second"),
    ("max=5", "first"),
    ("min=5&max=69.99", "first"),
    ("asset=ETH&min=5", "first"),
    ("asset=ETH&min=6", ""),
    ("status=failed", "third"),
    ("status=ok", "first second"),
    ("hidden=only", "hidden"),
    ("hidden=all", "first second third hidden"),
    ("q=fir", "first"),
    ("q=FIRST", "first"),
    ("q=0xaaaa", "first"),
    ("q=rent", "first second"),
    ("q=keller", "first"),
    ("q=0x123456", "first"),
    ("q=nothing such", ""),
    ("q='):*|!", ""),
    ("label={rent}&q=REN", "first second"),
    ("label={rent}&label={food}&q=food", "first"),
    ("label=none&label={food}&q=food", "first"),
    ("label={food}&label_not=1&q=food", ""),
    ("wallet={main}&type=fee", ""),
]


@pytest.mark.parametrize(("query", "expected"), FITTING)
def test_filter_gives(ledger: Ledger, rows: dict[str, Any], query: str, expected: str) -> None:
    assert fitting(ledger, query.format(**rows)) == set(expected.split())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("label={rent}&q=REN", {"label"}),
        ("label={rent}&label={food}&q=food", {"label", "q"}),
        ("label={rent}&label_not=1&q=rent", {"label", "label_not", "q"}),
    ],
)
def test_text_in_the_names_of_all_chosen_labels_is_not_looked_for(
    ledger: Ledger, rows: dict[str, Any], query: str, expected: set[str]
) -> None:
    assert TransactionFilter(QueryDict(query.format(**rows)), ledger).asked.keys() == expected


@pytest.mark.slow
@pytest.mark.parametrize("most_sent", [search.MOST_SENT, 0])
def test_rows_that_are_tried_fit_as_those_that_indexes_find(
    ledger: Ledger, rows: dict[str, Any], monkeypatch: pytest.MonkeyPatch, most_sent: int
) -> None:
    monkeypatch.setattr(search, "MOST_SENT", most_sent)

    for query, expected in FITTING:
        text = query.format(**rows)
        listing = Listing.of(ledger, QueryDict(text))
        tried = NextRows(listing, backwards=False).first(InOrder(listing.filter).fitting, 100)

        listed = Transaction.objects.filter(pk__in=[pk for _at, pk in tried])
        assert {row.note for row in listed} == set(expected.split()), text
        assert fitting(ledger, text) == set(expected.split()), text


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "second third"),
        ("Europe/Berlin", "first second third"),
        ("America/New_York", "second third"),
    ],
)
def test_day_begins_at_midnight_of_the_ledger(
    ledger: Ledger, rows: dict[str, Any], zone: str, expected: str
) -> None:
    ledger.time_zone = zone

    assert fitting(ledger, "since=2026-02-01") == set(expected.split())


@pytest.mark.parametrize(
    "query",
    [
        "wallet=999999",
        "wallet=x",
        "type=theft",
        "asset=NONE",
        "since=31.02.2026",
        "min=much",
        "max=1e200000",
        "max=NaN",
        "status=maybe",
        "hidden=no",
    ],
)
def test_filter_that_cannot_be_understood_shows_nothing(
    ledger: Ledger, rows: dict[str, Any], query: str
) -> None:
    """django-filter would leave it out, and so show more than was asked for."""
    filters = TransactionFilter(QueryDict(query), ledger)

    assert list(filters.rows) == []
    assert filters.form.errors.keys() == {query.split("=")[0]}


def test_asset_filter_is_by_symbol_whatever_the_contract(ledger: Ledger) -> None:
    token = {"ledger": ledger, "symbol": "USDC", "chain": "ethereum"}
    for contract in ("0xa0b8", "0xbad0"):
        asset = Asset.objects.create(contract=contract, **token)
        make_transaction(ledger, note=contract, received=("1", asset))

    assert fitting(ledger, "asset=USDC") == {"0xa0b8", "0xbad0"}


def test_menus_offer_a_few_and_take_any(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transactions.menus.OFFERED", 1)
    anna, zoe = make_contact(ledger, "Anna"), make_contact(ledger, "Zoe")
    make_transaction(ledger, note="hers", received=("1", "ZRX"), contact=zoe)
    make_transaction(ledger, note="other", received=("1", "ADA"), contact=anna)

    filters = TransactionFilter(QueryDict(""), ledger)

    assert filters.offered("contact") == [(str(anna.pk), "Anna")]
    assert filters.offered("asset") == [("ADA", "ADA")]
    assert fitting(ledger, f"contact={zoe.pk}&asset=ZRX") == {"hers"}


def some_value(name: str, rows: dict[str, Any]) -> str:
    """The first that is offered; where anything may be typed, what its field can read."""
    known = {"wallet": rows["main"], "contact": rows["maria"], "label": "none", "asset": "ETH"}
    known |= dict.fromkeys(("since", "until"), "2026-02-01")
    offered = TransactionFilter.base_filters[name].extra.get("choices", [])
    return str(known.get(name) or next((value for value, _label in offered), "7"))


def summaries(page: str) -> list[str]:
    """Of the menus that are on."""
    return re.findall(r'<summary class="btn on">(.*?)</summary>', page, re.DOTALL)


@pytest.mark.parametrize(
    "name", [name for name in TransactionFilter.base_filters if not name.endswith("_not")]
)
def test_filter_has_a_field_in_the_menu_that_says_it_is_used(
    client: Client, ledger: Ledger, rows: dict[str, Any], name: str
) -> None:
    label = str(TransactionFilter.base_filters[name].label)
    query = {name: some_value(name, rows)}

    page = client.get(f"/{ledger.slug}/transactions/", query).content.decode()

    assert f' name="{name}"' in page
    if name != "q":
        (summary,) = summaries(page)
        assert label in summary


def moved(row: Transaction) -> list[tuple[Decimal, Asset]]:
    ends = (row.sent_amount, row.sent_asset), (row.received_amount, row.received_asset)
    return [(amount, asset) for amount, asset in ends if amount is not None and asset]


@pytest.mark.slow
@pytest.mark.parametrize("assets", [(), ("EUR",), ("EUR", "BTC")])
def test_one_amount_is_within_all_bounds(ledger: Ledger, assets: tuple[str, ...]) -> None:
    amounts = [None, ("0.1", "BTC"), ("0.26", "EUR"), ("30", "BTC"), ("100", "EUR")]
    for ends in product(amounts, amounts):
        moves = {name: end for name, end in zip(("sent", "received"), ends, strict=True) if end}
        if moves:
            make_transaction(ledger, **moves)
    compared = {"min": ge, "above": gt, "max": le, "below": lt}
    asked = [
        dict(zip(names, values, strict=True))
        for names in [("min", "max"), ("above", "max"), ("min", "below"), ("min", "above", "below")]
        for values in product(("0.1", "0.26", "50"), repeat=len(names))
    ]

    for bounds in [{}, {"min": "0.26"}, {"below": "30"}, *asked]:
        query = urlencode([*bounds.items(), *(("asset", each) for each in assets)])
        found = TransactionFilter(QueryDict(query), ledger).rows.order_by("pk")
        limits = [(compared[name], Decimal(text)) for name, text in bounds.items()]
        fits = [
            row
            for row in ledger.transactions.order_by("pk")
            if any(
                (not assets or asset.symbol in assets)
                and all(holds(amount, limit) for holds, limit in limits)
                for amount, asset in moved(row)
            )
        ]
        assert [*found] == fits, query


def test_all_but_some_wallets_are_the_others(ledger: Ledger) -> None:
    wallets = make_wallet(ledger), make_wallet(ledger, "Cold")
    first, second = (make_transaction(ledger, wallet=each) for each in wallets)
    make_transaction(make_ledger(slug="other"))

    def found(*wallets: int) -> list[Transaction]:
        query = urlencode([("wallet_not", 1), *(("wallet", each) for each in wallets)])
        return list(TransactionFilter(QueryDict(query), ledger).rows)

    assert found(first.wallet_id) == [second]
    assert found(first.wallet_id, second.wallet_id) == []
    assert len(found()) == 2
